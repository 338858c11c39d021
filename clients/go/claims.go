package assay

import (
	"fmt"
	"regexp"
	"time"
)

// Seconds by which clocks may differ.
const leeway = 5

// The last second that RFC 3339 can name: instants that no calendar has are mistakes.
const lastSecond = 253_402_300_799

// RFC 7638 by SHA-256: 32 bytes in base64url.
var thumbprintForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// requireClaims holds authenticated claims to what the service promises of them (EAT, RFC 9711; draft-ietf-rats-ear): whose, for
// whom, when, and each with its type. What a token says twice must agree. Claims that nobody here knows are let be.
func requireClaims(claims map[string]any, issuer, audience string, at time.Time) (*VerifiedToken, error) {
	if claims["iss"] != any(issuer) {
		return nil, refuse("token_issuer", fmt.Sprintf("The token is not of the issuer %s.", issuer))
	}
	// One audience: a token for several would open each of them to all the others.
	if claims["aud"] != any(audience) {
		return nil, refuse("token_audience", fmt.Sprintf("The token is not for the audience %s.", audience))
	}
	verified := &VerifiedToken{Issuer: issuer, Audience: audience, Claims: claims}
	steps := []func() error{
		func() error { return verified.readTimes(at) },
		verified.readProfile,
		verified.readFacts,
		verified.readSubject,
		func() (err error) { verified.ID, err = textOf(claims["jti"], "jti"); return err },
		func() (err error) { verified.Status, err = statusOf(claims, verified.Profile); return err },
		verified.readNonce,
		verified.readThumbprint,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return verified, nil
}

// readTimes takes whole seconds since 1970, all three.
func (v *VerifiedToken) readTimes(at time.Time) error {
	var seconds [3]int64
	for index, name := range []string{"iat", "nbf", "exp"} {
		whole, ok := wholeNumber(v.Claims[name])
		if !ok || whole < 0 || whole > lastSecond {
			return refuseClaims(fmt.Sprintf("`%s` is not a whole number of seconds", name))
		}
		seconds[index] = whole
	}
	issued, begin, end := seconds[0], max(seconds[0], seconds[1]), seconds[2]
	now := float64(at.UnixMilli()) / 1000
	if float64(end+leeway) <= now {
		return refuse("token_expired", fmt.Sprintf("The token ended on %s.", instantOf(end)))
	}
	if float64(begin-leeway) > now {
		return refuse("token_not_yet_valid", fmt.Sprintf("The token begins only on %s.", instantOf(begin)))
	}
	v.IssuedAt, v.ExpiresAt = time.Unix(issued, 0).UTC(), time.Unix(end, 0).UTC()
	return nil
}

func instantOf(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }

func (v *VerifiedToken) readProfile() error {
	profile, err := textOf(v.Claims["eat_profile"], "eat_profile")
	if err != nil {
		return err
	}
	if profile != profileEAR && profile != profileLegacy {
		return refuse("token_profile", fmt.Sprintf("The token is of none of the profiles %s, %s.", profileEAR, profileLegacy))
	}
	v.Profile = profile
	return nil
}

// readFacts demands every member, with its type.
func (v *VerifiedToken) readFacts() error {
	att, ok := v.Claims["att"].(map[string]any)
	if !ok {
		return refuseClaims("there is no object `att`")
	}
	if version, ok := wholeNumber(att["v"]); !ok || version != 1 {
		return refuseClaims("`att.v` is not 1, the version that this client knows")
	}
	f := &v.Att
	texts := map[string]*string{
		"tenant": &f.Tenant, "workload": &f.Workload, "tee": &f.TEE, "generation": &f.Generation,
		"tcb_status": &f.TCBStatus, "tcb_source": &f.TCBSource, "tcb_date": &f.TCBDate, "measurement": &f.Measurement,
		"policy": &f.Policy, "policy_digest": &f.PolicyDigest, "decision": &f.Decision,
		"evidence_digest": &f.EvidenceDigest, "devices": &f.Devices, "fresh": &f.Fresh,
	}
	for name, place := range texts {
		if *place, ok = att[name].(string); !ok {
			return refuseClaims(fmt.Sprintf("`att.%s` is not a text", name))
		}
	}
	for name, place := range map[string]*bool{"debug": &f.Debug, "simulated": &f.Simulated, "tcb_in_grace": &f.TCBInGrace} {
		if *place, ok = att[name].(bool); !ok {
			return refuseClaims(fmt.Sprintf("`att.%s` is neither true nor false", name))
		}
	}
	if f.ReferenceVersion, ok = wholeNumber(att["reference_version"]); !ok || f.ReferenceVersion < 1 {
		return refuseClaims("`att.reference_version` is not a whole number from 1")
	}
	return nil
}

func (v *VerifiedToken) readSubject() error {
	subject, err := textOf(v.Claims["sub"], "sub")
	if err != nil {
		return err
	}
	if subject != "tenant:"+v.Att.Tenant+":workload:"+v.Att.Workload {
		return refuseClaims("`sub` and `att` name different workloads")
	}
	v.Subject = subject
	return nil
}

func (v *VerifiedToken) readNonce() (err error) {
	if nonce, there := v.Claims["eat_nonce"]; there {
		v.Nonce, err = textOf(nonce, "eat_nonce")
	}
	return err
}

// readThumbprint follows RFC 9449, section 6.1. A confirmation of another kind is not taken for none.
func (v *VerifiedToken) readThumbprint() error {
	confirmation, there := v.Claims["cnf"]
	if !there {
		return nil
	}
	members, _ := confirmation.(map[string]any)
	thumbprint, _ := members["jkt"].(string)
	if !thumbprintForm.MatchString(thumbprint) {
		return refuseClaims("`cnf` is there and has no `jkt` of SHA-256")
	}
	v.KeyThumbprint = thumbprint
	return nil
}

// textOf takes some text; `name` is that of the claim.
func textOf(value any, name string) (string, error) {
	text, _ := value.(string)
	if text == "" {
		return "", refuseClaims(fmt.Sprintf("`%s` is not a text", name))
	}
	return text, nil
}

// refuseClaims: the token is authentic, and not what such a token is.
func refuseClaims(why string) *Refused {
	return refuse("token_claims", "The claims are not those of an attestation token: "+why+".")
}
