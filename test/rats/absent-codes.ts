/**
 * Codes of the documented list that this build does not have, because the part that would raise them is not there. One
 * list: docs/refusals.md is made from it, and a test holds that these and the table are the whole documented list.
 */
export interface AbsentCode {
  readonly code: string;
  /** A whole sentence: which part is missing, and what is answered instead. */
  readonly reason: string;
}

const NO_TPM_QUOTES =
  'TPM quotes are not read: an Azure envelope is judged by its report alone, with status at most `warning`, and attestation refuses it with `binding_unsupported`.';

export const ABSENT_CODES: readonly AbsentCode[] = [
  { code: 'vtpm_quote_signature_invalid', reason: NO_TPM_QUOTES },
  { code: 'vtpm_quote_nonce_mismatch', reason: NO_TPM_QUOTES },
  { code: 'vtpm_pcr_digest_mismatch', reason: NO_TPM_QUOTES },
  { code: 'vtpm_pcr_not_allowed', reason: NO_TPM_QUOTES },
];
