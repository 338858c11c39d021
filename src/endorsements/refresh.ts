/**
 * Renews vendor documents long before they lapse. A sweep finds what is due and puts it into a queue; whichever process
 * takes a job asks the vendor, unless another one did so meanwhile. Nothing is lost with a process: what was not
 * fetched is still due, and a job that was taken and never ended comes back.
 */
import type { Realm } from '../rats/endorsement.js';
import { refuseRequest } from '../rats/shared-refusals.js';
import type { RefreshResult } from '../rats/vendor-request.js';
import type { EndorsementSummary } from '../verifier/endorsement-ports.js';
import type { DocumentName, RefreshQueue, RefreshStanding, RefreshStore } from '../verifier/refresh-ports.js';
import { type AnchoredDocuments, documentKey } from './anchored.js';
import { dueAt, dueDocuments, inUseSince, wantedDocuments } from './refresh-plan.js';
import { notAsked, type RefreshOutcome, renewTogether, type TryParts } from './refresh-try.js';

/** What there is to say of a stored document’s renewal; all null for one that nobody renews. */
export interface RenewalStatus {
  readonly lastUsedAt: Date | null;
  readonly lastFetchedAt: Date | null;
  readonly nextRefreshAt: Date | null;
  readonly lastError: string | null;
}

/** One document’s renewal as the metrics show it. */
export interface RenewalMeasure {
  readonly kind: string;
  /** Null where it names a machine. */
  readonly subject: string | null;
  /** nextUpdate of the current generation; null: there is none. */
  readonly expiresAt: Date | null;
  /** When the vendor, or whoever imported it, last gave the current generation; null: there is none. */
  readonly confirmedAt: Date | null;
  /** Null: the last try succeeded, or there was none. */
  readonly failing: Exclude<RefreshResult, 'kept'> | null;
}

export interface RefreshParts extends TryParts {
  readonly store: RefreshStore;
  readonly queue: RefreshQueue;
  readonly anchored: (realm: Realm) => AnchoredDocuments;
  /** False once the service stops: nothing more is begun. */
  readonly goesOn: () => boolean;
  /** Told of what went wrong with one job; the others go on. */
  readonly failed: (error: unknown) => void;
}

export interface Refresher {
  /** Puts what is due into the queue. */
  sweep(): Promise<void>;
  /** Works off the queue until nothing is left that this process may take. */
  work(): Promise<void>;
  /** At once, due or not: everything in use, or what is named. Refuses (`request_invalid`) what nobody publishes. */
  ask(realm: Realm, named: Partial<DocumentName>): Promise<readonly RefreshOutcome[]>;
  /** In the order of the documents. */
  statuses(realm: Realm, documents: readonly EndorsementSummary[]): Promise<readonly RenewalStatus[]>;
  measures(realm: Realm): Promise<readonly RenewalMeasure[]>;
}

const REALMS: readonly Realm[] = ['genuine', 'simulated'];
const AT_ONCE = 4;
/** What a request waits for; the rest goes into the queue. */
const MOST_INLINE = 32;

