// golang-jwt as a filter: a token with what its relying party expects per line of standard input, a verdict per line of
// output.
//
// Keys are found as a broker finds them: the issuer's discovery document names the JWK set, keyfunc fetches and keeps it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

type question struct {
	ID       string `json:"id"`
	Token    string `json:"token"`
	Issuer   string `json:"issuer"`
	Audience string `json:"audience"`
}

type answer struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
}

// Between the clocks of a broker and of the service.
const leeway = 5 * time.Second

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	known := map[string]keyfunc.Keyfunc{}
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			exit(err)
		}
		keys, ok := known[asked.Issuer]
		if !ok {
			if keys, err = keysOf(asked.Issuer); err != nil {
				exit(err)
			}
			known[asked.Issuer] = keys
		}
		given := answer{ID: asked.ID, Verdict: "accept"}
		if err := verify(asked, keys); err != nil {
			given.Verdict, given.Reason = "reject", err.Error()
		}
		if err := answers.Encode(given); err != nil {
			exit(err)
		}
	}
}

func verify(asked question, keys keyfunc.Keyfunc) error {
	_, err := jwt.Parse(asked.Token, keys.Keyfunc,
		jwt.WithValidMethods([]string{"ES256", "RS256"}),
		jwt.WithIssuer(asked.Issuer),
		jwt.WithAudience(asked.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		jwt.WithIssuedAt(),
		jwt.WithStrictDecoding(),
		jwt.WithLeeway(leeway),
	)
	return err
}

// OpenID Connect Discovery 1.0, 4.3: the issuer in the document must be the one that was asked.
func keysOf(issuer string) (keyfunc.Keyfunc, error) {
	reply, err := http.Get(strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration")
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	var document struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.NewDecoder(reply.Body).Decode(&document); err != nil {
		return nil, err
	}
	if document.Issuer != issuer {
		return nil, fmt.Errorf("asked %s, and %s answered", issuer, document.Issuer)
	}
	return keyfunc.NewDefault([]string{document.Keys})
}

func exit(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
