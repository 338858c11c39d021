/** Refusal codes that every TEE shares: the evidence itself, its freshness, and what it is compared with. */
export const COMMON_EVIDENCE_REFUSALS = [
  {
    code: 'evidence_encoding_invalid',
    class: 'malformed',
    status: 400,
    title: 'Unreadable encoding',
    meaning:
      'A member of the request is not valid JSON, base64 or hex, so no evidence could be read from it.',
    cause:
      'Standard and URL-safe base64 mixed in one value, padding on base64url, line breaks inside the value, uppercase or odd-length hex, or a body that is not JSON at all.',
    remedy:
      'Encode bytes as base64url without padding (`base64 -w0 FILE | tr "+/" "-_" | tr -d "="`) or as standard base64 with padding, and hex in lowercase, then send the request again.',
  },
  {
    code: 'evidence_too_large',
    class: 'malformed',
    status: 413,
    title: 'Oversized evidence',
    meaning: 'The evidence, its certificate table or the request body is larger than the service will read.',
    cause:
      'The wrong file was sent, a log or a disk image was appended, or the whole non-volatile area of a vTPM was dumped instead of the envelope in it.',
    remedy:
      'Send the report or the envelope alone (an SEV-SNP report is 1184 bytes, its certificate table at most 64 KiB; a TDX quote is about 5 KiB) and at most the certificates it needs.',
  },
  {
    code: 'evidence_type_unknown',
    class: 'malformed',
    status: 400,
    title: 'Unknown type of evidence',
    meaning:
      'The bytes are no form of evidence that this build verifies, or they are another form than the request says.',
    cause:
      'A truncated report or quote, evidence of a TEE that is not supported yet, a TDREPORT (which only its own machine can check) in place of a quote, text in place of bytes, or a `type` that does not fit the content.',
    remedy:
      'Run `assay inspect FILE` to see what the bytes are, and send `"type": "auto"` unless there is a reason to insist on one form.',
  },
  {
    code: 'report_data_mismatch',
    class: 'refused',
    status: 422,
    title: 'Report data not as expected',
    meaning:
      'The 64 bytes of REPORT_DATA (TDX: REPORTDATA) in the evidence are not the value that this challenge, audience, issuer and these keys give.',
    cause:
      'Evidence made for another challenge or another key, a guest that computed the binding over other members (issuer and audience must be spelt exactly as in the challenge reply), or evidence relayed from another machine.',
    remedy:
      'Take a new challenge, compute the 64 bytes with `assay report-data --issuer URL --audience NAME --nonce NONCE --sig key.jwk`, write exactly those into the report request, and send the same keys with the evidence.',
  },
  {
    code: 'challenge_invalid',
    class: 'refused',
    status: 422,
    title: 'Challenge not from this issuer',
    meaning: 'The challenge was not sealed by this issuer, or it was altered on the way.',
    cause:
      'A challenge of another tenant or another installation, a copy that lost characters, or replicas that do not share `ASSAY_CHALLENGE_SECRET`.',
    remedy:
      'Take a new challenge from `POST /v1/challenges` under the same issuer URL and send it back unchanged; if that fails too, give all replicas the same challenge secret.',
  },
  {
    code: 'challenge_audience_mismatch',
    class: 'refused',
    status: 422,
    title: 'Challenge for another audience',
    meaning: 'The audience of the request is not the one that the challenge was made for.',
    cause: 'One challenge used for several relying parties, or a typing mistake in `audience`.',
    remedy:
      'Name the same `audience` in the challenge request and in the attest request; take one challenge per audience.',
  },
  {
    code: 'nonce_expired',
    class: 'spent',
    status: 409,
    title: 'Expired challenge',
    meaning: 'The challenge is older than its lifetime, so the evidence can no longer count as fresh.',
    cause:
      'More than five minutes between challenge and evidence, for example a slow boot, a queue in between, or a challenge stored for later.',
    remedy: 'Take a new challenge and make the evidence at once; do not store challenges.',
  },
  {
    code: 'nonce_replayed',
    class: 'spent',
    status: 409,
    title: 'Challenge already spent',
    meaning: 'A decision was already made on this challenge; each challenge is good for one.',
    cause:
      'The same request sent twice (a retry after a lost reply counts), several replicas of a workload that share one challenge, or a replay by somebody else.',
    remedy: 'Take a new challenge and make new evidence; retry an attest request only from its beginning.',
  },
  {
    code: 'measurement_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Measurement without reference value',
    meaning:
      'The evidence is genuine, but no active reference value of the workload matches what was measured.',
    cause:
      'A new image or firmware that nobody registered, a reference version that was retired or revoked, another number of virtual CPUs or, on TDX, size of memory (they change measurements), or a different guest altogether.',
    remedy:
      'Compare what was measured (`assay explain DECISION` shows it beside the nearest registered version) with the image that you meant to run; if it is the intended one, register it with `POST /v1/workloads/NAME/reference-values`, and if not, find out who launched this guest.',
  },
  {
    code: 'policy_unknown',
    class: 'caller',
    status: 404,
    title: 'Unknown policy',
    meaning:
      'The appraisal policy that is named, or that was chosen for the workload, is not there for this tenant or has no version in force.',
    cause: 'A typing mistake, a policy with drafts alone, one of another tenant, or `lab` in production.',
    remedy:
      'List the policies there are with `assay policies list` and name one of them, put a version in force with `assay policies activate`, or leave `policy` out.',
  },
  {
    code: 'workload_unknown',
    class: 'caller',
    status: 404,
    title: 'Unknown workload',
    meaning: 'The named workload does not exist for this tenant.',
    cause: 'It was never created, it is spelt differently, or the request went to another tenant’s issuer.',
    remedy: 'List the workloads with `GET /v1/workloads`, or create this one with `POST /v1/workloads`.',
  },
  {
    code: 'audience_unknown',
    class: 'caller',
    status: 404,
    title: 'Unknown audience',
    meaning: 'The named audience does not exist for this tenant, so no token can be made for it.',
    cause: 'The relying party was never registered, or the request went to an issuer that does not know it.',
    remedy:
      'List the audiences with `GET /v1/audiences`, or have an operator create this one with `POST /v1/audiences`.',
  },
  {
    code: 'workload_ambiguous',
    class: 'denied',
    status: 403,
    title: 'More than one matching workload',
    meaning:
      'The evidence matches reference values of several workloads of the audience, so none can be named as subject.',
    cause:
      'Workloads that share a measurement (a cloud’s firmware is the same for all its guests) and nothing else to tell them apart.',
    remedy:
      'Name the `workload` in the attest request, or tell the workloads apart by a further match field such as `host_data` or `id_key_digest` (TDX: `rtmr1`, `rtmr2` or `mrconfigid`).',
  },
  {
    code: 'status_below_minimum',
    class: 'denied',
    status: 403,
    title: 'Status below the audience’s minimum',
    meaning:
      'The evidence is genuine and nothing speaks against it, but its status is `warning` and the audience asks for `affirming`.',
    cause:
      'Reference values that cover only the firmware, a TCB whose status cannot be told, or a check that could not run; the reply’s checks say which.',
    remedy:
      'Cure what the checks name (often: reference values with `"covers": "boot"` for a measurement that includes the kernel; for TDX `rtmr1` and `rtmr2` beside `mrtd`), or use an audience with `minimum_status` `warning` where the relying party can live with it.',
  },
  {
    code: 'workload_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Workload not meant for this audience',
    meaning: 'The evidence belongs to a workload that the audience does not accept.',
    cause: 'The workload is missing from the audience’s list, or the wrong audience was asked for.',
    remedy:
      'Ask for an audience that lists this workload, or have an operator register an audience that does; in this version audiences are not edited.',
  },
] as const;
