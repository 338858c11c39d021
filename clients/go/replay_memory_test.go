package assay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

var begin = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestAProofIsRememberedToItsEnd(t *testing.T) {
	memory := NewReplayMemory(begin, ReplayCapacity)
	end := begin.Add(time.Minute)
	for _, step := range []struct {
		at    time.Time
		first bool
	}{{begin, true}, {begin, false}, {end, false}, {end.Add(time.Millisecond), true}} {
		first, err := memory.Spend(t.Context(), "proof", end, step.at, "holder")
		if err != nil || first != step.first {
			t.Errorf("at %v: %v, %v", step.at, first, err)
		}
	}
}

func TestAHolderTakesATenthOfThePlaces(t *testing.T) {
	memory := NewReplayMemory(begin, 15)
	spend := func(proof, holder string, at time.Time) error {
		_, err := memory.Spend(context.Background(), proof, at.Add(time.Minute), at, holder)
		return err
	}
	for _, proof := range []string{"a", "b"} {
		if err := spend(proof, "one", begin); err != nil {
			t.Fatal(err)
		}
	}
	if err := spend("c", "one", begin); !errors.Is(err, ErrReplayMemoryFull) {
		t.Errorf("a third: %v", err)
	}
	if err := spend("c", "another", begin); err != nil {
		t.Errorf("another holder: %v", err)
	}
	later := begin.Add(61 * time.Second)
	if err := spend("d", "one", later); err != nil {
		t.Errorf("after their end: %v", err)
	}
	if len(memory.used) != 1 || len(memory.places) != 1 {
		t.Errorf("%d proofs, %d holders are kept", len(memory.used), len(memory.places))
	}
}

func TestManyAtOnceNeverSpendOneTwice(t *testing.T) {
	memory := NewReplayMemory(begin, ReplayCapacity)
	var group sync.WaitGroup
	var mu sync.Mutex
	firsts := map[string]int{}
	for worker := range 8 {
		group.Go(func() {
			for index := range 500 {
				proof := fmt.Sprint(index)
				first, err := memory.Spend(context.Background(), proof, begin.Add(time.Minute), begin, fmt.Sprint(worker))
				if err != nil {
					t.Error(err)
				}
				if first {
					mu.Lock()
					firsts[proof]++
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	for proof, count := range firsts {
		if count != 1 {
			t.Errorf("%s was new %d times", proof, count)
		}
	}
	if len(firsts) != 500 {
		t.Errorf("%d proofs", len(firsts))
	}
}
