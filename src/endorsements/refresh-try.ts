/** One try to renew a document: who may, what the vendor said, what is noted of it. */
import type { Realm } from '../rats/endorsement.js';
import type { RefreshResult, VendorRequest } from '../rats/vendor-request.js';
import type { Renewal } from '../tee/scheme.js';
import type { KeptState } from '../verifier/endorsement-ports.js';
import type { Clock } from '../verifier/ports.js';
import type { DocumentName, RefreshStanding, RefreshStore } from '../verifier/refresh-ports.js';
import { documentKey } from './anchored.js';
import { endingOf, inWords } from './refresh-plan.js';
import type { FetchResult, UnderWay } from './vendor-answer.js';

/** Vendors as far as this service may ask them. */
export interface VendorAccess {
  /** Whether the documents of a realm are asked for at all. */
  asks(realm: Realm): boolean;
  /**
   * Null: nobody publishes it. Subjects are checked against their form. `evaluation`: of this number instead of the one
   * that the track gives at present.
   */
  requestFor(realm: Realm, name: DocumentName, evaluation?: bigint): VendorRequest | null;
  /** Asks, verifies and keeps. Throws only for what is no vendor's fault. */
  obtain(realm: Realm, request: VendorRequest): Promise<FetchResult | UnderWay>;
}

/**
 * `under-way`: another process is at it or has just done it, or others come first; `queued`: it will be asked for in the
 * background.
 */
export type RefreshOutcome = DocumentName & {
  readonly result: RefreshResult | 'under-way' | 'queued' | 'not-asked';
  /** What became of the document; null where none was kept. */
  readonly state: KeptState | null;
  /** For people; null where there is nothing to explain. */
  readonly why: string | null;
};

/** How a try ended, for the log. */
export interface TriedRefresh {
  readonly kind: string;
  /** Null where it names a machine. */
  readonly subject: string | null;
  readonly result: RefreshResult;
  readonly why: string | null;
}

export interface TryParts {
  readonly store: Pick<RefreshStore, 'begin' | 'settle' | 'withdraw' | 'standing'>;
  readonly vendors: VendorAccess;
  readonly renewals: readonly Renewal[];
  readonly clock: Clock;
  readonly tried: (what: TriedRefresh) => void;
}

/** Longer than asking and keeping can take. */
const LEASE_MS = 60_000;

export interface Trying {
  /** Not again what was fetched at this instant or later. */
  readonly since: Date;
  readonly forced: boolean;
}

/** A document and what is to be of one evaluation with it. */
export async function renewTogether(
  parts: TryParts,
  realm: Realm,
  name: DocumentName,
  trying: Trying,
): Promise<readonly RefreshOutcome[]> {
  const outcome = await renew(parts, realm, name, trying);
  const [partner] = parts.renewals.flatMap((renewal) => renewal.partnerOf(name) ?? []);
  if (partner === undefined) return [outcome];
  const other = await renew(parts, realm, partner, trying);
  if (outcome.result === 'kept' || other.result === 'kept') {
    await alignEvaluations(parts, realm, [name, partner]);
  }
  return [outcome, other];
}

async function renew(
  parts: TryParts,
  realm: Realm,
  name: DocumentName,
  { since, forced }: Trying,
): Promise<RefreshOutcome> {
  const request = parts.vendors.requestFor(realm, name);
  if (request === null || !parts.vendors.asks(realm)) return notAsked(name);
  const now = parts.clock.now();
  const leaseUntil = new Date(now.getTime() + LEASE_MS);
  const begun = await parts.store.begin(realm, name, { now, leaseUntil, unlessFetchedSince: since, forced });
  if (begun === null) return { ...name, result: 'under-way', state: null, why: null };
  const answer = await parts.vendors.obtain(realm, request);
  if (answer.kind === 'under-way') {
    // It is still due: the next sweep asks again, and it keeps its place in the line.
    await parts.store.withdraw(realm, name, leaseUntil);
    return { ...name, result: 'under-way', state: null, why: answer.why };
  }
  const ending = endingOf(name, answer, { failures: begun.failures, now: parts.clock.now() });
  await parts.store.settle(realm, name, ending, parts.clock.now());
  tell(parts, request, answer);
  return { ...name, result: ending.result, state: stateOf(name, answer), why: ending.error };
}

/**
 * The one that lags behind is asked for once more, by the number of the other one. Where the vendor has none by that
 * number, what it gave without it stays. Only the vendor's own words for the track are compared: the number of a document
 * that somebody imported too early would spread to the partner, and from it to every other family.
 */
async function alignEvaluations(
  parts: TryParts,
  realm: Realm,
  names: readonly [DocumentName, DocumentName],
): Promise<void> {
  const [one, other] = await parts.store.standing(realm, names, parts.clock.now());
  const [first, second] = [givenNumber(one), givenNumber(other)];
  if (first === null || second === null || first === second) return;
  const [lagging, evaluation] = first < second ? [names[0], second] : [names[1], first];
  const request = parts.vendors.requestFor(realm, lagging, evaluation);
  if (request === null) return;
  const answer = await parts.vendors.obtain(realm, request);
  if (answer.kind !== 'under-way') tell(parts, request, answer);
}

/** Of what the vendor gave when it was last asked; null: it refused or gave something older, or this came another way. */
function givenNumber(standing: RefreshStanding | undefined): bigint | null {
  const { current = null, record = null } = standing ?? {};
  if (current === null || record === null || record.fetchedAt === null) return null;
  const isGiven = record.lastResult === 'kept' && current.storedAt <= record.fetchedAt;
  return isGiven ? current.sequence : null;
}

function tell(parts: TryParts, request: VendorRequest, answer: FetchResult): void {
  const { kind, subject } = request.requirement;
  parts.tried({
    kind,
    // What is rationed is asked for one machine.
    subject: request.rationed ? null : subject,
    result: answer.kind,
    why: answer.kind === 'kept' ? null : inWords(answer),
  });
}

function stateOf(name: DocumentName, answer: FetchResult): KeptState | null {
  if (answer.kind !== 'kept') return null;
  return answer.documents.find((one) => documentKey(one) === documentKey(name))?.state ?? null;
}

export function notAsked({ kind, subject }: DocumentName): RefreshOutcome {
  return { kind, subject, result: 'not-asked', state: null, why: 'This service asks no vendor.' };
}
