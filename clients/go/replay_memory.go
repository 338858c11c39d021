package assay

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrReplayMemoryFull is returned by a ReplayStore that can remember no more: forgetting an older proof would let it be used
// again.
var ErrReplayMemoryFull = errors.New("no place for another proof")

// ReplayStore remembers proofs that were used, for as long as they could be used again. Several processes that serve one
// address need one that they share.
type ReplayStore interface {
	// Since is when it began to remember: proofs made by then are refused, since nobody knows whether they were used. The zero
	// time stands for stores that outlive their processes.
	Since() time.Time
	// Spend is true the first time, and false when the same text was spent before and `until` had not passed; all at once,
	// however many ask. `holder` is the thumbprint of the key that made the proof.
	Spend(ctx context.Context, proof string, until, at time.Time, holder string) (bool, error)
}

// ReplayCapacity is how many proofs the memory of a process remembers unless told otherwise: some hundred bytes each.
const ReplayCapacity = 100_000

// Into how many parts the places are divided: none is for one key alone, so that its holder leaves some for others.
const replayShares = 10

// Between two looks for places that are free again: each goes through all of them.
const replaySweep = time.Second

type use struct {
	holder string
	// Milliseconds since 1970, as all instants here: the wall clock, which goes on while the machine sleeps.
	end int64
}

// ReplayMemory is a ReplayStore in the memory of one process. It is safe for concurrent use.
type ReplayMemory struct {
	since    time.Time
	capacity int
	share    int

	mu      sync.Mutex
	used    map[string]use
	places  map[string]int
	sweptAt int64
	swept   bool
}

// NewReplayMemory begins to remember at `since`.
func NewReplayMemory(since time.Time, capacity int) *ReplayMemory {
	return &ReplayMemory{
		since: since, capacity: capacity, share: (capacity + replayShares - 1) / replayShares,
		used: map[string]use{}, places: map[string]int{},
	}
}

// Since is when the memory began.
func (m *ReplayMemory) Since() time.Time { return m.since }

// Spend remembers a proof; see ReplayStore.
func (m *ReplayMemory) Spend(_ context.Context, proof string, until, at time.Time, holder string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := at.UnixMilli()
	if before, known := m.used[proof]; known {
		if before.end >= now {
			return false, nil
		}
		m.forget(proof, before)
	}
	if m.isFull(holder) {
		m.sweep(now)
	}
	if m.isFull(holder) {
		return false, ErrReplayMemoryFull
	}
	m.used[proof] = use{holder: holder, end: until.UnixMilli()}
	m.places[holder]++
	return true, nil
}

func (m *ReplayMemory) isFull(holder string) bool {
	return len(m.used) >= m.capacity || m.places[holder] >= m.share
}

func (m *ReplayMemory) forget(proof string, use use) {
	delete(m.used, proof)
	m.places[use.holder]--
	if m.places[use.holder] == 0 {
		delete(m.places, use.holder)
	}
}

func (m *ReplayMemory) sweep(now int64) {
	if m.swept && isWithin(m.sweptAt, now, replaySweep) {
		return
	}
	m.swept, m.sweptAt = true, now
	for proof, use := range m.used {
		if use.end < now {
			m.forget(proof, use)
		}
	}
}
