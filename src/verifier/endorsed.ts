/**
 * Evidence held against vendor documents: those at hand, and where they do not suffice those that vendors give. Nobody is
 * asked for anything before the evidence was made for this request and everything in it that can be checked holds. What is
 * left to strangers are SNP reports without a certificate, of which nobody but AMD can say anything.
 */
import { equalBytes } from '../bytes/encoding.js';
import {
  type EndorsementAbsence,
  type EndorsementRequirement,
  type EndorsementSet,
  type EndorsementTrack,
  onTrack,
} from '../rats/endorsement.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import type { CollectedEndorsements } from './endorsement-ports.js';
import type { Aside, Tenant } from './ports.js';
import type { VerifierParts } from './service.js';
import { authenticateBound, type BoundEvidence, NO_DEMANDS, type Verification } from './verify.js';

export interface EndorsedQuestion {
  readonly evidence: ParsedEvidence;
  /** The 64 bytes that REPORT_DATA must be. */
  readonly expectedReportData: Uint8Array;
  /** Null: now. For the past only what is stored counts. */
  readonly at: Date | null;
  readonly aside: Aside;
  /** Of the documents that a vendor publishes twice; the policy that applies may ask for another one. */
  readonly track: EndorsementTrack;
}

export interface Endorsed<Result = BoundEvidence | Verification> {
  readonly result: Result;
  /** What it rests on. */
  readonly collected: CollectedEndorsements;
  readonly track: EndorsementTrack;
  /** Vendors, being asked for what genuine evidence need not wait for unless its policy says so; null: nobody is asked. */
  readonly underWay: Promise<readonly EndorsementAbsence[]> | null;
}

/**
 * Why nothing was decided: what it rests on has changed, vendors are being asked for what would decide it, or the policy
 * goes by this other track.
 */
export type Unsettled = 'moved' | 'wanting' | EndorsementTrack;

/** The track that evidence names as long as no policy says another. */
export const AS_PARSED: EndorsementTrack = 'standard';

/** The track that a policy judges the evidence by; of what is published once there is no other. */
export function trackFor({ requirements }: ParsedEvidence, { common }: AppraisalPolicy): EndorsementTrack {
  const { tcb_track: track } = common;
  return requirements.some((one) => onTrack(one, track).subject !== one.subject) ? track : AS_PARSED;
}

/** A leaf may have to come before it shows that its list is past its end. */
const MOST_TURNS = 2;

/** `fresh`: nothing that was remembered. */
export function collectFor(
  parts: VerifierParts,
  tenant: Tenant,
  { evidence, at, track }: Pick<EndorsedQuestion, 'evidence' | 'at' | 'track'>,
  fresh = false,
): Promise<CollectedEndorsements> {
  const { requirements } = evidence;
  const wanted = track === AS_PARSED ? requirements : requirements.map((one) => onTrack(one, track));
  return parts.collect(wanted, {
    realm: tenant.realm,
    at: at ?? parts.clock.now(),
    tense: at === null ? 'now' : 'past',
    fresh,
  });
}

/**
 * Under what was collected; asks vendors for what that lacks. Only evidence that cannot be decided without it waits: what
 * is genuine by documents that some policy lets count a while longer is returned while newer ones are asked for.
 */
export async function authenticateEndorsed(
  parts: VerifierParts,
  tenant: Tenant,
  question: EndorsedQuestion,
  collected: CollectedEndorsements,
): Promise<Endorsed> {
  const endorsed = await authenticateUnder(parts, tenant, question, collected, []);
  // No commit will compare the epoch that a "no" or a "nobody knows" rests on.
  return 'verdict' in endorsed.result && collected.remembered
    ? authenticateAgain(parts, tenant, question, endorsed)
    : askVendors(parts, tenant, question, endorsed);
}

/** The same anew, once it is known why it was not decided. */
export function settleAnew(
  parts: VerifierParts,
  tenant: Tenant,
  question: EndorsedQuestion,
  { before, why }: { readonly before: Endorsed; readonly why: Unsettled },
): Promise<Endorsed> {
  const asked = { ...question, track: before.track };
  if (why === 'moved') return authenticateAgain(parts, tenant, asked, before);
  if (why === 'wanting') return awaitVendors(parts, tenant, asked, before);
  return authenticateOn(parts, tenant, question, why);
}

