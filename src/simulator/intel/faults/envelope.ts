/** Faults of the envelope around a quote. */
import type { TdFault } from '../fault.js';

/** More than any genuine quote and its padding: the verifier reads 64 KiB. */
const CAP = 64 * 1024;

const changeJson = (change: (text: string) => string) => (evidence: Uint8Array) =>
  new Uint8Array(Buffer.from(change(Buffer.from(evidence).toString('utf8')), 'utf8'));

export const ENVELOPE_FAULTS: readonly TdFault[] = [
  {
    code: 'evidence_type_unknown',
    says: 'bytes that are no kind of evidence',
    changes: { evidence: () => new Uint8Array(Buffer.from('not evidence of any kind\n', 'utf8')) },
  },
  {
    code: 'evidence_too_large',
    says: 'more zeros behind the quote than any buffer has',
    clean: { envelope: 'padded' },
    changes: {
      evidence: (evidence) => new Uint8Array(Buffer.concat([evidence, Buffer.alloc(CAP)])),
    },
  },
  {
    code: 'evidence_encoding_invalid',
    says: 'base64 with a character of no alphabet',
    clean: { envelope: 'configfs-tsm' },
    changes: { evidence: changeJson((text) => text.replace('"outblob":"', '"outblob":"*')) },
  },
  {
    code: 'member_duplicate',
    says: 'JSON that names the provider twice',
    clean: { envelope: 'configfs-tsm' },
    changes: { evidence: changeJson((text) => text.replace(/^\{("provider":"[^"]*")/u, '{$1,$1')) },
  },
  {
    code: 'member_unknown',
    says: 'JSON with a member that nobody reads',
    clean: { envelope: 'configfs-tsm' },
    changes: { evidence: changeJson((text) => text.replace(/\}$/u, ',"note":"for nobody"}')) },
  },
  {
    code: 'json_too_deep',
    says: 'JSON with a member nested beyond any use',
    clean: { envelope: 'configfs-tsm' },
    changes: {
      evidence: changeJson((text) => text.replace(/\}$/u, `,"note":${'['.repeat(200)}${']'.repeat(200)}}`)),
    },
  },
];
