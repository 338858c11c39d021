// go-sev-guest as a filter: a report with what endorses it per line of standard input, a verdict per line of output.
//
// The library takes the instant and, through its getter, the revocation list. Its package verify looks at chain, list
// and signature, its package validate at what ties leaf and report together; a report counts as accepted when both
// accept it, the second with every choice that is the operator's left open.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/go-sev-guest/abi"
	spb "github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/validate"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"
)

// Byte strings are base64 of DER.
type question struct {
	ID       string    `json:"id"`
	Evidence []byte    `json:"evidence"`
	At       time.Time `json:"at"`
	Leaf     []byte    `json:"leaf"`
	// Null: revocation is not to be looked at.
	List    []byte   `json:"list"`
	Anchors []anchor `json:"anchors"`
	// How often to judge it, for whoever measures; absent: once.
	Repeat int `json:"repeat"`
}

// The authorities of a product line, all of them trusted.
type anchor struct {
	Product string `json:"product"`
	Ark     []byte `json:"ark"`
	Ask     []byte `json:"ask"`
	Asvk    []byte `json:"asvk"`
}

type answer struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	Panic   string `json:"panic,omitempty"`
}

// The one document that the library may ask for.
type list []byte

func (l list) Get(string) ([]byte, error) { return l, nil }

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := answers.Encode(answerTo(asked)); err != nil {
			os.Exit(1)
		}
	}
}

func answerTo(asked question) (given answer) {
	given.ID = asked.ID
	defer func() {
		if thrown := recover(); thrown != nil {
			given.Verdict, given.Reason, given.Panic = "crash", "panic", fmt.Sprint(thrown)
		}
	}()
	for times := max(1, asked.Repeat); times > 0; times-- {
		if err := judge(asked); err != nil {
			given.Verdict, given.Reason = "reject", err.Error()
			return given
		}
	}
	given.Verdict = "accept"
	return given
}

func judge(asked question) error {
	roots, err := trusted(asked.Anchors)
	if err != nil {
		return err
	}
	report, err := abi.ReportToProto(asked.Evidence)
	if err != nil {
		return err
	}
	// The library takes the one that SIGNING_KEY names.
	chain := &spb.CertificateChain{VcekCert: asked.Leaf, VlekCert: asked.Leaf}
	attestation := &spb.Attestation{Report: report, CertificateChain: chain}
	if err := verify.SnpAttestation(attestation, &verify.Options{
		CheckRevocations:    asked.List != nil,
		DisableCertFetching: true,
		Getter:              list(asked.List),
		Now:                 asked.At,
		TrustedRoots:        roots,
	}); err != nil {
		return err
	}
	if err := validate.SnpAttestation(attestation, &validate.Options{
		GuestPolicy:               abi.SnpPolicy{SMT: true, MigrateMA: true, Debug: true, CXLAllowed: true},
		PermitProvisionalFirmware: true,
	}); err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	return nil
}

func trusted(anchors []anchor) (map[string][]*trust.AMDRootCerts, error) {
	roots := map[string][]*trust.AMDRootCerts{}
	for _, one := range anchors {
		ark, e1 := x509.ParseCertificate(one.Ark)
		ask, e2 := x509.ParseCertificate(one.Ask)
		asvk, e3 := x509.ParseCertificate(one.Asvk)
		if err := errors.Join(e1, e2, e3); err != nil {
			return nil, fmt.Errorf("anchors: %w", err)
		}
		roots[one.Product] = append(roots[one.Product], &trust.AMDRootCerts{
			ProductLine:  one.Product,
			ProductCerts: &trust.ProductCerts{Ark: ark, Ask: ask, Asvk: asvk},
		})
	}
	return roots, nil
}
