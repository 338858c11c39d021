/**
 * Where the crate sev 8.0.0 and Assay differ. The crate verifies a chain and a signature and leaves the rest to whoever
 * uses it, so that most rows are about what it does not look at. Sources: AMD 56860 (firmware ABI), AMD 57230
 * (certificates and KDS), RFC 5280.
 */
import { codes, type Row, words } from './comparison.js';
import type { SnpMaterial } from './snp-material.js';

export const RUST_SEV: readonly Row<SnpMaterial>[] = [
  {
    id: 'no-instant',
    reason: 'RFC 5280, 4.1.2.5: certificates hold from one instant to another. The crate takes no instant.',
    refuses: codes('snp_cert_expired', 'snp_cert_not_yet_valid'),
  },
  {
    id: 'no-list',
    reason: 'AMD 57230, chapter 4: AMD publishes revocation lists. The crate takes none.',
    refuses: codes(
      'snp_crl_stale',
      'clock_skew',
      'collateral_malformed',
      'collateral_unavailable',
      'snp_crl_signature_invalid',
      'snp_ca_revoked',
    ),
  },
  {
    id: 'written-anew',
    reason:
      'AMD 56860: the signature is over the bytes received. The crate verifies the report as it writes it anew, with zeros in reserved places and behind the signature, whatever stood there.',
    refuses: codes('snp_report_reserved_nonzero'),
  },
  {
    id: 'report-form',
    reason:
      'AMD 56860, POLICY and SIGNATURE: bit 17 is 1, bits from 26 on are 0, and R and S of P-384 have 48 bytes of 72. The crate looks at none of it and reads 48 bytes.',
    refuses: (code, { evidence }) => code === 'snp_report_malformed' && evidence.length === 1184,
  },
  {
    id: 'later-versions',
    reason:
      'AMD 56860: a version that is not known has no known layout. The crate reads later ones as version 5.',
    refuses: codes('snp_report_version_unsupported'),
  },
  {
    id: 'signature-algorithm',
    reason: 'AMD 56860, SIGNATURE_ALGO: 1 is ECDSA P-384 with SHA-384. The crate does not look at it.',
    refuses: codes('snp_signature_algo_unsupported'),
  },
  {
    id: 'key-info',
    reason:
      'AMD 56860, KEY_INFO: which key signs, and whether one does. The crate takes the key that it is handed.',
    refuses: codes('snp_signing_key_unknown', 'snp_report_unsigned', 'snp_vek_kind_mismatch'),
  },
  {
    id: 'leaf-binding',
    reason:
      'AMD 57230, chapter 3: the extensions of the leaf say which chip, which TCB and which product it is for. The crate does not compare them with the report.',
    refuses: codes(
      'snp_tcb_cert_mismatch',
      'snp_chip_id_mismatch',
      'snp_product_mismatch',
      'snp_vek_extension_invalid',
    ),
  },
  {
    id: 'tcb-order',
    reason:
      'AMD 56860: reported and committed TCB are never above the current one. The crate does not compare them.',
    refuses: codes('snp_tcb_inconsistent'),
  },
  {
    id: 'host-asked',
    reason:
      'AMD 56860, VMPL: above 3 the host asked for the report, and REPORT_DATA is not the guest’s. The crate does not look at it.',
    refuses: codes('snp_host_requested_report'),
  },
  {
    id: 'outer-algorithm',
    reason:
      'RFC 5280, 4.1.1.2 and RFC 4055: the algorithm beside the signature is the one that is signed, with its parameters. The crate reads its name alone and verifies with SHA-384. Assay then has no leaf.',
    refuses: codes('snp_chain_signature_invalid', 'snp_kds_unavailable', 'snp_vek_missing'),
  },
  {
    id: 'extended',
    reason:
      'AMD 56860 and the GHCB: a certificate table may follow a report. The crate reads the report alone; what is fed to it here is whole.',
    objects: (why, { evidence }) => why.startsWith('expected 1184 bytes') && evidence.length > 1184,
  },
  {
    id: 'masked-chip',
    reason:
      'AMD 56860, CHIP_ID is zero where the host masks it, as clouds with VLEKs do. The crate tells Turin from others by it in version 2, and refuses the zeros.',
    objects: words(/^MASK_CHIP_ID is enabled/u),
  },
];
