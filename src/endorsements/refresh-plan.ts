/**
 * Which vendor documents are due to be asked for again. Pure: what was used, what is stored and how the last tries
 * ended go in, with the instant. Nothing waits for a document to lapse: it is due a day after the vendor last gave it,
 * or at half of what is left of it, whichever comes first.
 */
import { sha256 } from '../bytes/digest.js';
import type { RefreshResult } from '../rats/vendor-request.js';
import type { Renewal } from '../tee/scheme.js';
import type {
  DocumentName,
  EndorsementUse,
  RefreshEnding,
  RefreshStanding,
} from '../verifier/refresh-ports.js';
import { documentKey } from './anchored.js';
import type { FetchResult } from './vendor-answer.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What no evidence used for this long is left to lapse. */
const IN_USE_MS = 30 * DAY;

/** What was used at this instant or later is in use. */
export function inUseSince(now: Date): Date {
  return new Date(now.getTime() - IN_USE_MS);
}

/** Since when what is absent has been due. */
const LONG_AGO = 0;

/** Milliseconds between two times of asking for a document that the vendor gives. */
const AT_MOST = DAY;
const AT_LEAST = 10 * MINUTE;

/** Before its end a certificate is asked for daily, in case its issuer has a new one. */
const CERTIFICATE_ENDING = 30 * DAY;

/** Up to this part of an interval is taken off, so that what came together is not asked for together for ever. */
const SPREAD = 0.1;

/** What the vendor asks for is heeded up to this long: it must not be able to let a document lapse. */
const MOST_PATIENCE = 6 * HOUR;

/**
 * Milliseconds after a failure, doubled with each that follows. Asking soon again helps where the vendor was away, not
 * where it has nothing.
 */
const PATIENCE: Readonly<
  Record<Exclude<RefreshResult, 'kept'>, { readonly first: number; readonly most: number }>
> = {
  'rate-limited': { first: MINUTE, most: HOUR },
  unavailable: { first: MINUTE, most: HOUR },
  refused: { first: 15 * MINUTE, most: 6 * HOUR },
  older: { first: 15 * MINUTE, most: 6 * HOUR },
  'not-found': { first: HOUR, most: DAY },
};

export interface PlanScope {
  readonly renewals: readonly Renewal[];
  /** Keys of what trust anchors bring, which need not be stored. */
  readonly anchored: ReadonlySet<string>;
}

/** What is to be stored: the documents in use, and what goes with each. Each once. */
export function wantedDocuments(
  uses: readonly EndorsementUse[],
  { renewals, anchored }: PlanScope,
): readonly DocumentName[] {
  const wanted = new Map<string, DocumentName>();
  for (const { kind, subject } of uses) {
    const renewal = renewals.find(({ kinds }) => kinds.includes(kind));
    if (renewal === undefined) continue;
    for (const name of [{ kind, subject }, ...renewal.beside({ kind, subject })]) {
      const key = documentKey(name);
      if (!anchored.has(key)) wanted.set(key, { kind: name.kind, subject: name.subject });
    }
  }
  return [...wanted.values()];
}

/** When to ask for it again. An absent one has been due since 1970. */
export function dueAt(standing: RefreshStanding, renewals: readonly Renewal[]): Date {
  const { current, record } = standing;
  const storedAt = current?.storedAt.getTime() ?? 0;
  // What was brought by hand after a failure makes up for it.
  if (record !== null && record.notBefore !== null && storedAt <= record.triedAt.getTime()) {
    return record.notBefore;
  }
  if (current === null) return new Date(LONG_AGO);
  const confirmedAt = Math.max(storedAt, record?.fetchedAt?.getTime() ?? 0);
  const expiresAt = current.expiresAt.getTime();
  if (renewals.some(({ certificateKinds }) => certificateKinds.includes(standing.kind))) {
    return new Date(Math.max(expiresAt - CERTIFICATE_ENDING, confirmedAt + AT_MOST));
  }
  const interval = Math.min(AT_MOST, Math.max(AT_LEAST, (expiresAt - confirmedAt) / 2));
  // What is asked for together is due together.
  const partner = renewals.flatMap((renewal) => renewal.partnerOf(standing) ?? [])[0] ?? standing;
  return new Date(confirmedAt + Math.floor(interval * (1 - SPREAD * portionOf(partner, 0))));
}

export function dueDocuments(
  standings: readonly RefreshStanding[],
  renewals: readonly Renewal[],
  now: Date,
): readonly DocumentName[] {
  return standings
    .filter((standing) => dueAt(standing, renewals).getTime() <= now.getTime())
    .map(({ kind, subject }) => ({ kind, subject }));
}

/** What to note of a try. `failures`: those in a row before it. */
export function endingOf(
  name: DocumentName,
  answer: FetchResult,
  { failures, now }: { readonly failures: number; readonly now: Date },
): RefreshEnding {
  if (answer.kind === 'kept') return { result: 'kept', error: null, failures: 0, notBefore: null };
  const { first, most } = PATIENCE[answer.kind];
  const wait = Math.min(most, first * 2 ** Math.min(failures, 16));
  const asked = answer.kind === 'rate-limited' ? (answer.retryAfter ?? 0) * SECOND : 0;
  const patience = Math.max(
    Math.floor(wait * (1 - SPREAD * portionOf(name, failures))),
    Math.min(asked, MOST_PATIENCE),
  );
  return {
    result: answer.kind,
    error: inWords(answer),
    failures: failures + 1,
    notBefore: new Date(now.getTime() + patience),
  };
}

/** How a try ended, for people. */
export function inWords(answer: Exclude<FetchResult, { readonly kind: 'kept' }>): string {
  if (answer.kind === 'not-found') return `The vendor has none (status ${answer.status}).`;
  if (answer.kind === 'rate-limited') {
    const until = answer.retryAfter === null ? '' : ` for ${answer.retryAfter} s`;
    return `The vendor asks for patience${until}.`;
  }
  return answer.kind === 'refused' ? `${answer.why} (${answer.code})` : answer.why;
}

/** From 0 up to 1, always the same for a document and a number: no two documents keep step for long. */
function portionOf({ kind, subject }: DocumentName, number: number): number {
  const digest = sha256(Buffer.from(JSON.stringify([kind, subject, number]), 'utf8'));
  return Buffer.from(digest).readUInt32BE(0) / 2 ** 32;
}
