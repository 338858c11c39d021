/** Refusal codes that every TEE shares: what operators ask of their own, and what the service cannot do just now. */
export const COMMON_SERVICE_REFUSALS = [
  {
    code: 'policy_rule_failed',
    class: 'denied',
    status: 403,
    title: 'Rule of the policy not met',
    meaning:
      'A rule that the policy has of its own (`rules`, an expression over the claims) was not exactly true of this genuine evidence; an expression without an answer counts as not true.',
    cause:
      'Evidence that the author of the rule meant to keep out, a claim that this TEE or report version does not have, or a rule that says something else than it was meant to.',
    remedy:
      'Read the message of the rule in the check, and compare `assay verify FILE --json` with its expression; a rule for one TEE begins with `tee != "…" ||`.',
  },
  {
    code: 'platform_not_registered',
    class: 'denied',
    status: 403,
    title: 'Machine not registered',
    meaning:
      'The policy takes evidence of registered machines alone (`common.platforms`), and this genuine evidence comes from another one or names none.',
    cause:
      'A guest on a machine that nobody registered (evidence borrowed from elsewhere counts), a replaced processor, a TDX platform whose PCK certificate has no instance id, or the offline command, which has no register.',
    remedy:
      'Find out which machine it is (`chip_id`, `csp_id` or `pck.platform_instance_id` of `assay inspect FILE`) and who holds it; register it when it is yours, or use a policy with `"platforms": "any"`.',
  },
  {
    code: 'overloaded',
    class: 'undecided',
    status: 503,
    title: 'Service at capacity',
    meaning:
      'As many verifications are running and waiting as the service allows at once; this one was not begun, and its challenge is not spent.',
    cause:
      'A fleet that boots at the same moment, too few replicas, or many machines that look like one behind a proxy which is not in `ASSAY_TRUSTED_PROXIES`.',
    remedy:
      'Retry after the seconds in `Retry-After`, with jitter, with the same challenge while it lasts; the operator adds replicas when this lasts.',
  },
  {
    code: 'internal_error',
    class: 'fault',
    status: 500,
    title: 'Fault of the service',
    meaning: 'The service met a bug; nothing is said about the evidence, and no token was made.',
    cause: 'A defect in this software, whose particulars are only in the service’s log.',
    remedy:
      'Give the operator the `request_id` of the reply; the operator finds the same id in the log and reports the defect.',
  },
] as const;