/** By the documents of this track. */
async function authenticateOn(
  parts: VerifierParts,
  tenant: Tenant,
  question: EndorsedQuestion,
  track: EndorsementTrack,
): Promise<Endorsed> {
  const asked = { ...question, track };
  return authenticateEndorsed(parts, tenant, asked, await collectFor(parts, tenant, asked));
}

/** With what vendors gave meanwhile, and with their words where they gave nothing. */
export async function awaitVendors(
  parts: VerifierParts,
  tenant: Tenant,
  question: EndorsedQuestion,
  before: Endorsed,
): Promise<Endorsed> {
  const { underWay } = before;
  if (underWay === null) return before;
  const absences = await question.aside(() => underWay);
  const collected = await collectFor(parts, tenant, question, true);
  return authenticateUnder(parts, tenant, question, collected, absences);
}

/** The same once its documents may have changed: what is now in the database decides. */
export async function authenticateAgain(
  parts: VerifierParts,
  tenant: Tenant,
  question: EndorsedQuestion,
  before: Endorsed,
): Promise<Endorsed> {
  const collected = await collectFor(parts, tenant, question, true);
  const again = areSame(collected.documents, before.collected.documents)
    ? { ...before, collected, underWay: null }
    : await authenticateUnder(parts, tenant, question, collected, []);
  return askVendors(parts, tenant, question, again);
}

async function askVendors(
  parts: VerifierParts,
  tenant: Tenant,
  question: EndorsedQuestion,
  before: Endorsed,
): Promise<Endorsed> {
  if (question.at !== null) return before;
  let endorsed = before;
  let absences: readonly EndorsementAbsence[] = [];
  const asked = new Set<string>();
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const keyed = endorsed.result.lacking.map(
      (wanted) => [`${wanted.kind}\0${wanted.subject}`, wanted] as const,
    );
    const lacking = keyed.filter(([key]) => !asked.has(key)).map(([, wanted]) => wanted);
    if (lacking.length === 0) break;
    for (const [key] of keyed) asked.add(key);
    if (!('verdict' in endorsed.result)) {
      const underWay = obtain(parts, tenant, lacking);
      // Whoever needs it waits for it; a failure is nobody else's.
      underWay.catch(() => {});
      return { ...endorsed, underWay };
    }
    absences = [...absences, ...(await question.aside(() => obtain(parts, tenant, lacking)))];
    const collected = await collectFor(parts, tenant, question, true);
    endorsed = await authenticateUnder(parts, tenant, question, collected, absences);
  }
  return endorsed;
}

async function obtain(
  { stores, source }: VerifierParts,
  { realm, name }: Tenant,
  lacking: readonly EndorsementRequirement[],
): Promise<readonly EndorsementAbsence[]> {
  const known = await stores.endorsements.knows(realm, lacking);
  return source.obtain(lacking, { realm, tenant: name, known });
}

async function authenticateUnder(
  parts: VerifierParts,
  tenant: Tenant,
  { evidence, expectedReportData, at, track }: EndorsedQuestion,
  collected: CollectedEndorsements,
  absences: readonly EndorsementAbsence[],
): Promise<Endorsed> {
  const result = await authenticateBound({
    evidence,
    expectedReportData,
    endorsements: collected.documents,
    anchors: parts.anchorsFor(tenant.realm),
    // One instant for all that follows, read once everything is at hand.
    at: at ?? parts.clock.now(),
    revocation: 'required',
    // Whose policy applies is known once it is known what runs.
    demands: { ...NO_DEMANDS, track },
    absences,
  });
  return { result, collected, track, underWay: null };
}

function areSame(one: EndorsementSet, other: EndorsementSet): boolean {
  return (
    one.length === other.length &&
    one.every(({ kind, subject, bytes }, place) => {
      const counterpart = other[place];
      return (
        counterpart?.kind === kind && counterpart.subject === subject && equalBytes(counterpart.bytes, bytes)
      );
    })
  );
}
