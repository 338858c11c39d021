/**
 * Published TDX inputs that must not be believed, and what we make of each. Two families: alterations of one genuine
 * quote (`v4-spr-e4`) or of its documents, and sets of their own under a made-up root.
 */
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { TrustTier } from '../../src/rats/result.js';

/** `true` authentic, `false` refused, `null` undecided or malformed. */
export interface Outcome {
  readonly authentic: boolean | null;
  readonly code: RefusalCode | null;
  readonly status: TrustTier;
}

const refused = (code: RefusalCode): Outcome => ({ authentic: false, code, status: 'none' });
const unsaid = (code: RefusalCode): Outcome => ({ authentic: null, code, status: 'none' });
const denied = (code: RefusalCode): Outcome => ({ authentic: true, code, status: 'contraindicated' });
/** Without a list, at most that. */
const ACCEPTED: Outcome = { authentic: true, code: null, status: 'warning' };

export interface Altered {
  /** As published, mostly with text behind the quote. */
  readonly whole: RefusalCode | 'as cut';
  /** Cut where the signature data end. */
  readonly cut: Outcome;
  /** The check that the alteration is about: it fails here and passes on the genuine quote. Null: it is none of ours. */
  readonly fault: RefusalCode | null;
  /** Why our code is none of those that the source states; absent where it is one. */
  readonly differs?: string;
}

const TRAILER = 'tdx_quote_malformed';
const UNSUPPORTED = refused('tdx_tcb_not_supported');
const OLD_PLATFORM =
  'The genuine quote reaches no level of its own TCB info, and what refuses beats what leaves undecided';

/** Nothing of this family is authentic: the quote it was made from is `tdx_tcb_not_supported` at the same instant. */
export const ALTERED: Readonly<Record<string, Altered>> = {
  '310-wrong-quote-version': {
    whole: 'as cut',
    cut: unsaid('tdx_quote_version_unsupported'),
    fault: 'tdx_quote_version_unsupported',
  },
  '311-wrong-tee-type-sgx': {
    whole: 'as cut',
    cut: unsaid('tdx_tee_type_mismatch'),
    fault: 'tdx_tee_type_mismatch',
  },
  '312-akt-p384-unsupported': {
    whole: TRAILER,
    cut: refused('tdx_key_type_unsupported'),
    fault: 'tdx_key_type_unsupported',
  },
  '313-wrong-qe-vendor': {
    whole: TRAILER,
    cut: refused('tdx_qe_vendor_unknown'),
    fault: 'tdx_qe_vendor_unknown',
  },
  '314-truncated-quote': {
    whole: 'as cut',
    cut: unsaid('tdx_quote_malformed'),
    fault: 'tdx_quote_malformed',
  },
  '315-wrong-signed-data-size': {
    whole: TRAILER,
    cut: unsaid('tdx_quote_malformed'),
    fault: 'tdx_quote_malformed',
  },
  '320-pck-leaf-sig-broken': {
    whole: TRAILER,
    cut: refused('tdx_pck_chain_invalid'),
    fault: 'tdx_pck_chain_invalid',
  },
  '321-pck-intermediate-sig-broken': {
    whole: TRAILER,
    cut: refused('tdx_pck_chain_invalid'),
    fault: 'tdx_pck_chain_invalid',
  },
  '322-pck-root-byte-changed': {
    whole: TRAILER,
    cut: refused('tdx_pck_chain_invalid'),
    fault: 'tdx_pck_chain_invalid',
  },
  '323-pck-chain-byte-changed': {
    whole: TRAILER,
    cut: refused('tdx_pck_chain_invalid'),
    fault: 'tdx_pck_chain_invalid',
  },
  // Nothing altered but the instant: the year 2100.
  '324-pck-leaf-expired': { whole: TRAILER, cut: refused('tdx_cert_expired'), fault: 'tdx_cert_expired' },
  '325-pck-fmspc-mismatch': {
    whole: TRAILER,
    cut: UNSUPPORTED,
    fault: null,
    differs: `${OLD_PLATFORM}; the family that its policy asks for is compared in appraisal, which nothing refused reaches.`,
  },
  '326-pck-crl-sig-broken': {
    whole: TRAILER,
    cut: UNSUPPORTED,
    fault: 'tdx_crl_signature_invalid',
    differs: `${OLD_PLATFORM}; the check of the list fails beside it.`,
  },
  '327-root-crl-sig-broken': {
    whole: TRAILER,
    cut: UNSUPPORTED,
    fault: 'tdx_crl_signature_invalid',
    differs: `${OLD_PLATFORM}; the check of the list fails beside it.`,
  },
  '330-quote-sig-broken-via-header': {
    whole: TRAILER,
    cut: refused('tdx_quote_signature_invalid'),
    fault: 'tdx_quote_signature_invalid',
  },
  '331-quote-sig-broken-via-body': {
    whole: TRAILER,
    cut: refused('tdx_quote_signature_invalid'),
    fault: 'tdx_quote_signature_invalid',
  },
  '332-qe-report-sig-broken': {
    whole: TRAILER,
    cut: refused('tdx_qe_report_signature_invalid'),
    fault: 'tdx_qe_report_signature_invalid',
  },
  '340-tcb-info-sig-broken': {
    whole: TRAILER,
    cut: unsaid('tdx_tcb_info_signature_invalid'),
    fault: 'tdx_tcb_info_signature_invalid',
  },
  // Nothing altered but the instant, here and in 343: a year later, when all documents are past their end.
  '341-tcb-info-expired': { whole: TRAILER, cut: unsaid('stale_collateral'), fault: 'stale_collateral' },
  '342-qe-identity-sig-broken': {
    whole: TRAILER,
    cut: unsaid('tdx_qe_identity_signature_invalid'),
    fault: 'tdx_qe_identity_signature_invalid',
  },
  '343-qe-identity-expired': { whole: TRAILER, cut: unsaid('stale_collateral'), fault: 'stale_collateral' },
  '344-tcb-info-fmspc-tampered': {
    whole: TRAILER,
    cut: unsaid('tdx_tcb_info_signature_invalid'),
    fault: 'tdx_tcb_info_signature_invalid',
  },
  '345-qe-identity-mrsigner-tampered': {
    whole: TRAILER,
    cut: unsaid('collateral_malformed'),
    fault: 'collateral_malformed',
    differs:
      'The altered MRSIGNER is no longer 64 hex digits, so the identity cannot be read and nobody asks who signed it.',
  },
};

