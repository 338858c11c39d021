// Veraison's library for EARs as a filter: a token with the key that signed it per line of standard input, a verdict per
// line of output.
//
// Accepted is what the library verifies (signature and times) and finds valid when it writes what it read (claims). The
// reason is then what it wrote.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/veraison/ear"
)

type question struct {
	ID    string          `json:"id"`
	Token string          `json:"token"`
	JWK   json.RawMessage `json:"jwk"`
	Alg   string          `json:"alg"`
}

type answer struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	Panic   string `json:"panic,omitempty"`
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
	read, err := read(asked)
	if err != nil {
		given.Verdict, given.Reason = "reject", err.Error()
		return given
	}
	given.Verdict, given.Reason = "accept", string(read)
	return given
}

func read(asked question) ([]byte, error) {
	key, err := jwk.ParseKey(asked.JWK)
	if err != nil {
		return nil, err
	}
	var verified ear.AttestationResult
	if err := verified.Verify([]byte(asked.Token), jwa.SignatureAlgorithm(asked.Alg), key); err != nil {
		return nil, err
	}
	// Writing is what validates.
	return verified.MarshalJSON()
}
