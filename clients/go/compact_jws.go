package assay

import (
	"encoding/base64"
	"strings"
)

// compactJWS is a JWS in compact form (RFC 7515, section 7.1), taken apart and not verified.
type compactJWS struct {
	header, payload, signature []byte
	// What the signature covers.
	signed string
}

// splitCompactJWS says false for what has not three parts, or one that is empty, not base64url, or not in its one spelling.
func splitCompactJWS(text string) (compactJWS, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return compactJWS{}, false
	}
	decoded := make([][]byte, len(parts))
	for index, part := range parts {
		bytes, ok := decodeBase64url(part)
		if !ok || part == "" {
			return compactJWS{}, false
		}
		decoded[index] = bytes
	}
	signed := parts[0] + "." + parts[1]
	return compactJWS{header: decoded[0], payload: decoded[1], signature: decoded[2], signed: signed}, true
}

// decodeBase64url takes the one spelling without padding. The decoder of the standard library skips line ends, even a strict
// one, so what was read is written again and compared.
func decodeBase64url(text string) ([]byte, bool) {
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	return bytes, err == nil && base64.RawURLEncoding.EncodeToString(bytes) == text
}
