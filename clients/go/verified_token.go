package assay

import "time"

// Status of an attestation result. Tokens exist with these two: a token means yes.
type Status string

const (
	Affirming Status = "affirming"
	Warning   Status = "warning"
)

// Facts about the attested guest, all of them from the recorded decision, under the names of the token's own claims (`att`).
type Facts struct {
	Tenant   string
	Workload string
	// ReferenceVersion says which registered reference values matched; it grows with each registration.
	ReferenceVersion int64
	// TEE is sev-snp, tdx, az-sev-snp or az-tdx.
	TEE        string
	Generation string
	// Debug: the host can read the guest's memory.
	Debug bool
	// Simulated: anybody could have made the evidence.
	Simulated bool
	TCBStatus string
	TCBSource string
	// TCBDate is empty where no bulletin fixed anything.
	TCBDate string
	// TCBInGrace: the level or a vendor document counts only while a grace of the policy lasts.
	TCBInGrace bool
	// Measurement is lowercase hex.
	Measurement string
	// Policy is a name with a version, as standard@7.
	Policy       string
	PolicyDigest string
	// Decision names the record of the verdict: dec_…
	Decision       string
	EvidenceDigest string
	Devices        string
	// Fresh is challenge or rp-nonce.
	Fresh string
}

// VerifiedToken is what a token says, once it has been verified.
type VerifiedToken struct {
	Issuer string
	// Subject is tenant:…:workload:…, the same for every instance of the workload.
	Subject  string
	Audience string
	// ID is `jti`.
	ID        string
	IssuedAt  time.Time
	ExpiresAt time.Time
	// Profile is `eat_profile`.
	Profile string
	Status  Status
	// Nonce is the relying party's own, where one was sealed into the challenge; else empty.
	Nonce string
	// KeyThumbprint is the RFC 7638 SHA-256 thumbprint of the attester's key; empty: a bearer token.
	KeyThumbprint string
	Att           Facts
	// Claims has every claim, those above too. Numbers are float64.
	Claims map[string]any
}
