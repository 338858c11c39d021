package assay

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Characters: the hard limit of the service, whatever the profile.
const maxTokenLength = 8192

// Header types of attestation tokens (RFC 7519, section 5.1). A proof or a signed list is none.
var tokenTypes = []string{"jwt", "at+jwt", "eat+jwt"}

// authenticateToken gives the claims of a token whose signature holds under a key that the issuer publishes. Nothing in a token is
// believed before; what golang-jwt has to read beforehand is therefore read here, strictly, and it verifies the signature.
func authenticateToken(ctx context.Context, token string, keys *issuerKeys, algorithms []string) (map[string]any, error) {
	header, jws, err := readToken(token)
	if err != nil {
		return nil, err
	}
	alg, _ := header["alg"].(string)
	if !slices.Contains(algorithms, alg) {
		return nil, refuse("token_algorithm", fmt.Sprintf("The token is not signed by %s.", strings.Join(algorithms, " or ")))
	}
	typ, _ := header["typ"].(string)
	if !slices.Contains(tokenTypes, strings.ToLower(typ)) {
		return nil, refuseForm("its header names another type")
	}
	if _, critical := header["crit"]; critical {
		return nil, refuseForm("its header asks for what is not offered")
	}
	// The key is the issuer's own: one that came along in the header would vouch for itself (RFC 8725, section 3.10).
	kid, _ := header["kid"].(string)
	if kid == "" {
		return nil, refuseForm("its header names no key id")
	}
	published, err := keys.keyOf(ctx, kid)
	if err != nil {
		return nil, err
	}
	if published.alg != alg {
		return nil, refuse("token_algorithm", fmt.Sprintf("The key that the token names signs by %s.", published.alg))
	}
	if jwt.GetSigningMethod(alg).Verify(jws.signed, jws.signature, published.key) != nil {
		return nil, refuse("token_signature", "The signature does not hold under the key that the token names.")
	}
	claims, err := parseObject(jws.payload)
	if err != nil {
		return nil, refuseForm("its claims are not one sound JSON object")
	}
	return claims, nil
}

func readToken(token string) (map[string]any, compactJWS, error) {
	if len(token) > maxTokenLength {
		return nil, compactJWS{}, refuseForm(fmt.Sprintf("it is longer than %d characters", maxTokenLength))
	}
	if strings.Count(token, ".") == 4 {
		return nil, compactJWS{}, refuseForm("it is encrypted; whoever holds the key decrypts it first")
	}
	jws, ok := splitCompactJWS(token)
	if !ok {
		return nil, compactJWS{}, refuseForm("it is not one signed JWT in compact form")
	}
	header, err := parseObject(jws.header)
	if err != nil {
		return nil, compactJWS{}, refuseForm("its header is not one sound JSON object")
	}
	return header, jws, nil
}

func refuseForm(why string) *Refused {
	return refuse("token_malformed", "The token cannot be read: "+why+".")
}
