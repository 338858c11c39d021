package assay

import (
	"context"
	"errors"
	"testing"
	"time"
)

// question is one that a test answers.
type question struct {
	keys map[string]issuerKey
	err  error
}

func TestThoseWhoCanBeServedDoNotWaitOnceTheIssuerHasFailed(t *testing.T) {
	now := begin
	asked, answers := make(chan struct{}, 10), make(chan question, 10)
	keys := &issuerKeys{
		now: func() time.Time { return now },
		fetch: func(context.Context) (map[string]issuerKey, error) {
			asked <- struct{}{}
			answer := <-answers
			return answer.keys, answer.err
		},
	}
	mustHave := func(kid string) {
		t.Helper()
		if _, err := keys.keyOf(t.Context(), kid); err != nil {
			t.Fatal(err)
		}
		for range len(asked) {
			<-asked
		}
	}
	answers <- question{keys: map[string]issuerKey{"old": {}}}
	mustHave("old")
	now = now.Add(keysFresh)
	answers <- question{err: errors.New("away")}
	mustHave("old")

	// From here the question stays open; whoever waited for it would wait for ever.
	now = now.Add(keysRetry)
	for range 3 {
		if _, err := keys.keyOf(t.Context(), "old"); err != nil {
			t.Fatal(err)
		}
	}
	<-asked
	found := make(chan error)
	go func() {
		_, err := keys.keyOf(context.Background(), "new")
		found <- err
	}()
	answers <- question{keys: map[string]issuerKey{"new": {}}}
	if err := <-found; err != nil {
		t.Errorf("who waited for the answer was told %v", err)
	}
	if _, err := keys.keyOf(t.Context(), "old"); codeOf(err) != "token_key_unknown" {
		t.Errorf("the key that is gone: %v", err)
	}
	if len(asked) != 0 {
		t.Errorf("%d questions too many", len(asked))
	}
}
