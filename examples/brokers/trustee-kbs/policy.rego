package policy

import rego.v1

# A KBS compares neither issuer nor audience: this policy must.
default allow := false

allow if {
	data["resource-path"] == "default/llm-serving/weights"

	input.iss == "https://attest.example/t/acme"
	input.aud == "trustee-prod"
	input.sub == "tenant:acme:workload:llm-serving"

	affirming
	input.att.tcb_status in {"UpToDate", "NotShown"}
	input.att.debug == false
	input.att.simulated == false
}

affirming if {
	count(input.submods) > 0
	every appraisal in input.submods {
		appraisal["ear.status"] == "affirming"
	}
}
