/** The facts that are kept of a report, written by hand. */
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { RecalledEvidence } from '../../../src/rats/evidence.js';
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import { recallReport } from '../../../src/tee/snp/recall.js';
import { NOW } from './sample-report.js';

export const CHIP_ID = `c0c1c2c3c4c5c6c7${'00'.repeat(56)}`;

/** Of TCBs only the bytes are read: Milan’s bootloader 4, SNP 0x1d, microcode 0xde. */
const TCB = { bootloader: 1, tee: 1, snp: 1, microcode: 1, raw: '0400000000001dde' };

/** A version 5 Milan report that policy `standard` finds nothing wrong with. */
export const CLAIMS: JsonObject = {
  version: 5,
  product: 'Milan',
  measurement: 'a1'.repeat(48),
  host_data: 'a2'.repeat(32),
  policy: { raw: '0x20000' },
  platform_info: { raw: '0x24' },
  vmpl: 0,
  guest_svn: 7,
  family_id: 'a3'.repeat(16),
  image_id: 'a4'.repeat(16),
  report_id_ma: 'ff'.repeat(32),
  chip_id: CHIP_ID,
  id_key_digest: 'a5'.repeat(48),
  author_key_digest: 'a6'.repeat(48),
  author_key_enabled: true,
  signing_key: 'VCEK',
  csp_id: null,
  cpuid: { family: 0x19, model: 1, stepping: 1 },
  reported_tcb: TCB,
  current_tcb: TCB,
  committed_tcb: TCB,
  launch_tcb: TCB,
  current_version: '1.58.2',
  committed_version: '1.58.2',
  launch_mit_vector: '0x3f',
  current_mit_vector: '0x3f',
};

export const FACTS: JsonObject = {
  tee: 'sev-snp',
  claims: CLAIMS,
  hwid: CHIP_ID,
  revocation_checked: true,
  tier_cap: 'affirming',
  certificates: [
    { kind: 'snp-vek', not_after: '2031-01-02T03:04:05.000Z' },
    { kind: 'snp-ask', not_after: '2045-10-22T18:24:20.000Z' },
  ],
};

/** The same signed with a VLEK, of a chip that nobody names. */
export const VLEK_CLAIMS: JsonObject = {
  ...CLAIMS,
  signing_key: 'VLEK',
  csp_id: 'CN=cc-us-east-2.amazonaws.com',
  chip_id: '00'.repeat(64),
};

export function withClaims(changes: JsonObject, facts: JsonObject = {}): JsonObject {
  return { ...FACTS, ...facts, claims: { ...CLAIMS, ...changes } };
}

/** Without the member at the end of the path. */
export function without(facts: JsonObject, [name, ...rest]: readonly string[]): JsonObject {
  const kept = Object.entries(facts).filter(([member]) => member !== name || rest.length > 0);
  const inner = (value: JsonValue): JsonValue => without(value as JsonObject, rest);
  return Object.fromEntries(kept.map(([member, value]) => [member, member === name ? inner(value) : value]));
}

export function judged(facts: JsonObject, documents: EndorsementSet = [], at: Date = NOW): RecalledEvidence {
  const recalled = recallReport(facts).judge(documents, at);
  if (recalled?.kind !== 'appraisable') throw new Error('a report is always appraised');
  return recalled.evidence;
}

/** Codes that fail under a policy with these SNP members. */
export function failures(facts: JsonObject, snp: JsonObject = {}): readonly string[] {
  const { checks } = judged(facts).appraise(parsePolicy({ name: 'test', snp }));
  return checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
}
