/** The chain of a TDX quote: Intel's root, PCK CA, PCK, quoting enclave, quote; and the levels they have reached. */
import { captioned, type Link } from './link.js';

/** From the root to the bytes. */
export const TDX_CHAIN: readonly Link[] = [
  {
    name: 'Intel SGX Root CA',
    checks: ['tdx_pck_chain_untrusted'],
    documents: ['tdx-root-ca'],
    lists: [],
    says: 'the anchor',
  },
  {
    name: 'PCK CA',
    checks: [
      'tdx_pck_chain_invalid',
      'collateral_unavailable',
      'collateral_malformed',
      'clock_skew',
      'tdx_crl_signature_invalid',
      'tdx_crl_stale',
      'tdx_pck_ca_revoked',
    ],
    documents: ['tdx-pck-ca'],
    lists: ['tdx-root-crl'],
    says: 'signed by the root',
  },
  {
    name: 'platform key PCK',
    checks: ['tdx_cert_data_unsupported', 'tdx_cert_expired', 'tdx_pck_revoked'],
    documents: ['tdx-pck'],
    lists: ['tdx-pck-crl'],
    says: 'made for this platform',
    genuine: ({ fmspc }) => captioned('platform key PCK', `made for this platform (FMSPC ${fmspc})`),
  },
  {
    name: 'quoting enclave',
    checks: [
      'tdx_qe_vendor_unknown',
      'tdx_qe_report_signature_invalid',
      'tdx_qe_report_data_mismatch',
      'tdx_qe_identity_signature_invalid',
      'tdx_qe_identity_mismatch',
    ],
    documents: ['tdx-qe-identity'],
    lists: [],
    says: 'Intel’s, vouched for by that key',
  },
  {
    name: 'quote',
    checks: ['tdx_key_type_unsupported', 'tdx_quote_signature_invalid'],
    documents: [],
    lists: [],
    says: 'signed by that enclave',
  },
  {
    name: 'TDX module and levels',
    checks: [
      'tdx_tcb_info_signature_invalid',
      'tdx_tcb_info_mismatch',
      'tdx_tcb_signing_revoked',
      'collateral_not_found',
      'stale_collateral',
      'tdx_tcb_evaluation_number_too_low',
      'tdx_module_mismatch',
      'tdx_tcb_not_supported',
      'tdx_tcb_revoked',
    ],
    documents: ['tdx-tcb-info'],
    lists: [],
    says: 'known to Intel',
  },
  {
    name: 'REPORTDATA',
    checks: ['report_data_mismatch'],
    documents: [],
    lists: [],
    says: 'the 64 bytes that were expected',
  },
];
