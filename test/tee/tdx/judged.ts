/** A simulated TD, all the way through the scheme. */
import { expect } from '@jest/globals';
import type { EndorsementAbsence, EndorsementSet, TrustAnchors } from '../../../src/rats/endorsement.js';
import type { Authentication, ParsedEvidence, RevocationMode } from '../../../src/rats/evidence.js';
import { type Outcome, outcomeOf } from '../../../src/rats/outcome.js';
import type { EndorsementDemands } from '../../../src/rats/policy.js';
import { type RefusalCode, RefusalError } from '../../../src/rats/refusal.js';
import type { CheckResult } from '../../../src/rats/result.js';
import {
  intelAnchorsOf,
  mintTd,
  type QePlan,
  type SimulatedTd,
  type TdChanges,
  type TdOptions,
} from '../../../src/simulator/index.js';
import { parseEvidence } from '../../../src/tee/registry.js';
import { SIMULATED_AT, simulatedIntel } from '../../simulated-vendor.js';
import { NO_DEMANDS } from '../context.js';

export const AT = SIMULATED_AT;

const DAY = 86_400_000;
export const days = (count: number): Date => new Date(AT.getTime() + count * DAY);
export const seconds = (count: number): Date => new Date(AT.getTime() + count * 1000);

/** What the verifier is given in place of what the TD came with. */
export interface Submission {
  readonly type?: string;
  readonly evidence?: Uint8Array;
  readonly eventLog?: Uint8Array | null;
  readonly endorsements?: EndorsementSet;
  readonly anchors?: TrustAnchors;
  readonly at?: Date;
  readonly revocation?: RevocationMode;
  readonly absences?: readonly EndorsementAbsence[];
  readonly demands?: EndorsementDemands;
}

export async function tdOf(options: Omit<TdOptions, 'at'> = {}): Promise<SimulatedTd> {
  return mintTd(await simulatedIntel(), { at: AT, ...options });
}

/** A TD with something changed on its way to be signed. */
export function changedTd(changes: TdChanges): Promise<SimulatedTd> {
  return tdOf({ changes });
}

/** A TD whose quoting enclave differs in something, everything signed and bound again. */
export function enclaveTd(change: (qe: QePlan) => Partial<QePlan>): Promise<SimulatedTd> {
  return changedTd({ quote: (plan) => ({ ...plan, qe: { ...plan.qe, ...change(plan.qe) } }) });
}

export async function anchors(): Promise<TrustAnchors> {
  return intelAnchorsOf(await simulatedIntel());
}

export function parse(td: SimulatedTd, changes: Submission = {}): ParsedEvidence {
  const { type = 'auto', evidence = td.evidence, eventLog = td.eventLog } = changes;
  return parseEvidence(type, evidence, td.certificates, eventLog);
}

export async function authenticate(
  td: SimulatedTd,
  changes: Submission = {},
): Promise<Outcome<Authentication>> {
  const trusted = changes.anchors ?? (await anchors());
  return outcomeOf(() =>
    parse(td, changes).authenticate({
      endorsements: changes.endorsements ?? td.endorsements,
      anchors: trusted,
      at: changes.at ?? AT,
      revocation: changes.revocation ?? 'required',
      absences: changes.absences ?? [],
      demands: changes.demands ?? NO_DEMANDS,
    }),
  );
}

/** `authentic`, or the code that stands in the way. */
export async function verdictOf(
  td: SimulatedTd,
  changes: Submission = {},
): Promise<RefusalCode | 'authentic'> {
  const outcome = await authenticate(td, changes);
  if (!outcome.ok) return outcome.refusal.code;
  return outcome.value.kind === 'authentic' ? 'authentic' : outcome.value.refusal.code;
}

/** One answer, whether absent lists are tolerated or not. */
export async function expectInBothModes(
  td: SimulatedTd,
  endorsements: EndorsementSet,
  code: string,
): Promise<void> {
  for (const revocation of ['required', 'best-effort'] as const) {
    expect(await verdictOf(td, { endorsements, revocation })).toBe(code);
  }
}

/** The entries of a verdict that was reached. */
export async function judge(td: SimulatedTd, changes: Submission = {}) {
  const outcome = await authenticate(td, changes);
  if (!outcome.ok) throw new Error(`refused when it was parsed: ${outcome.refusal.code}`);
  const { kind, checks } = outcome.value;
  const idsThat = (found: CheckResult['outcome']): RefusalCode[] =>
    checks.filter((check) => check.outcome === found).map(({ id }) => id);
  const entry = (id: RefusalCode): CheckResult => {
    const check = checks.find((one) => one.id === id);
    if (check === undefined) throw new Error(`no entry for ${id}`);
    return check;
  };
  return { kind, checks, entry, failures: idsThat('fail'), unrun: idsThat('not_run') };
}

/** What came of a TD that nothing is wrong with. */
export async function evidenceOf(td: SimulatedTd, changes: Submission = {}) {
  const outcome = await authenticate(td, changes);
  if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('a clean TD must be authentic');
  return outcome.value;
}

/** The endorsements of a TD without those of some kinds. */
export function lacking(td: SimulatedTd, ...kinds: readonly string[]): EndorsementSet {
  return td.endorsements.filter(({ kind }) => !kinds.includes(kind));
}

/** The endorsements of a TD with one kind's bytes replaced: each of them stands in place of all of that kind. */
export function replacing(td: SimulatedTd, kind: string, ...bytes: readonly Uint8Array[]): EndorsementSet {
  return [...lacking(td, kind), ...bytes.map((one) => ({ kind, subject: 'test', bytes: one }))];
}

/** Bytes that a simulated TD must have. */
export function present(bytes: Uint8Array | null | undefined): Uint8Array {
  if (bytes === null || bytes === undefined) throw new TypeError('nothing there');
  return bytes;
}

/** A copy with one byte turned over. */
export function flipped(bytes: Uint8Array, offset: number, mask = 0x01): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[offset] = (changed[offset] ?? 0) ^ mask;
  return changed;
}

export function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export const textBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));

/** What a function refuses with; null: it does not. */
export function refusalOf(act: () => unknown): RefusalError['refusal'] | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
}
