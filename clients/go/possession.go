package assay

import (
	"context"
	"errors"
	"time"
)

// Seconds that a proof's `iat` may lie before the clock. After it: no more than clocks may differ.
const proofWindow = 60

// Presentation is how a token came. Without either, only a bearer token is good, where those are taken.
type Presentation struct {
	// Proof and the request that it came with; nil: none came.
	Proof *ShownProof
	// ProvenThumbprint is the RFC 7638 SHA-256 thumbprint of a key that the caller has seen the other side use, as that of a TLS
	// connection; then no proof is needed.
	ProvenThumbprint string
}

// ShownProof is a proof of possession for one request (DPoP, RFC 9449).
type ShownProof struct {
	// Proof is the value of the header DPoP.
	Proof  string
	Method string
	// URL of the request, as it is reached from outside; its query does not count.
	URL string
}

// soundProof is a proof that was good, to be spent once everything else is.
type soundProof struct {
	// Differs between keys, so that nobody can spend another's.
	id     string
	until  time.Time
	madeAt time.Time
	holder string
}

func newSoundProof(holder, jti string, madeAt int64) soundProof {
	return soundProof{
		id:     digestOf(holder + "." + jti),
		until:  time.Unix(madeAt+proofWindow, 0),
		madeAt: time.Unix(madeAt, 0),
		holder: holder,
	}
}

// requirePossession gives nil where no proof was needed. A thumbprint that does not fit is refused even beside a good proof.
func requirePossession(token string, verified *VerifiedToken, shown Presentation, allowBearer bool, at time.Time) (*soundProof, error) {
	bound := verified.KeyThumbprint
	if bound == "" {
		if allowBearer && shown == (Presentation{}) {
			return nil, nil
		}
		return nil, refuse("token_unbound", "The token is bound to no key, and bearer tokens are not taken here.")
	}
	if shown.ProvenThumbprint != "" && shown.ProvenThumbprint != bound {
		return nil, refuse("key_mismatch", "The token is bound to another key than the one in use.")
	}
	if shown.Proof != nil {
		return requireProof(token, *shown.Proof, bound, at)
	}
	if shown.ProvenThumbprint != "" {
		return nil, nil
	}
	return nil, refuse("proof_missing", "The token is bound to a key, and no proof came with it.")
}

func requireProof(token string, shown ShownProof, thumbprint string, at time.Time) (*soundProof, error) {
	url, ok := canonicalHTTPURI(shown.URL)
	if !ok {
		return nil, refuseRequest("The address of the request is no plain http or https URL.")
	}
	proof, err := verifyProof(proofQuestion{
		proof: shown.Proof, method: shown.Method, url: url, token: token, thumbprint: thumbprint, at: at,
	})
	if err != nil {
		return nil, err
	}
	// One from the future could be kept until a memory has begun anew that does not know it.
	if proof.madeAt.UnixMilli() > at.UnixMilli()+leeway*1000 {
		return nil, refuseProof("proof_invalid", "The proof was made in the future.", "time")
	}
	return &proof, nil
}

// spendProof remembers the proof, and refuses it when it was used before, or may have been.
func spendProof(ctx context.Context, proof *soundProof, at time.Time, store ReplayStore) error {
	if since := store.Since(); !since.IsZero() && proof.madeAt.UnixMilli() <= since.UnixMilli() {
		return refuseProof("proof_invalid", "The proof is older than the memory of those that were used.", "time")
	}
	first, err := store.Spend(ctx, proof.id, proof.until, at, proof.holder)
	if errors.Is(err, ErrReplayMemoryFull) {
		return refuse("replay_memory_full", "More proofs are in use than this verifier can remember.")
	}
	if err != nil {
		return err
	}
	if !first {
		return refuse("proof_replayed", "This proof has been used before.")
	}
	return nil
}
