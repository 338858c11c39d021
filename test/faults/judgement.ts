/** Judging simulated evidence offline, the way the command line does, and the unfaulted twin of a guest or TD. */
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import type { ReferenceQuery } from '../../src/rats/reference-value.js';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import type { JsonObject, Verdict } from '../../src/rats/result.js';
import {
  anchorsOf,
  faultOf,
  type GuestOptions,
  intelAnchorsOf,
  mintGuest,
  mintTd,
  type PolicyDocument,
  referenceValueOf,
  type SimulatedAmd,
  type SimulatedGuest,
  type SimulatedIntel,
  type SimulatedTd,
  type TdOptions,
  tdFaultOf,
  tdReferenceValueOf,
} from '../../src/simulator/index.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { verdictOfRefusal } from '../../src/verifier/refused-verdict.js';
import { verifyEvidence } from '../../src/verifier/verify.js';
import { SIMULATED_AT } from '../simulated-vendor.js';

/** Everything that minting would draw at random, so that a guest and its twin are otherwise one. */
export const SAME: GuestOptions = {
  at: SIMULATED_AT,
  reportData: new Uint8Array(64).fill(0x11),
  measurement: new Uint8Array(48).fill(0x22),
  reportId: new Uint8Array(32).fill(0x33),
  chipId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, ...new Uint8Array(56)),
};

/** The same for TDs. */
export const SAME_TD: TdOptions = {
  at: SIMULATED_AT,
  reportData: new Uint8Array(64).fill(0x11),
  mrTd: new Uint8Array(48).fill(0x22),
  rtmrs: [0x33, 0x44, 0x55].map((value) => new Uint8Array(48).fill(value)),
  ppid: new Uint8Array(16).fill(0x66),
  platformInstanceId: new Uint8Array(16).fill(0x77),
};

export interface Pair<Minted> {
  readonly faulted: Minted;
  readonly twin: Minted;
}

/** A guest with the fault, and the guest of the same options without it. */
export async function mintPair(
  vendor: SimulatedAmd,
  fault: RefusalCode,
  options: Omit<GuestOptions, 'at' | 'fault'>,
): Promise<Pair<SimulatedGuest>> {
  const { clean } = faultOf(fault);
  const [faulted, twin] = await Promise.all([
    mintGuest(vendor, { ...SAME, ...options, fault }),
    mintGuest(vendor, { ...SAME, ...options, ...clean }),
  ]);
  return { faulted, twin };
}

/** A TD with the fault, and the TD of the same options without it. */
export async function mintTdPair(
  intel: SimulatedIntel,
  fault: RefusalCode,
  options: Omit<TdOptions, 'at' | 'fault'>,
): Promise<Pair<SimulatedTd>> {
  const { clean } = tdFaultOf(fault);
  const [faulted, twin] = await Promise.all([
    mintTd(intel, { ...SAME_TD, ...options, fault }),
    mintTd(intel, { ...SAME_TD, ...options, ...clean }),
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
  return queryOf(referenceValueOf(guest));
}

export function tdReferencesOf(td: SimulatedTd): ReferenceQuery {
  return queryOf(tdReferenceValueOf(td));
}

function queryOf(body: JsonObject): ReferenceQuery {
  const value = parseReferenceValue({ ...body });
  return { given: true, candidates: [{ ...value, workload: null, version: null }] };
}

/** Everything that came with the guest in, verdict out; malformed evidence gets one too. */
export function judge(
  vendor: SimulatedAmd,
  guest: SimulatedGuest,
  { policy = null, references = referencesOf(guest), anchors = anchorsOf(vendor) }: Expectations = {},
): Promise<Verdict> {
  return judgeSubmission(guest, { policy, references, anchors });
}

/** As `judge`, for a TD. */
export function judgeTd(
  intel: SimulatedIntel,
  td: SimulatedTd,
  { policy = null, references = tdReferencesOf(td), anchors = intelAnchorsOf(intel) }: Expectations = {},
): Promise<Verdict> {
  return judgeSubmission(td, { policy, references, anchors });
}

type Submission = Pick<SimulatedGuest | SimulatedTd, 'evidence' | 'certificates' | 'endorsements'> & {
  readonly eventLog?: Uint8Array | null;
  readonly expected: { readonly at: Date; readonly reportData: Uint8Array };
};

async function judgeSubmission(
  { evidence, certificates, eventLog = null, endorsements, expected: { at, reportData } }: Submission,
  { policy, references, anchors }: Required<Expectations>,
): Promise<Verdict> {
  const parsed = await outcomeOf(() => parseEvidence('auto', evidence, certificates, eventLog));
  if (!parsed.ok) {
    const context = { tee: null, envelope: null, binding: 'not_checked', checks: [] } as const;
    return verdictOfRefusal(parsed.refusal, { ...context, simulated: anchors.simulated, at });
  }
  const { verdict } = await verifyEvidence({
    evidence: parsed.value,
    expectedReportData: reportData,
    endorsements,
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

/** Ids of all checks, sorted. */
export function idsOf({ checks }: Verdict): readonly string[] {
  return checks.map(({ id }) => id).sort();
}

const AUTHENTIC = { refused: false, malformed: null, undecided: null, denied: true } as const;

/** What a verdict says of authenticity after the code. */
export function authenticAfter(code: RefusalCode): boolean | null {
  const kind = refusalEntry(code).class;
  if (kind in AUTHENTIC) return AUTHENTIC[kind as keyof typeof AUTHENTIC];
  throw new TypeError(`evidence cannot earn ${code}, whose class is ${kind}`);
}
