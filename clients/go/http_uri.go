package assay

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Longer addresses name nothing of ours; what comes after a `?` counts too.
const maxURILength = 2048

// Scheme, authority without user information, path; nothing that RFC 3986 has no place for. Classes are spelt out: without
// regard to case, Go would take more than ASCII.
var (
	uriForm = regexp.MustCompile(`^([hH][tT][tT][pP][sS]?)://` +
		`(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(?::([0-9]{0,5}))?` +
		`((?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-fA-F]{2})*)?)$`)
	percentEncoded = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	unreserved     = regexp.MustCompile(`^[A-Za-z0-9._~-]$`)
	// A host whose last label is a number is an IPv4 address, or none (WHATWG URL, "ends in a number").
	numericHost = regexp.MustCompile(`(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?$`)
)

// canonicalHTTPURI gives the normal form (RFC 3986, section 6.2) without query and fragment (RFC 9449, section 4.3): scheme and
// host in lower case, no default port, dot segments resolved, percent-encodings only where they are needed. False: not an
// absolute HTTP URI, or one with an IPv4 address that is not written as four decimal numbers.
func canonicalHTTPURI(text string) (string, bool) {
	bare := text
	if end := strings.IndexAny(text, "?#"); end >= 0 {
		bare = text[:end]
	}
	parts := uriForm.FindStringSubmatch(bare)
	if len(text) > maxURILength || parts == nil {
		return "", false
	}
	scheme := strings.ToLower(parts[1])
	host, ok := canonicalHost(strings.ToLower(parts[2]))
	if !ok {
		return "", false
	}
	port, ok := canonicalPort(parts[3], scheme)
	if !ok {
		return "", false
	}
	// What is encoded without need is decoded first: it may be the dots of a segment.
	path := percentEncoded.ReplaceAllStringFunc(parts[4], decodeWhereNeedless)
	return scheme + "://" + host + port + resolveDots(path), true
}

func canonicalHost(host string) (string, bool) {
	inside, bracketed := strings.CutPrefix(host, "[")
	if !bracketed && !numericHost.MatchString(host) {
		return host, true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(inside, "]"))
	if err != nil || address.Is6() != bracketed {
		return "", false
	}
	if bracketed {
		return "[" + address.String() + "]", true
	}
	return address.String(), true
}

func canonicalPort(digits, scheme string) (string, bool) {
	if digits == "" {
		return "", true
	}
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", false
	}
	if port == map[string]uint64{"http": 80, "https": 443}[scheme] {
		return "", true
	}
	return ":" + strconv.FormatUint(port, 10), true
}

func decodeWhereNeedless(encoded string) string {
	code, err := strconv.ParseUint(encoded[1:], 16, 8)
	if character := string(rune(code)); err == nil && unreserved.MatchString(character) {
		return character
	}
	return strings.ToUpper(encoded)
}

func resolveDots(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	resolved := []string{}
	for index, segment := range segments {
		isDots := segment == "." || segment == ".."
		if segment == ".." && len(resolved) > 0 {
			resolved = resolved[:len(resolved)-1]
		}
		if !isDots {
			resolved = append(resolved, segment)
		} else if index == len(segments)-1 {
			resolved = append(resolved, "")
		}
	}
	return "/" + strings.Join(resolved, "/")
}
