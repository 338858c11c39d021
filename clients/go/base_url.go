package assay

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// requireBaseURL takes an https URL, or http on loopback, without user name, query, fragment and slash at the end. Issuers are
// compared as text, so each has one spelling.
func requireBaseURL(text, what string) error {
	canonical, ok := canonicalHTTPURI(text)
	if !ok {
		return fmt.Errorf("%s must be an https URL", what)
	}
	parsed, err := url.Parse(canonical)
	if err != nil {
		return fmt.Errorf("%s must be an https URL", what)
	}
	if parsed.Scheme == "http" && !isLoopback(parsed.Hostname()) {
		return fmt.Errorf("%s must be an https URL: plain http is for loopback addresses alone", what)
	}
	if bare := strings.TrimRight(canonical, "/"); bare != text {
		return fmt.Errorf("%s must be spelt as %s", what, bare)
	}
	return nil
}

// isLoopback is true for a host that only this machine reaches.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// originOf gives scheme, host and port of an address in normal form.
func originOf(canonical string) string {
	scheme, rest, _ := strings.Cut(canonical, "://")
	authority, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + authority
}
