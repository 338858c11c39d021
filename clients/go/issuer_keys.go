package assay

import (
	"context"
	"sync"
	"time"
)

// How long what the issuer said is believed; docs/clients.md names these figures.
const (
	// So long no question is asked. A key that was removed in an emergency is believed no longer than this.
	keysFresh = 5 * time.Minute
	// So long keys serve on while the issuer does not answer.
	keysStale = 24 * time.Hour
	// Between two questions to an issuer that does not answer.
	keysRetry = 5 * time.Second
	// Between two questions because of a key id that is not there: anybody can make up one.
	keysUnknown = 30 * time.Second
)

// issuerKeys keeps the keys of one issuer in memory: asked for anew every five minutes, believed for a day while the issuer does
// not answer, and asked for out of turn when a token names a key that nobody knows. All who need keys share one question.
type issuerKeys struct {
	fetch func(context.Context) (map[string]issuerKey, error)
	now   func() time.Time

	mu        sync.Mutex
	kept      map[string]issuerKey
	fetchedAt int64
	// The end of the last question: one to an issuer that is silent takes a while itself.
	askedAt int64
	asked   bool
	fault   string
	// Closed when the question under way has ended; nil: none is.
	flight chan struct{}
}

// keyOf gives the key of that id, or Refused: token_key_unknown, or issuer_unreachable where nobody can tell.
func (k *issuerKeys) keyOf(ctx context.Context, kid string) (issuerKey, error) {
	keys, err := k.current(ctx, kid)
	if err != nil {
		return issuerKey{}, err
	}
	if key, known := keys[kid]; known {
		return key, nil
	}
	if err := k.askOutOfTurn(ctx); err != nil {
		return issuerKey{}, err
	}
	if keys, err = k.current(ctx, ""); err != nil {
		return issuerKey{}, err
	}
	if key, known := keys[kid]; known {
		return key, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fault != "" {
		return issuerKey{}, refuseUnreachable(k.fault)
	}
	return issuerKey{}, refuse("token_key_unknown", "The issuer publishes no key of the id that the token names.")
}

// current gives keys that may be used, after asking for them when it is time. `kid`: what the caller is after.
func (k *issuerKeys) current(ctx context.Context, kid string) (map[string]issuerKey, error) {
	if err := k.refresh(ctx, kid); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if keys := k.usable(); keys != nil {
		return keys, nil
	}
	if k.fault == "" {
		return nil, refuseUnreachable("those kept are too old")
	}
	return nil, refuseUnreachable(k.fault)
}

// refresh asks when it is time. The first question after keys were fresh is waited for, since one of them may have been removed.
// While the issuer fails, those who can be served from what is kept no longer wait: the answer is for those after them. A failure
// that is long past says nothing of now.
func (k *issuerKeys) refresh(ctx context.Context, kid string) error {
	k.mu.Lock()
	_, served := k.usable()[kid]
	fresh := k.kept != nil && isWithin(k.fetchedAt, k.millis(), keysFresh)
	if fresh || (k.flight == nil && !k.restedFor(keysRetry)) {
		k.mu.Unlock()
		return nil
	}
	failing := k.fault != "" && !k.restedFor(keysFresh)
	flight := k.askTogether()
	k.mu.Unlock()
	if failing && served {
		return nil
	}
	return await(ctx, flight)
}

func (k *issuerKeys) askOutOfTurn(ctx context.Context) error {
	k.mu.Lock()
	if k.flight == nil && !k.restedFor(keysUnknown) {
		k.mu.Unlock()
		return nil
	}
	flight := k.askTogether()
	k.mu.Unlock()
	return await(ctx, flight)
}

// askTogether begins a question unless one is under way. It outlives whoever began it, so that others may wait for it too; its
// own end is that of the fetch. The lock is held.
func (k *issuerKeys) askTogether() chan struct{} {
	if k.flight != nil {
		return k.flight
	}
	ended := make(chan struct{})
	k.flight = ended
	at := k.millis()
	go func() {
		keys, err := k.fetch(context.Background())
		k.mu.Lock()
		defer k.mu.Unlock()
		if err == nil {
			k.kept, k.fetchedAt, k.fault = keys, at, ""
		} else {
			k.fault = err.Error()
		}
		k.askedAt, k.asked, k.flight = k.millis(), true, nil
		close(ended)
	}()
	return ended
}

func await(ctx context.Context, ended <-chan struct{}) error {
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// usable gives keys that may be used, or nil. The lock is held.
func (k *issuerKeys) usable() map[string]issuerKey {
	if k.kept != nil && isWithin(k.fetchedAt, k.millis(), keysStale) {
		return k.kept
	}
	return nil
}

// restedFor is true where the last question is so long ago; a clock that was set back does not stop questions. The lock is held.
func (k *issuerKeys) restedFor(duration time.Duration) bool {
	return !k.asked || !isWithin(k.askedAt, k.millis(), duration)
}

// millis is the wall clock. The monotonic one stands still while a machine sleeps, and keys would outlive their day.
func (k *issuerKeys) millis() int64 { return k.now().UnixMilli() }

// isWithin compares milliseconds since 1970.
func isWithin(since, now int64, duration time.Duration) bool {
	return now >= since && now-since < duration.Milliseconds()
}

func refuseUnreachable(fault string) *Refused {
	return refuse("issuer_unreachable", "The keys of the issuer cannot be had: "+fault+".")
}
