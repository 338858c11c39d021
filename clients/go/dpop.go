package assay

import (
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"time"
	"unicode/utf16"

	"github.com/golang-jwt/jwt/v5"
)

const proofType = "dpop+jwt"

// Characters. Proofs with the longest keys and addresses that are taken stay far below.
const maxProofLength = 8192

// UTF-16 units, as in the other languages. Those who remember a `jti` keep its digest.
const maxJTILength = 256

// proofAlgs are the algorithms that proofs are signed by. RFC 9864 names EdDSA by its curve; the signature is the same.
var proofAlgs = []string{"ES256", "ES384", "EdDSA", "Ed25519"}

// keyKind is a kind of key that tokens are bound to.
type keyKind struct {
	method   jwt.SigningMethod
	kty, crv string
	// Nil for Edwards curves, whose keys have one coordinate.
	curve elliptic.Curve
	// Bytes of a coordinate.
	length int
}

var (
	p256     = keyKind{method: jwt.SigningMethodES256, kty: "EC", crv: "P-256", curve: elliptic.P256(), length: 32}
	p384     = keyKind{method: jwt.SigningMethodES384, kty: "EC", crv: "P-384", curve: elliptic.P384(), length: 48}
	edwards  = keyKind{method: jwt.SigningMethodEdDSA, kty: "OKP", crv: "Ed25519", length: 32}
	keyKinds = map[string]keyKind{"ES256": p256, "ES384": p384, "EdDSA": edwards, "Ed25519": edwards}
)

// proofQuestion is what a proof is held against.
type proofQuestion struct {
	proof, method string
	// Where the request went, in the form of canonicalHTTPURI.
	url, token string
	// What the token is bound to.
	thumbprint string
	at         time.Time
}

// verifyProof makes all the checks of RFC 9449, section 4.3, but for `nonce`, which nobody hands out here.
func verifyProof(question proofQuestion) (soundProof, error) {
	header, claims, jws, err := readProof(question.proof)
	if err != nil {
		return soundProof{}, err
	}
	if header["typ"] != any(proofType) {
		return soundProof{}, failProof("type", "its type is not "+proofType)
	}
	if _, critical := header["crit"]; critical {
		return soundProof{}, failProof("malformed", "its header has critical members, and none are known")
	}
	alg, _ := header["alg"].(string)
	kind, known := keyKinds[alg]
	if !known {
		return soundProof{}, failProof("algorithm", fmt.Sprintf("its algorithm is none of %v", proofAlgs))
	}
	key, thumbprint, err := kind.read(header["jwk"])
	if err != nil {
		return soundProof{}, err
	}
	if kind.method.Verify(jws.signed, jws.signature, key) != nil {
		return soundProof{}, failProof("signature", "its signature is not by the key that it names")
	}
	jti, madeAt, err := requireProofClaims(claims, question)
	if err != nil {
		return soundProof{}, err
	}
	if thumbprint != question.thumbprint {
		return soundProof{}, refuseProof("key_mismatch",
			"The DPoP proof does not count: the token is bound to another key than the one that signed.", "thumbprint")
	}
	return newSoundProof(thumbprint, jti, madeAt), nil
}

// readProof refuses a document that says a thing twice.
func readProof(proof string) (header, claims map[string]any, jws compactJWS, err error) {
	if len(proof) > maxProofLength {
		return nil, nil, jws, failProof("malformed", fmt.Sprintf("it is longer than %d characters", maxProofLength))
	}
	jws, ok := splitCompactJWS(proof)
	if !ok {
		return nil, nil, jws, failProof("malformed", "it is not one signed JWT in compact form")
	}
	header, headerErr := parseObject(jws.header)
	claims, claimsErr := parseObject(jws.payload)
	if headerErr != nil || claimsErr != nil {
		return nil, nil, jws, failProof("malformed", "its header or its claims are not one sound JSON object")
	}
	return header, claims, jws, nil
}

// read gives the header's key and its RFC 7638 thumbprint, each coordinate in its one spelling.
func (k keyKind) read(value any) (crypto.PublicKey, string, error) {
	jwk, ok := value.(map[string]any)
	if !ok {
		return nil, "", failProof("key", "its header has no `jwk`")
	}
	if hasPrivateMember(jwk) {
		return nil, "", failProof("key", "its key came with the private half; throw that key away")
	}
	if jwk["kty"] != any(k.kty) || jwk["crv"] != any(k.crv) {
		return nil, "", failProof("key", fmt.Sprintf("its algorithm signs with a key of kind %s %s", k.kty, k.crv))
	}
	if use, there := jwk["use"]; there && use != any("sig") {
		return nil, "", failProof("key", "its key is not for signatures")
	}
	x := coordinate(jwk, "x", k.length)
	if k.curve == nil {
		if x == nil {
			return nil, "", failProof("key", "`x` of its key is not base64url of its length")
		}
		members := fmt.Sprintf(`{"crv":"%s","kty":"%s","x":"%s"}`, k.crv, k.kty, jwk["x"])
		return ed25519.PublicKey(x), digestOf(members), nil
	}
	key := pointOf(k.curve, x, coordinate(jwk, "y", k.length))
	if key == nil {
		return nil, "", failProof("key", "its key is no point of its curve")
	}
	return key, digestOf(fmt.Sprintf(`{"crv":"%s","kty":"%s","x":"%s","y":"%s"}`, k.crv, k.kty, jwk["x"], jwk["y"])), nil
}

func requireProofClaims(claims map[string]any, question proofQuestion) (jti string, madeAt int64, err error) {
	if claims["htm"] != any(question.method) {
		return "", 0, failProof("method", "`htm` names another method than that of the request")
	}
	named, _ := claims["htu"].(string)
	if canonical, ok := canonicalHTTPURI(named); !ok || canonical != question.url {
		return "", 0, failProof("url", "`htu` does not name "+question.url)
	}
	now := float64(question.at.UnixMilli()) / 1000
	madeAt, ok := wholeNumber(claims["iat"])
	if !ok || math.Abs(now-float64(madeAt)) > proofWindow {
		return "", 0, failProof("time", fmt.Sprintf("`iat` is not a whole second within %d seconds of this clock", proofWindow))
	}
	// Claims that a proof need not have, and that count where it does (RFC 7519, sections 4.1.4 and 4.1.5).
	begin, begins := claims["nbf"]
	end, ends := claims["exp"]
	start, startOk := begin.(float64)
	finish, finishOk := end.(float64)
	if (begins && (!startOk || start > now+proofWindow)) || (ends && (!finishOk || finish <= now)) {
		return "", 0, failProof("time", "it has ended, or has not begun")
	}
	jti, _ = claims["jti"].(string)
	if units := len(utf16.Encode([]rune(jti))); units == 0 || units > maxJTILength {
		return "", 0, failProof("jti", fmt.Sprintf("`jti` is not a text of 1 to %d characters", maxJTILength))
	}
	if claims["ath"] != any(digestOf(question.token)) {
		return "", 0, failProof("token", "`ath` is not the digest of the token that came with it")
	}
	return jti, madeAt, nil
}

// digestOf is SHA-256 in base64url.
func digestOf(text string) string {
	digest := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

func failProof(reason, why string) *Refused {
	return refuseProof("proof_invalid", "The DPoP proof does not count: "+why+".", reason)
}
