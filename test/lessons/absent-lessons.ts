/** Documented lessons without a test of their name here, because the part that they are about does not exist. */
export const ABSENT_LESSONS: Readonly<Record<string, string>> = {
  gpu_evidence_nonce_differs_from_cpu_binding_fails: 'Evidence of devices is refused in words.',
  gpu_count_zero_is_not_ok: 'Evidence of devices is refused in words.',
  pcr_selection_missing_required_pcr_fails: 'TPM quotes are not read.',
  same_pcr_quote_other_user_data_fails: 'TPM quotes are not read.',
  image_requires_acpi_measured_claim:
    'No claim of any evidence says that ACPI tables were measured; SECURITY.md says that they are outside the verdict.',
  no_client_cert_refused: 'Nobody is identified by a client certificate.',
  threshold_counts_distinct_logs: 'There is no transparency log, so no threshold of logs.',
};
