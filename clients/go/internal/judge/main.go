// Command judge is this package as a filter, for tests that put one question to helpers in several languages: a question per line
// of standard input, an answer per line of output. Verifiers stay between questions, and the clock is the one of the questions.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	assay "assay.example/client"
)

type question struct {
	ID string `json:"id"`
	// Milliseconds since 1970.
	At int64 `json:"at"`
	// Which verifier is asked; made by the options at its first question.
	Verifier string  `json:"verifier"`
	Options  options `json:"options"`
	// token, request, keys or rows.
	About      string      `json:"about"`
	Token      string      `json:"token"`
	Proof      *string     `json:"proof"`
	Method     string      `json:"method"`
	URL        string      `json:"url"`
	Headers    [][2]string `json:"headers"`
	Thumbprint string      `json:"thumbprint"`
}

type options struct {
	Issuer              string   `json:"issuer"`
	Audience            string   `json:"audience"`
	Workload            []string `json:"workload"`
	MinimumStatus       string   `json:"minimumStatus"`
	MinReferenceVersion int64    `json:"minReferenceVersion"`
	TCBStatus           []string `json:"tcbStatus"`
	TEE                 []string `json:"tee"`
	Algorithms          []string `json:"algorithms"`
	AllowBearer         bool     `json:"allowBearer"`
	AllowSimulated      bool     `json:"allowSimulated"`
	AllowDebug          bool     `json:"allowDebug"`
	// When the memory of proofs began, in milliseconds since 1970, and its places.
	Since    int64 `json:"since"`
	Capacity int   `json:"capacity"`
}

type answer struct {
	ID string `json:"id"`
	// accepted, a refusal's code, or mistake: options that cannot be meant.
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
	// What an accepted token says, or the rows.
	Said any `json:"said"`
}

// The instant of the last question.
var clock atomic.Int64

func now() time.Time { return time.UnixMilli(clock.Load()) }

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	verifiers := map[string]*assay.Verifier{}
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			exit(err)
		}
		if err := answers.Encode(judge(asked, verifiers)); err != nil {
			exit(err)
		}
	}
}

func judge(asked question, verifiers map[string]*assay.Verifier) answer {
	clock.Store(asked.At)
	if asked.About == "rows" {
		return answer{ID: asked.ID, Code: "accepted", Said: sortedRows()}
	}
	verifier, made := verifiers[asked.Verifier]
	if !made {
		var err error
		if verifier, err = assay.New(asked.Options.whole()); err != nil {
			return answer{ID: asked.ID, Code: "mistake", Detail: err.Error()}
		}
		verifiers[asked.Verifier] = verifier
	}
	verified, err := ask(asked, verifier)
	var refused *assay.Refused
	switch {
	case errors.As(err, &refused):
		return answer{ID: asked.ID, Code: refused.Code, Reason: refused.Reason, Detail: refused.Detail}
	case err != nil:
		exit(err)
	}
	return answer{ID: asked.ID, Code: "accepted", Said: said(verified)}
}

func ask(asked question, verifier *assay.Verifier) (*assay.VerifiedToken, error) {
	ctx := context.Background()
	switch asked.About {
	case "keys":
		return nil, verifier.LoadKeys(ctx)
	case "request":
		header := http.Header{}
		for _, pair := range asked.Headers {
			header[pair[0]] = append(header[pair[0]], pair[1])
		}
		return verifier.VerifyRequest(ctx, asked.Method, asked.URL, header)
	default:
		shown := assay.Presentation{ProvenThumbprint: asked.Thumbprint}
		if asked.Proof != nil {
			shown.Proof = &assay.ShownProof{Proof: *asked.Proof, Method: asked.Method, URL: asked.URL}
		}
		return verifier.Verify(ctx, asked.Token, shown)
	}
}

func (o options) whole() assay.Options {
	capacity := o.Capacity
	if capacity == 0 {
		capacity = assay.ReplayCapacity
	}
	return assay.Options{
		Issuer: o.Issuer, Audience: o.Audience, Algorithms: o.Algorithms, AllowBearer: o.AllowBearer, Now: now,
		ReplayStore: assay.NewReplayMemory(time.UnixMilli(o.Since), capacity),
		Expectations: assay.Expectations{
			MinimumStatus: assay.Status(o.MinimumStatus), Workloads: o.Workload, MinReferenceVersion: o.MinReferenceVersion,
			TCBStatuses: o.TCBStatus, TEEs: o.TEE, AllowSimulated: o.AllowSimulated, AllowDebug: o.AllowDebug,
		},
	}
}

// said puts a token's typed claims under the names that all languages answer with; null where there is none.
func said(verified *assay.VerifiedToken) any {
	if verified == nil {
		return nil
	}
	att := verified.Att
	return map[string]any{
		"issuer": verified.Issuer, "subject": verified.Subject, "audience": verified.Audience, "id": verified.ID,
		"issuedAt": verified.IssuedAt.UnixMilli(), "expiresAt": verified.ExpiresAt.UnixMilli(),
		"profile": verified.Profile, "status": verified.Status,
		"nonce": orNull(verified.Nonce), "keyThumbprint": orNull(verified.KeyThumbprint),
		"att": map[string]any{
			"tenant": att.Tenant, "workload": att.Workload, "reference_version": att.ReferenceVersion, "tee": att.TEE,
			"generation": att.Generation, "debug": att.Debug, "simulated": att.Simulated, "tcb_status": att.TCBStatus,
			"tcb_source": att.TCBSource, "tcb_date": att.TCBDate, "tcb_in_grace": att.TCBInGrace,
			"measurement": att.Measurement, "policy": att.Policy, "policy_digest": att.PolicyDigest,
			"decision": att.Decision, "evidence_digest": att.EvidenceDigest, "devices": att.Devices, "fresh": att.Fresh,
		},
		"claims": verified.Claims,
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func sortedRows() []assay.Row {
	rows := assay.Rows()
	slices.SortFunc(rows, func(a, b assay.Row) int { return strings.Compare(a.Code, b.Code) })
	return rows
}

func exit(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
