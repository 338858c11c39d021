package assay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	sampleAudience = "key-broker"
	sampleAddress  = "https://broker.example/keys/model"
)

// sampleIssuer is an issuer on a socket with one key, and the one holder that it made tokens for.
type sampleIssuer struct {
	url string
	// How often the keys were asked for.
	questions atomic.Int32
	// Told before the keys are answered; nil: nothing.
	pause  func()
	key    *ecdsa.PrivateKey
	holder *ecdsa.PrivateKey
}

func startIssuer(t *testing.T) *sampleIssuer {
	t.Helper()
	issuer := &sampleIssuer{key: makeKey(t), holder: makeKey(t)}
	server := httptest.NewServer(http.HandlerFunc(issuer.answer))
	t.Cleanup(server.Close)
	issuer.url = server.URL
	return issuer
}

func (s *sampleIssuer) answer(w http.ResponseWriter, r *http.Request) {
	document := map[string]any{"issuer": s.url, "jwks_uri": s.url + "/.well-known/jwks.json"}
	if r.URL.Path == "/.well-known/jwks.json" {
		s.questions.Add(1)
		if s.pause != nil {
			s.pause()
		}
		jwk := publicJWK(s.key)
		maps.Copy(jwk, map[string]any{"kid": "key-1", "alg": "ES256", "use": "sig"})
		document = map[string]any{"keys": []any{jwk}}
	}
	if json.NewEncoder(w).Encode(document) != nil {
		return
	}
}

// token is a good one, bound to the holder's key, with claims replaced; nil leaves one out.
func (s *sampleIssuer) token(t *testing.T, changes map[string]any) string {
	t.Helper()
	now := time.Now().Unix()
	claims := jwt.MapClaims{
		"iss": s.url, "aud": sampleAudience, "sub": "tenant:acme:workload:llm-serving", "jti": "jti-1",
		"iat": now, "nbf": now, "exp": now + 300, "eat_profile": profileEAR, "ear_status": "affirming",
		"submods": map[string]any{"cpu0": map[string]any{"ear_status": "affirming"}},
		"cnf":     map[string]any{"jkt": thumbprintOf(s.holder)},
		"att": map[string]any{
			"v": 1, "tenant": "acme", "workload": "llm-serving", "reference_version": 42, "tee": "sev-snp",
			"generation": "genoa", "debug": false, "simulated": false, "tcb_status": "UpToDate", "tcb_source": "x",
			"tcb_date": "", "tcb_in_grace": false, "measurement": "a5", "policy": "standard@7", "policy_digest": "5a",
			"decision": "dec_1", "evidence_digest": "3c", "devices": "none", "fresh": "challenge",
		},
	}
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	return sign(t, s.key, claims, map[string]any{"kid": "key-1"})
}

// proof is by the holder, for a token and the sample request.
func (s *sampleIssuer) proof(t *testing.T, token, jti string) string {
	t.Helper()
	// A second ahead, so that a memory that begins within this second takes it.
	claims := jwt.MapClaims{
		"htm": http.MethodPost, "htu": sampleAddress, "iat": time.Now().Unix() + 1, "jti": jti, "ath": digestOf(token),
	}
	return sign(t, s.holder, claims, map[string]any{"typ": proofType, "jwk": publicJWK(s.holder)})
}

func (s *sampleIssuer) header(t *testing.T, token, jti string) http.Header {
	t.Helper()
	return http.Header{"Authorization": {"DPoP " + token}, "Dpop": {s.proof(t, token, jti)}}
}

func (s *sampleIssuer) verifier(t *testing.T, change func(*Options)) *Verifier {
	t.Helper()
	options := Options{Issuer: s.url, Audience: sampleAudience}
	if change != nil {
		change(&options)
	}
	verifier, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func makeKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, key *ecdsa.PrivateKey, claims jwt.MapClaims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	maps.Copy(token.Header, header)
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func publicJWK(key *ecdsa.PrivateKey) map[string]any {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return map[string]any{"kty": "EC", "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])}
}

func thumbprintOf(key *ecdsa.PrivateKey) string {
	_, thumbprint, err := p256.read(publicJWK(key))
	if err != nil {
		panic(err)
	}
	return thumbprint
}
