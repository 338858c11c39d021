package assay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestARequestOfTheHolderIsReadIntoTypedClaims(t *testing.T) {
	issuer := startIssuer(t)
	verifier := issuer.verifier(t, func(o *Options) { o.Workloads = []string{"llm-serving"} })
	token := issuer.token(t, map[string]any{"eat_nonce": "n", "more": []any{1, "é"}})
	verified, err := verifier.VerifyRequest(t.Context(), http.MethodPost, sampleAddress, issuer.header(t, token, "one"))
	if err != nil {
		t.Fatal(err)
	}
	att := verified.Att
	if att.Tenant != "acme" || att.Workload != "llm-serving" || att.ReferenceVersion != 42 || att.Simulated {
		t.Errorf("facts: %+v", att)
	}
	if verified.Nonce != "n" || verified.Status != Affirming || verified.KeyThumbprint != thumbprintOf(issuer.holder) {
		t.Errorf("claims: %+v", verified)
	}
	if left := time.Until(verified.ExpiresAt); left < 4*time.Minute || left > 5*time.Minute {
		t.Errorf("it ends in %v", left)
	}
	if more := fmt.Sprint(verified.Claims["more"]); more != "[1 é]" {
		t.Errorf("claims beside those: %s", more)
	}
}

func TestListsOfTheCallerAreItsOwnAfterwards(t *testing.T) {
	issuer := startIssuer(t)
	algorithms, workloads := []string{"ES256"}, []string{"llm-serving"}
	statuses, tees := []string{"UpToDate"}, []string{"sev-snp"}
	verifier := issuer.verifier(t, func(o *Options) {
		o.Algorithms, o.Workloads, o.TCBStatuses, o.TEEs = algorithms, workloads, statuses, tees
	})
	for _, list := range [][]string{algorithms, workloads, statuses, tees} {
		list[0] = "other"
	}
	token := issuer.token(t, nil)
	_, err := verifier.VerifyRequest(t.Context(), http.MethodPost, sampleAddress, issuer.header(t, token, "one"))
	if err != nil {
		t.Error(err)
	}
}

func TestEveryCodeOfTheTableHasWords(t *testing.T) {
	if len(Rows()) < 20 {
		t.Fatalf("%d rows", len(Rows()))
	}
	for _, row := range Rows() {
		if row.Status < 400 || row.Meaning == "" || row.Remedy == "" || row.Kind == "" {
			t.Errorf("%+v", row)
		}
	}
}

func TestAProofCountsOnceHoweverManySendItAtOnce(t *testing.T) {
	issuer := startIssuer(t)
	verifier := issuer.verifier(t, nil)
	token := issuer.token(t, nil)
	header := issuer.header(t, token, "same")
	codes := make(chan string)
	for range 40 {
		go func() {
			_, err := verifier.VerifyRequest(context.Background(), http.MethodPost, sampleAddress, header)
			codes <- codeOf(err)
		}()
	}
	counts := map[string]int{}
	for range 40 {
		counts[<-codes]++
	}
	if counts["accepted"] != 1 || counts["proof_replayed"] != 39 {
		t.Errorf("%v", counts)
	}
	if asked := issuer.questions.Load(); asked != 1 {
		t.Errorf("the keys were asked for %d times", asked)
	}
}

func TestWhoeverGivesUpLeavesTheQuestionToTheOthers(t *testing.T) {
	issuer := startIssuer(t)
	asked, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	issuer.pause = func() {
		once.Do(func() { close(asked) })
		<-release
	}
	verifier := issuer.verifier(t, nil)
	token := issuer.token(t, nil)
	shown := Presentation{ProvenThumbprint: thumbprintOf(issuer.holder)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	for _, of := range []context.Context{ctx, context.Background()} {
		go func() {
			_, err := verifier.Verify(of, token, shown)
			ended <- err
		}()
	}
	<-asked
	cancel()
	err := <-ended
	var refused *Refused
	if !errors.Is(err, context.Canceled) || errors.As(err, &refused) {
		t.Errorf("who gave up was told %v", err)
	}
	close(release)
	if err := <-ended; err != nil {
		t.Errorf("who waited was told %v", err)
	}
}

func TestAStoreThatFailsIsNoAnswerAboutTheToken(t *testing.T) {
	issuer := startIssuer(t)
	verifier := issuer.verifier(t, func(o *Options) { o.ReplayStore = brokenStore{} })
	token := issuer.token(t, nil)
	_, err := verifier.VerifyRequest(t.Context(), http.MethodPost, sampleAddress, issuer.header(t, token, "one"))
	if !errors.Is(err, errBroken) || codeOf(err) != "error" {
		t.Errorf("%v", err)
	}
}

func TestARefusalBecomesAReply(t *testing.T) {
	issuer := startIssuer(t)
	verifier := issuer.verifier(t, nil)
	token := issuer.token(t, nil)
	header := http.Header{"Authorization": {"DPoP " + token}}
	_, err := verifier.VerifyRequest(t.Context(), http.MethodPost, sampleAddress, header)
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	if err := refused.Reply(recorder); err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(recorder.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if recorder.Code != http.StatusUnauthorized || document["code"] != "proof_missing" || document["title"] != "Unauthorized" {
		t.Errorf("%d %v", recorder.Code, document)
	}
	challenge := recorder.Header().Get("WWW-Authenticate")
	if !strings.HasPrefix(challenge, `DPoP error="invalid_dpop_proof", error_description="`) {
		t.Error(challenge)
	}
}

func TestOptionsThatCannotBeMeantAreMistakes(t *testing.T) {
	for _, change := range []func(*Options){
		func(o *Options) { o.Issuer = "http://attest.example" },
		func(o *Options) { o.Issuer = "https://attest.example/" },
		func(o *Options) { o.Audience = "" },
		func(o *Options) { o.Workloads = []string{} },
		func(o *Options) { o.Algorithms = []string{"HS256"} },
	} {
		options := Options{Issuer: "https://attest.example", Audience: sampleAudience}
		if _, err := New(options); err != nil {
			t.Fatal(err)
		}
		change(&options)
		if _, err := New(options); err == nil {
			t.Errorf("taken: %+v", options)
		}
	}
}

var errBroken = errors.New("the store is away")

type brokenStore struct{}

func (brokenStore) Since() time.Time { return time.Time{} }

func (brokenStore) Spend(context.Context, string, time.Time, time.Time, string) (bool, error) {
	return false, errBroken
}

func codeOf(err error) string {
	var refused *Refused
	switch {
	case err == nil:
		return "accepted"
	case errors.As(err, &refused):
		return refused.Code
	default:
		return "error"
	}
}
