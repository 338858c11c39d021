/** The chain of an SEV-SNP report: ARK, ASK or ASVK, VCEK or VLEK, report. */
import type { JsonObject } from '../../../rats/result.js';
import { type Caption, captioned, type Link } from './link.js';

/** From the root to the bytes. */
export const SNP_CHAIN: readonly Link[] = [
  {
    name: 'AMD root key (ARK)',
    checks: ['snp_chain_untrusted'],
    documents: ['snp-ark'],
    lists: [],
    says: 'the anchor',
    genuine: ({ product }) => captioned(`AMD root key ARK-${product}`, 'the anchor'),
  },
  {
    name: 'intermediate',
    checks: [
      'snp_chain_signature_invalid',
      'collateral_unavailable',
      'collateral_malformed',
      'snp_crl_signature_invalid',
      'clock_skew',
      'snp_crl_stale',
      'snp_ca_revoked',
    ],
    documents: ['snp-ask', 'snp-asvk'],
    lists: ['snp-vcek-crl', 'snp-vlek-crl'],
    says: 'signed by the root',
    genuine: ({ product, signing_key: key }) =>
      captioned(key === 'VLEK' ? `ASVK SEV-VLEK-${product}` : `ASK SEV-${product}`, 'signed by the root'),
  },
  {
    name: 'chip or provider key',
    checks: [
      'snp_vek_missing',
      'collateral_not_found',
      'snp_kds_unavailable',
      'snp_kds_rate_limited',
      'snp_cert_expired',
      'snp_cert_not_yet_valid',
      'snp_vek_key_invalid',
      'snp_vek_extension_invalid',
      'snp_vek_kind_mismatch',
      'snp_tcb_cert_mismatch',
      'snp_chip_id_mismatch',
      'snp_product_mismatch',
    ],
    mayNotApply: [
      'collateral_not_found',
      'snp_kds_unavailable',
      'snp_kds_rate_limited',
      'snp_chip_id_mismatch',
    ],
    documents: ['snp-vek'],
    lists: [],
    says: 'made for this chip or provider at this TCB',
    genuine: leafCaption,
  },
  {
    name: 'report',
    checks: ['snp_signature_invalid', 'snp_tcb_inconsistent', 'snp_host_requested_report'],
    documents: [],
    lists: [],
    says: 'signed by that key',
  },
  {
    name: 'REPORT_DATA',
    checks: ['report_data_mismatch'],
    documents: [],
    lists: [],
    says: 'the 64 bytes that were expected',
  },
];

/** A VLEK belongs to a provider; of a VCEK the chip is named unless the host masks it. */
function leafCaption({ signing_key: key, csp_id: provider, chip_id: chip }: JsonObject): Caption {
  if (key === 'VLEK') return captioned('provider key VLEK', `made for ${provider} at this TCB`);
  const masked = typeof chip === 'string' && /^0*$/u.test(chip);
  return captioned('chip key VCEK', `made for ${masked ? 'a chip' : 'this chip'} at this TCB`);
}
