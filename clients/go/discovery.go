package assay

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// For both documents, and bytes of one.
const (
	patience    = 5 * time.Second
	maxDocument = 256 * 1024
)

// A set has a few keys, even amid rotation.
const maxKeys = 64

// Bits of the shortest RSA modulus that is taken: RFC 7518, section 3.3. Bits of the longest public exponent.
const (
	minModulus  = 2048
	maxExponent = 31
)

// Algorithms that services sign tokens by.
var tokenAlgs = []string{"ES256", "RS256"}

var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

type issuerKey struct {
	alg string
	key crypto.PublicKey
}

// fetchIssuerKeys finds the public keys of an issuer from its URL alone (OpenID Connect Discovery 1.0, RFC 7517), by key id. No
// redirect is followed, replies are bounded, documents are read strictly and must be about the issuer that was asked. An error
// says in words for the operator why the issuer could not be asked, or did not answer like one.
func fetchIssuerKeys(ctx context.Context, issuer string, client *http.Client) (map[string]issuerKey, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	document, err := fetchDocument(ctx, issuer+"/.well-known/openid-configuration", client)
	if err != nil {
		return nil, err
	}
	if document["issuer"] != any(issuer) {
		return nil, fmt.Errorf("the discovery document under %s speaks for another issuer", issuer)
	}
	address, _ := document["jwks_uri"].(string)
	canonical, ok := canonicalHTTPURI(address)
	// Whoever serves the document could name any host; keys are the issuer's own.
	if own, _ := canonicalHTTPURI(issuer); !ok || originOf(canonical) != originOf(own) {
		return nil, fmt.Errorf("the discovery document of %s names keys that do not lie beside it", issuer)
	}
	set, err := fetchDocument(ctx, address, client)
	if err != nil {
		return nil, err
	}
	return readKeys(set, address)
}

func fetchDocument(ctx context.Context, address string, client *http.Client) (map[string]any, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s is no address", address)
	}
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer (%w)", address, causeOf(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %d", address, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("%s does not answer (%w)", address, causeOf(err))
	}
	if len(body) > maxDocument {
		return nil, fmt.Errorf("%s answered more than %d bytes", address, maxDocument)
	}
	object, err := parseObject(body)
	if err != nil {
		return nil, fmt.Errorf("%s did not answer with a sound JSON object", address)
	}
	return object, nil
}

// causeOf leaves out the address, which the sentence around it has.
func causeOf(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}

// readKeys leaves out keys of other kinds and uses: an issuer may publish more than this client reads.
func readKeys(set map[string]any, address string) (map[string]issuerKey, error) {
	list, ok := set["keys"].([]any)
	if !ok || len(list) > maxKeys {
		return nil, fmt.Errorf("%s is not a set of at most %d keys", address, maxKeys)
	}
	found := map[string]issuerKey{}
	for _, item := range list {
		jwk, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s has a key that is none", address)
		}
		if hasPrivateMember(jwk) {
			return nil, fmt.Errorf("%s publishes a private key: nothing signed by it means anything", address)
		}
		alg, _ := jwk["alg"].(string)
		kid, _ := jwk["kid"].(string)
		if !slices.Contains(tokenAlgs, alg) || jwk["use"] != any("sig") || kid == "" {
			continue
		}
		if _, twice := found[kid]; twice {
			return nil, fmt.Errorf("%s has two keys of one id", address)
		}
		key := publicKeyOf(jwk, alg)
		if key == nil {
			return nil, fmt.Errorf("%s has a key for %s that is of another kind, too short, or cannot be read", address, alg)
		}
		found[kid] = issuerKey{alg: alg, key: key}
	}
	return found, nil
}

func hasPrivateMember(jwk map[string]any) bool {
	return slices.ContainsFunc(privateMembers, func(name string) bool {
		_, there := jwk[name]
		return there
	})
}

// publicKeyOf gives nil for what is no key of that algorithm.
func publicKeyOf(jwk map[string]any, alg string) crypto.PublicKey {
	if alg == "ES256" {
		if jwk["kty"] != any("EC") || jwk["crv"] != any("P-256") {
			return nil
		}
		return pointOf(elliptic.P256(), coordinate(jwk, "x", 32), coordinate(jwk, "y", 32))
	}
	n, e := integer(jwk, "n"), integer(jwk, "e")
	if jwk["kty"] != any("RSA") || n.BitLen() < minModulus || e.BitLen() > maxExponent || e.Bit(0) == 0 {
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

// pointOf gives nil for what is no point of the curve.
func pointOf(curve elliptic.Curve, x, y []byte) crypto.PublicKey {
	if x == nil || y == nil {
		return nil
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil
	}
	return key
}

// coordinate gives nil for what is not base64url of so many bytes.
func coordinate(jwk map[string]any, name string, length int) []byte {
	text, _ := jwk[name].(string)
	bytes, ok := decodeBase64url(text)
	if !ok || len(bytes) != length {
		return nil
	}
	return bytes
}

// integer gives zero for what is none. Some issuers pad.
func integer(jwk map[string]any, name string) *big.Int {
	text, _ := jwk[name].(string)
	bytes, ok := decodeBase64url(text)
	if !ok {
		bytes, _ = base64.StdEncoding.Strict().DecodeString(text)
	}
	return new(big.Int).SetBytes(bytes)
}
