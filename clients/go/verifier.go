package assay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Options of a Verifier. Issuer and Audience are needed.
type Options struct {
	// Issuer is the URL of an issuer, as it stands in `iss`; https, or http on loopback.
	Issuer string
	// Audience is what this relying party is called in `aud`.
	Audience string
	Expectations
	// Algorithms that tokens may be signed by; nil: ES256 and RS256, both that services sign by.
	Algorithms []string
	// AllowBearer takes tokens that are bound to no key. One that is bound needs its proof all the same.
	AllowBearer bool
	// ReplayStore is where used proofs are remembered; nil: a memory of this process, which begins now.
	ReplayStore ReplayStore
	// Now is the clock; nil: that of the machine.
	Now func() time.Time
	// Transport is how the issuer is asked; nil: http.DefaultTransport, which knows of proxies by the environment.
	Transport http.RoundTripper
}

// Verifier verifies attestation tokens for one relying party. It is safe for concurrent use.
type Verifier struct {
	options Options
	keys    *issuerKeys
}

// New asks nothing of the issuer yet. Its error is a mistake of the program: options that cannot be meant.
func New(options Options) (*Verifier, error) {
	if err := requireOptions(options); err != nil {
		return nil, fmt.Errorf("assay: %w", err)
	}
	// What the caller does with its lists afterwards changes nothing here.
	for _, list := range []*[]string{&options.Algorithms, &options.Workloads, &options.TCBStatuses, &options.TEEs} {
		*list = slices.Clone(*list)
	}
	if options.Algorithms == nil {
		options.Algorithms = tokenAlgs
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.ReplayStore == nil {
		options.ReplayStore = NewReplayMemory(options.Now(), ReplayCapacity)
	}
	client := &http.Client{
		Transport: options.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	fetch := func(ctx context.Context) (map[string]issuerKey, error) {
		return fetchIssuerKeys(ctx, options.Issuer, client)
	}
	return &Verifier{options: options, keys: &issuerKeys{fetch: fetch, now: options.Now}}, nil
}

func requireOptions(options Options) error {
	if err := requireBaseURL(options.Issuer, "Issuer"); err != nil {
		return err
	}
	if options.Audience == "" {
		return errors.New("Audience is a name")
	}
	isOther := func(alg string) bool { return !slices.Contains(tokenAlgs, alg) }
	if options.Algorithms != nil && (len(options.Algorithms) == 0 || slices.ContainsFunc(options.Algorithms, isOther)) {
		return fmt.Errorf("Algorithms are among %s", strings.Join(tokenAlgs, ", "))
	}
	return options.Expectations.requireSound()
}

// Verify gives the claims of a token that was made for this relying party and is presented by its holder. In this order: form,
// key, signature, claims, possession of the key, what this relying party wants, and the proof is spent. An error that is not
// *Refused is no answer about the token: `ctx` ended, or a ReplayStore failed.
func (v *Verifier) Verify(ctx context.Context, token string, shown Presentation) (*VerifiedToken, error) {
	claims, err := authenticateToken(ctx, token, v.keys, v.options.Algorithms)
	if err != nil {
		return nil, err
	}
	at := v.options.Now()
	verified, err := requireClaims(claims, v.options.Issuer, v.options.Audience, at)
	if err != nil {
		return nil, err
	}
	proof, err := requirePossession(token, verified, shown, v.options.AllowBearer, at)
	if err != nil {
		return nil, err
	}
	if err := v.options.requireWanted(verified); err != nil {
		return nil, err
	}
	// Last, so that a stranger's proofs take no place, and one that was refused may be shown again.
	if proof != nil {
		if err := spendProof(ctx, proof, at, v.options.ReplayStore); err != nil {
			return nil, err
		}
	}
	return verified, nil
}

// VerifyRequest does the same for the token and the proof in the header of a request. `url` is absolute, as the request is reached
// from outside: its origin comes from configuration, never from the header Host.
func (v *Verifier) VerifyRequest(ctx context.Context, method, url string, header http.Header) (*VerifiedToken, error) {
	presented, err := presentedIn(header)
	if err != nil {
		return nil, err
	}
	// A proof beside the scheme Bearer is a request for less than the client is able to show.
	if presented.bearer || !presented.hasProof {
		return v.Verify(ctx, presented.token, Presentation{})
	}
	shown := &ShownProof{Proof: presented.proof, Method: method, URL: url}
	return v.Verify(ctx, presented.token, Presentation{Proof: shown})
}

// LoadKeys asks the issuer for its keys now, unless they are fresh, so that a mistake shows at the start.
func (v *Verifier) LoadKeys(ctx context.Context) error {
	_, err := v.keys.current(ctx, "")
	return err
}
