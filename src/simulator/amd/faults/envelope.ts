/** Faults of the envelope around a report. */

import type { Fault } from '../fault.js';
import { REPORT_LENGTH } from '../report.js';

/** Offsets in Azure's envelope: length and bytes of the runtime claims. */
const CLAIMS_LENGTH = 0x4d0;
const CLAIMS = 0x4d4;

/** More certificate table than any genuine one: the verifier reads 64 KiB. */
const TABLE_CAP = 64 * 1024;

const changeJson = (change: (text: string) => string) => (evidence: Uint8Array) =>
  new Uint8Array(Buffer.from(change(Buffer.from(evidence).toString('utf8')), 'utf8'));

export const ENVELOPE_FAULTS: readonly Fault[] = [
  {
    code: 'evidence_type_unknown',
    says: 'bytes that are no kind of evidence',
    evidence: () => new Uint8Array(Buffer.from('not evidence of any kind\n', 'utf8')),
  },
  {
    code: 'evidence_too_large',
    says: 'a certificate table longer than any cap',
    clean: { envelope: 'extended' },
    evidence: (evidence) => new Uint8Array(Buffer.concat([evidence, Buffer.alloc(TABLE_CAP)])),
  },
  {
    code: 'evidence_encoding_invalid',
    says: 'base64 with a character of no alphabet',
    clean: { envelope: 'configfs-tsm' },
    evidence: changeJson((text) => text.replace('"report":"', '"report":"*')),
  },
  {
    code: 'member_duplicate',
    says: 'JSON that names the report twice',
    clean: { envelope: 'configfs-tsm' },
    evidence: changeJson((text) => text.replace(/^\{("report":"[^"]*")/, '{$1,$1')),
  },
  {
    code: 'member_unknown',
    says: 'JSON with a member that nobody reads',
    clean: { envelope: 'configfs-tsm' },
    evidence: changeJson((text) => text.replace(/\}$/, ',"note":"for nobody"}')),
  },
  {
    code: 'json_too_deep',
    says: 'JSON with a member nested beyond any use',
    clean: { envelope: 'configfs-tsm' },
    evidence: changeJson((text) => text.replace(/\}$/, `,"note":${'['.repeat(200)}${']'.repeat(200)}}`)),
  },
  {
    code: 'snp_cert_table_malformed',
    says: 'a table whose first certificate lies beyond its end',
    clean: { envelope: 'extended' },
    evidence: (evidence) => {
      const changed = Buffer.from(evidence);
      changed.writeUInt32LE(0x00f0_0000, REPORT_LENGTH + 16);
      return new Uint8Array(changed);
    },
  },
  {
    code: 'vtpm_envelope_malformed',
    says: 'a length of the runtime claims that contradicts the envelope’s other sizes',
    clean: { envelope: 'azure-hcl' },
    evidence: (evidence) => {
      const changed = Buffer.from(evidence);
      changed.writeUInt32LE(changed.readUInt32LE(CLAIMS_LENGTH) + 1, CLAIMS_LENGTH);
      return new Uint8Array(changed);
    },
  },
  {
    code: 'vtpm_claims_binding_mismatch',
    says: 'a digit of the runtime claims changed after they were hashed',
    clean: { envelope: 'azure-hcl' },
    evidence: (evidence) => {
      const changed = Buffer.from(evidence);
      const lastDigit = CLAIMS + changed.readUInt32LE(CLAIMS_LENGTH) - 3;
      changed[lastDigit] = changed[lastDigit] === 0x30 ? 0x31 : 0x30;
      return new Uint8Array(changed);
    },
  },
];
