// go-tdx-guest as a filter: a quote with what endorses it per line of standard input, a verdict per line of output.
//
// The library takes the instant, and fetches documents through its getter, which here answers from the question: so
// TCB info, QE identity and both revocation lists are judged as they are given. With the base address of a service in the
// question, they are fetched from there instead of from Intel.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/go-tdx-guest/verify"
	"github.com/google/go-tdx-guest/verify/trust"
)

// Byte strings are base64; documents are as Intel's service answers, lists and the root are DER.
type question struct {
	ID              string    `json:"id"`
	Evidence        []byte    `json:"evidence"`
	At              time.Time `json:"at"`
	TcbInfo         []byte    `json:"tcbInfo"`
	QeIdentity      []byte    `json:"qeIdentity"`
	TcbSigningChain []byte    `json:"tcbSigningChain"`
	PckCrl          []byte    `json:"pckCrl"`
	PckCrlChain     []byte    `json:"pckCrlIssuerChain"`
	RootCrl         []byte    `json:"rootCrl"`
	Root            []byte    `json:"root"`
	// Empty: the documents of the question count.
	Service string `json:"service"`
	// How often to judge it, for whoever measures; absent: once.
	Repeat int `json:"repeat"`
}

type answer struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	Panic   string `json:"panic,omitempty"`
}

// Intel's service, as far as the library asks it.
type service struct{ question }

func (s service) Get(address string) (map[string][]string, []byte, error) {
	header := func(name string, chain []byte) map[string][]string {
		return map[string][]string{name: {url.QueryEscape(string(chain))}}
	}
	switch {
	case strings.Contains(address, "/tcb?"):
		return header("Tcb-Info-Issuer-Chain", s.TcbSigningChain), s.TcbInfo, nil
	case strings.Contains(address, "/qe/identity"):
		return header("Sgx-Enclave-Identity-Issuer-Chain", s.TcbSigningChain), s.QeIdentity, nil
	case strings.Contains(address, "/pckcrl?"):
		return header("Sgx-Pck-Crl-Issuer-Chain", s.PckCrlChain), s.PckCrl, nil
	default:
		// The distribution point that the root names.
		return nil, s.RootCrl, nil
	}
}

// Another service in place of Intel's: the same paths, below its base address.
type elsewhere string

func (base elsewhere) Get(address string) (map[string][]string, []byte, error) {
	asked, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	return (&trust.SimpleHTTPSGetter{}).Get(string(base) + asked.RequestURI())
}

func getterFor(asked question) trust.HTTPSGetter {
	if asked.Service != "" {
		return elsewhere(asked.Service)
	}
	return service{asked}
}

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
	root, err := x509.ParseCertificate(asked.Root)
	if err != nil {
		return fmt.Errorf("root: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return verify.RawTdxQuote(asked.Evidence, &verify.Options{
		CheckRevocations: true,
		GetCollateral:    true,
		Getter:           getterFor(asked),
		Now:              asked.At,
		TrustedRoots:     roots,
	})
}
