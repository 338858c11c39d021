/** Judging simulated guests offline, the way the command line does, and the unfaulted twin of a guest. */
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import type { ReferenceQuery } from '../../src/rats/reference-value.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { Verdict } from '../../src/rats/result.js';
import {
  anchorsOf,
  faultOf,
  type GuestOptions,
  mintGuest,
  type PolicyDocument,
  referenceValueOf,
  type SimulatedAmd,
  type SimulatedGuest,
} from '../../src/simulator/index.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { verdictOfRefusal, verifyEvidence } from '../../src/verifier/verify.js';
import { SIMULATED_AT } from '../simulated-vendor.js';

/** Everything that minting would draw at random, so that a guest and its twin are otherwise one. */
export const SAME: GuestOptions = {
  at: SIMULATED_AT,
  reportData: new Uint8Array(64).fill(0x11),
  measurement: new Uint8Array(48).fill(0x22),
  reportId: new Uint8Array(32).fill(0x33),
  chipId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, ...new Uint8Array(56)),
};

export interface Pair {
  readonly faulted: SimulatedGuest;
  readonly twin: SimulatedGuest;
}

/** A guest with the fault, and the guest of the same options without it. */
export async function mintPair(
  vendor: SimulatedAmd,
  fault: RefusalCode,
  options: Omit<GuestOptions, 'at' | 'fault'>,
): Promise<Pair> {
  const { clean } = faultOf(fault);
  const [faulted, twin] = await Promise.all([
    mintGuest(vendor, { ...SAME, ...options, fault }),
    mintGuest(vendor, { ...SAME, ...options, ...clean }),
  ]);
  return { faulted, twin };
}

export interface Expectations {
  readonly policy?: PolicyDocument | null;
  readonly references?: ReferenceQuery;
  readonly anchors?: TrustAnchors;
}

/** The reference value that is written beside the guest, as a query. */
export function referencesOf(guest: SimulatedGuest): ReferenceQuery {
  const value = parseReferenceValue({ ...referenceValueOf(guest) });
  return { given: true, candidates: [{ ...value, workload: null, version: null }] };
}

/** Everything that came with the guest in, verdict out; malformed evidence gets one too. */
export async function judge(
  vendor: SimulatedAmd,
  guest: SimulatedGuest,
  { policy = null, references = referencesOf(guest), anchors = anchorsOf(vendor) }: Expectations = {},
): Promise<Verdict> {
  const { at, reportData } = guest.expected;
  const parsed = await outcomeOf(() => parseEvidence('auto', guest.evidence, guest.certificates));
  if (!parsed.ok) {
    const context = { tee: null, envelope: null, binding: 'not_checked', checks: [] } as const;
    return verdictOfRefusal(parsed.refusal, { ...context, simulated: anchors.simulated, at });
  }
  const { verdict } = await verifyEvidence({
    evidence: parsed.value,
    expectedReportData: reportData,
    endorsements: guest.endorsements,
    anchors,
    at,
    revocation: 'required',
    policy: policy === null ? STANDARD_POLICY : parsePolicy(policy),
    references,
  });
  return verdict;
}

/** Ids of the failed checks, sorted. */
export function failuresOf({ checks }: Verdict): readonly string[] {
  return checks
    .filter(({ outcome }) => outcome === 'fail')
    .map(({ id }) => id)
    .sort();
}
