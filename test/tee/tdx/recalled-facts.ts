/** The facts that are kept of a quote, and the documents that they are judged by, written by hand. */
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { RecalledEvidence } from '../../../src/rats/evidence.js';
import type { Recalled } from '../../../src/rats/recall.js';
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import { recallQuote } from '../../../src/tee/tdx/recall.js';
import { qeIdentityBytes, qeIdentityJson, tcbInfoBytes, tcbInfoJson } from './tcb-documents.js';

export const AT = new Date('2026-11-20T12:00:00Z');
export const FMSPC = 'b0c06f000000';
export const INSTANCE = '1f'.repeat(16);

/** A TD report 1.5 that policy `standard` finds nothing wrong with. */
export const CLAIMS: JsonObject = {
  quote_version: 5,
  mrtd: 'a0'.repeat(48),
  rtmr0: 'b0'.repeat(48),
  rtmr1: 'b1'.repeat(48),
  rtmr2: 'b2'.repeat(48),
  rtmr3: 'b3'.repeat(48),
  mrseam: 'd0'.repeat(48),
  mrsignerseam: '00'.repeat(48),
  seam_attributes: '00'.repeat(8),
  mrconfigid: 'c0'.repeat(48),
  mrowner: 'c1'.repeat(48),
  mrownerconfig: 'c2'.repeat(48),
  mrservicetd: '00'.repeat(48),
  tee_tcb_svn: `0601${'00'.repeat(14)}`,
  tee_tcb_svn_2: `0701${'00'.repeat(14)}`,
  // SEPT_VE_DISABLE, and what every module keeps of XFAM.
  td_attributes: '0000001000000000',
  xfam: 'e702060000000000',
  fmspc: FMSPC,
  pce_id: '0000',
  pck: {
    platform_instance_id: INSTANCE,
    dynamic_platform: false,
    cached_keys: true,
    smt_enabled: true,
  },
};

const PCK: JsonObject = {
  issued_by: 'platform',
  components: [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
  pce_svn: 11,
};

/** What `qeIdentityJson` asks for. */
const QE: JsonObject = {
  misc_select: 0x04030201,
  attributes: `11${'00'.repeat(15)}`,
  mr_signer: 'dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5',
  isv_prod_id: 2,
  isv_svn: 4,
};

export const FACTS: JsonObject = {
  claims: CLAIMS,
  pck: PCK,
  qe: QE,
  revocation_checked: true,
  tier_cap: 'affirming',
  certificates: [
    { kind: 'tdx-pck', not_after: '2031-01-02T03:04:05.000Z' },
    { kind: 'tdx-pck-ca', not_after: '2033-05-21T10:50:10.000Z' },
  ],
};

export const withClaims = (changes: JsonObject): JsonObject => ({
  ...FACTS,
  claims: { ...CLAIMS, ...changes },
});
export const withPck = (changes: JsonObject): JsonObject => ({ ...FACTS, pck: { ...PCK, ...changes } });
export const withQe = (changes: JsonObject): JsonObject => ({ ...FACTS, qe: { ...QE, ...changes } });

/** Without the member at the end of the path. */
export function without(facts: JsonObject, [name, ...rest]: readonly string[]): JsonObject {
  const kept = Object.entries(facts).filter(([member]) => member !== name || rest.length > 0);
  const inner = (value: JsonValue): JsonValue => without(value as JsonObject, rest);
  return Object.fromEntries(kept.map(([member, value]) => [member, member === name ? inner(value) : value]));
}

/** TCB info and QE identity, each the plain one with these members. */
export function collateral(tcbInfo: JsonObject = {}, qeIdentity: JsonObject = {}): EndorsementSet {
  return [
    {
      kind: 'tdx-tcb-info',
      subject: `${FMSPC}/standard`,
      bytes: tcbInfoBytes(tcbInfoJson(tcbInfo)),
    },
    { kind: 'tdx-qe-identity', subject: 'standard', bytes: qeIdentityBytes(qeIdentityJson(qeIdentity)) },
  ];
}

export function judged(facts: JsonObject, documents: EndorsementSet = collateral()): Recalled | null {
  return recallQuote(facts).judge(documents, AT);
}

export function appraisable(facts: JsonObject, documents: EndorsementSet = collateral()): RecalledEvidence {
  const recalled = judged(facts, documents);
  if (recalled?.kind !== 'appraisable') throw new Error('the documents say nothing against it');
  return recalled.evidence;
}

/** Codes that fail under a policy with these TDX members. */
export function failures(facts: JsonObject, tdx: JsonObject = {}): readonly string[] {
  const { checks } = appraisable(facts).appraise(parsePolicy({ name: 'test', tdx }));
  return checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
}

/** Codes that the documents refuse it with. */
export function refusals(facts: JsonObject, documents: EndorsementSet = collateral()): readonly string[] {
  const recalled = judged(facts, documents);
  if (recalled?.kind !== 'refused') throw new Error('the documents say something against it');
  return recalled.checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
}
