/**
 * Where go-sev-guest 0.15.0 and Assay differ. Sources: AMD 56860 (firmware ABI: ATTESTATION_REPORT, TCB_VERSION), AMD
 * 57230 (certificates and KDS), RFC 5280.
 */
import { codes, type Row, words } from './comparison.js';
import type { SnpMaterial } from './snp-material.js';

/** The one family and model that the library knows of each product line. */
const KNOWN_MODELS = ['1901', '1911', '1a02'];
const TCBS = [0x38, 0x180, 0x1e0, 0x1f0];

export const GO_SEV_GUEST: readonly Row<SnpMaterial>[] = [
  {
    id: 'list-window',
    reason:
      'RFC 5280, 6.3.3: a list counts from thisUpdate to nextUpdate. The library holds a list that it was just given to neither.',
    refuses: codes('snp_crl_stale', 'clock_skew'),
  },
  {
    id: 'list-form',
    reason:
      'RFC 5280, 5.1.2.5 and X.690: AMD’s lists have a nextUpdate, and nothing stands behind the last value. The library asks for neither.',
    refuses: codes('collateral_malformed'),
  },
  {
    id: 'bytes-behind',
    reason:
      'AMD 56860, MSG_REPORT_RSP: a report has 1184 bytes, and only a certificate table may follow. Read as a report alone, the library takes whatever follows.',
    refuses: (code, { evidence }) => code === 'snp_cert_table_malformed' && evidence.length > 1184,
  },
  {
    id: 'reserved',
    reason:
      'AMD 56860, TCB_VERSION and ATTESTATION_REPORT: bytes 2 to 5 of a TCB are reserved before Turin, mitigation vectors before version 5. The library does not look at them.',
    refuses: (code, { evidence }) =>
      code === 'snp_report_reserved_nonzero' &&
      (TCBS.some((at) => some(evidence, at + 2, at + 6)) ||
        (wordAt(evidence, 0) < 5 && some(evidence, 0x1f8, 0x208))),
  },
  {
    id: 'host-asked',
    reason:
      'AMD 56860, VMPL: above 3 the host asked for the report, and REPORT_DATA is not the guest’s. The library looks at VMPL where one is expected.',
    refuses: (code, { evidence }) => code === 'snp_host_requested_report' && wordAt(evidence, 0x30) > 3,
  },
  {
    id: 'no-cpuid',
    reason:
      'AMD 56860: from version 3 on a report names family and model. Where they are zero the library goes by the certificate, as for version 2.',
    refuses: (code, { evidence }) => code === 'snp_product_unsupported' && !some(evidence, 0x188, 0x18b),
  },
  {
    id: 'masked-key',
    reason:
      'AMD 56860, KEY_INFO: with MASK_CHIP_KEY the firmware signs nothing. The library reads the bit and draws nothing from it.',
    refuses: (code, { evidence }) => code === 'snp_report_unsigned' && (wordAt(evidence, 0x48) & 2) !== 0,
  },
  {
    id: 'product-name',
    reason:
      'AMD 57230, productName: the certificate names the product line of its issuer. From version 3 on the library goes by the report and leaves the name unread.',
    refuses: codes('snp_product_mismatch'),
  },
  {
    id: 'turin',
    reason:
      'AMD 57230, table of extensions: certificates of Turin have fmcSPL (…3704.1.3.9). The library does not know it and refuses every one of them.',
    objects: words(/^not an AMD KDS OID: 1\.3\.6\.1\.4\.1\.3704\.1\.3\.9$/u),
  },
  {
    id: 'models',
    reason:
      'AMD 57230, determining the product name: a line has a range of models (Siena is of Genoa’s). The library knows one model of each.',
    objects: (why, { evidence }) =>
      /could not be verified by any trusted roots\. Last error: <nil>$/u.test(why) &&
      !KNOWN_MODELS.includes(Buffer.from(evidence.subarray(0x188, 0x18a)).toString('hex')),
  },
  {
    id: 'stepping',
    reason:
      'AMD 56860, CPUID_STEP is a byte. The library writes the report anew before it verifies, keeps four bits of the stepping, and finds the signature wrong above 15.',
    objects: (why, { evidence }) =>
      why.startsWith('report signature verification error') && (evidence[0x18a] ?? 0) > 15,
  },
  {
    id: 'build-alone',
    reason:
      'AMD 56860, COMMITTED_VERSION: major, minor and build are one version. The library compares builds by themselves, so that build 165 of 1.53 is above build 2 of 1.58.',
    objects: words(/^validate: committed build number \d+ is greater than the current build number \d+$/u),
  },
];

function wordAt(evidence: Uint8Array, at: number): number {
  return Buffer.from(evidence).readUInt32LE(at);
}

/** A byte from `from` to before `to` is not zero. */
function some(evidence: Uint8Array, from: number, to: number): boolean {
  return evidence.subarray(from, to).some((byte) => byte !== 0);
}