export function createRefresher(parts: RefreshParts): Refresher {
  const { store, queue, vendors, renewals, clock } = parts;

  async function wantedOf(realm: Realm): Promise<readonly DocumentName[]> {
    const kinds = renewals.flatMap((renewal) => renewal.kinds);
    const uses = await store.usedSince(realm, kinds, inUseSince(clock.now()));
    const wanted = wantedDocuments(uses, { renewals, anchored: parts.anchored(realm) });
    return vendors.asks(realm) ? wanted.filter((name) => vendors.requestFor(realm, name) !== null) : wanted;
  }

  return {
    async sweep() {
      const now = clock.now();
      for (const realm of REALMS.filter((one) => vendors.asks(one))) {
        const standings = await store.standing(realm, await wantedOf(realm), now);
        const due = dueDocuments(standings, renewals, now);
        await queue.offer(due.map((name) => ({ ...name, realm, dueSince: now })));
      }
      await queue.maintain();
    },

    async work() {
      while (parts.goesOn()) {
        const jobs = await queue.take(AT_ONCE);
        if (jobs.length === 0) return;
        await Promise.all(
          jobs.map(async ({ id, task: { realm, dueSince, ...name } }) => {
            try {
              await renewTogether(parts, realm, name, { since: dueSince, forced: false });
              await queue.done(id);
            } catch (error) {
              // The job comes back by itself.
              parts.failed(error);
            }
          }),
        );
      }
    },

    async ask(realm, named) {
      const chosen = chooseNamed(await wantedOf(realm), named);
      if (!vendors.asks(realm)) return chosen.map(notAsked);
      if (chosen.some((name) => vendors.requestFor(realm, name) === null)) refuseUnpublished();
      const since = clock.now();
      const later = chosen.slice(MOST_INLINE);
      await queue.offer(later.map((name) => ({ ...name, realm, dueSince: since })));
      const outcomes = new Map<string, RefreshOutcome>();
      for (let start = 0; start < Math.min(chosen.length, MOST_INLINE); start += AT_ONCE) {
        const group = chosen.slice(start, Math.min(start + AT_ONCE, MOST_INLINE));
        const ended = await Promise.all(
          group.map((name) => renewTogether(parts, realm, name, { since, forced: true })),
        );
        for (const outcome of ended.flat()) {
          const known = outcomes.get(documentKey(outcome));
          if (known === undefined || known.result === 'under-way') {
            outcomes.set(documentKey(outcome), outcome);
          }
        }
      }
      for (const name of later) {
        const key = documentKey(name);
        if (!outcomes.has(key)) outcomes.set(key, { ...name, result: 'queued', state: null, why: null });
      }
      return [...outcomes.values()];
    },

    async statuses(realm, documents) {
      const known = new Map((await store.known(realm, documents)).map((one) => [documentKey(one), one]));
      const wanted = new Set(vendors.asks(realm) ? (await wantedOf(realm)).map(documentKey) : []);
      return documents.map((document) => {
        const key = documentKey(document);
        const { lastUsedAt = null, record = null } = known.get(key) ?? {};
        if (document.state === 'past') {
          return { lastUsedAt: null, lastFetchedAt: null, nextRefreshAt: null, lastError: null };
        }
        const { kind, subject } = document;
        const standing: RefreshStanding = { kind, subject, lastUsedAt, record, current: document };
        return {
          lastUsedAt,
          lastFetchedAt: record?.fetchedAt ?? null,
          nextRefreshAt: wanted.has(key) ? dueAt(standing, renewals) : null,
          lastError: record?.lastError ?? null,
        };
      });
    },

    async measures(realm) {
      const standings = await store.standing(realm, await wantedOf(realm), clock.now());
      return standings.map(({ kind, subject, current, record }) => ({
        kind,
        // What is rationed is asked for one machine.
        subject: vendors.requestFor(realm, { kind, subject })?.rationed === true ? null : subject,
        expiresAt: current?.expiresAt ?? null,
        confirmedAt: later(current?.storedAt ?? null, current === null ? null : (record?.fetchedAt ?? null)),
        failing: record?.lastResult === 'kept' ? null : (record?.lastResult ?? null),
      }));
    },
  };
}

/** A document that nobody used yet may be named in full. */
function chooseNamed(
  wanted: readonly DocumentName[],
  { kind, subject }: Partial<DocumentName>,
): readonly DocumentName[] {
  const chosen = wanted.filter(
    (name) =>
      (kind === undefined || name.kind === kind) && (subject === undefined || name.subject === subject),
  );
  if (chosen.length > 0 || kind === undefined || subject === undefined) return chosen;
  return [{ kind, subject }];
}

function refuseUnpublished(): never {
  refuseRequest(
    'No vendor publishes a document of this kind and subject. `assay endorsements list` has examples.',
  );
}

function later(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one.getTime() < other.getTime() ? other : one;
}