export interface Invented {
  /** Under its own root, without lists. Lists are left out because these have neither number nor key identifier. */
  readonly unlisted: Outcome;
  /** Under its own root with its lists, under `required`. */
  readonly listed: Outcome;
  /** Under its own root without lists: the check that decides. Null: all pass. */
  readonly fault: RefusalCode | null;
  /** Which of the two runs answers what the source states. */
  readonly stated: 'listed' | 'unlisted';
}

const BAD_LISTS = unsaid('tdx_crl_signature_invalid');

export const INVENTED: Readonly<Record<string, Invented>> = {
  // The one about a list; without it the set is in order.
  '328-pck-crl-expired': {
    listed: unsaid('tdx_crl_stale'),
    unlisted: ACCEPTED,
    fault: null,
    stated: 'listed',
  },
  '333-ak-mismatch': {
    listed: refused('tdx_quote_signature_invalid'),
    unlisted: refused('tdx_quote_signature_invalid'),
    fault: 'tdx_quote_signature_invalid',
    stated: 'unlisted',
  },
  '335-tcb-info-chain-invalid': {
    listed: BAD_LISTS,
    unlisted: unsaid('tdx_tcb_info_signature_invalid'),
    fault: 'tdx_tcb_info_signature_invalid',
    stated: 'unlisted',
  },
  '337-qe-identity-field-mismatch': {
    listed: refused('tdx_qe_identity_mismatch'),
    unlisted: refused('tdx_qe_identity_mismatch'),
    fault: 'tdx_qe_identity_mismatch',
    stated: 'unlisted',
  },
  '346-tcb-eval-data-number-too-low': {
    listed: BAD_LISTS,
    unlisted: unsaid('tdx_tcb_evaluation_number_too_low'),
    fault: 'tdx_tcb_evaluation_number_too_low',
    stated: 'unlisted',
  },
  // Signed well, and the identity of another enclave.
  '348-qe-identity-id-invalid': {
    listed: BAD_LISTS,
    unlisted: unsaid('tdx_qe_identity_signature_invalid'),
    fault: 'tdx_qe_identity_signature_invalid',
    stated: 'unlisted',
  },
  '350-tcb-uptodate': { listed: BAD_LISTS, unlisted: ACCEPTED, fault: null, stated: 'unlisted' },
  '361-tcb-configuration-needed': { listed: BAD_LISTS, unlisted: ACCEPTED, fault: null, stated: 'unlisted' },
  '363-tcb-out-of-date': {
    listed: BAD_LISTS,
    unlisted: denied('tdx_tcb_status_not_accepted'),
    fault: 'tdx_tcb_status_not_accepted',
    stated: 'unlisted',
  },
  '365-tcb-swhardening-needed-policy-rejected': {
    listed: BAD_LISTS,
    unlisted: denied('tdx_tcb_status_not_accepted'),
    fault: 'tdx_tcb_status_not_accepted',
    stated: 'unlisted',
  },
  '390-public-api-tcb-uptodate': { listed: BAD_LISTS, unlisted: ACCEPTED, fault: null, stated: 'unlisted' },
};
