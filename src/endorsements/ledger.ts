/**
 * Who asks a vendor next. Of all replicas one is granted a document at a time, for as long as a lease; rationed requests
 * leave at least the service's ration apart; what failed, or is absent, is left alone for a while.
 */
import type { EndorsementAbsence, Realm } from '../rats/endorsement.js';
import type {
  DocumentName,
  ServiceReport,
  VendorEntry,
  VendorRequestStore,
} from '../verifier/vendor-ports.js';
import { answerOf, busyAnswer } from './ledger-answers.js';
import { claimAll, grantNext } from './ledger-claims.js';
import { entryAfter, standingAfter } from './ledger-outcome.js';
import { later } from './patience.js';
import type { FetchResult } from './vendor-answer.js';

/** A document that somebody wants asked for, and who pays. */
export interface Wish extends DocumentName {
  /** A tenant's name, or `REFRESH_SHARE`. */
  readonly share: string;
  /** Of a platform that was seen before. */
  readonly known: boolean;
  readonly rationed: boolean;
  /** Asks though the document's pause has not ended: of somebody who keeps pauses of his own. */
  readonly insists?: true;
}

/** The share that renewing takes. No tenant can have this name: theirs have letters, digits and hyphens. */
export const REFRESH_SHARE = '/refresh';

/** The right to ask for one document, and the duty to say how it ended. */
export interface Grant extends DocumentName {
  readonly realm: Realm;
  readonly service: string;
  /** Tells this grant from later ones of the same document. */
  readonly askedAt: Date;
  /** Finds out whether a service that was left alone is back. */
  readonly probe: boolean;
}

/** `until`: asking the ledger again before is of no use. */
export type Answer =
  | {
      readonly kind: 'at-hand';
      readonly until: Date;
      /** For whom it does not do: the vendor, asked again, gave the same one. */
      readonly nothingNewer?: EndorsementAbsence;
    }
  | {
      readonly kind: 'postponed';
      readonly absence: EndorsementAbsence;
      readonly until: Date;
      /** There was no room for who asked, which others may have. */
      readonly noRoom?: true;
      /** Nothing failed: others come first, or another one asks at this moment. */
      readonly inTurn?: true;
    };

export type ClaimOutcome = { readonly kind: 'granted'; readonly grant: Grant } | Answer;

/** `now` is the caller's clock: ration, pauses and leases are judged by it alone. */
export interface VendorLedger {
  /** An outcome for each wish, in their order. A granted document must be settled or forgotten. */
  claim(realm: Realm, service: string, wishes: readonly Wish[], now: Date): Promise<readonly ClaimOutcome[]>;
  /** Writes down how a grant ended. */
  settle(grant: Grant, result: FetchResult, now: Date): Promise<Answer>;
  /** Gives up what nobody publishes any more. */
  forget(grant: Grant): Promise<void>;
  /** What waits and may be asked for now, as grants; none while the service is left alone. */
  next(realm: Realm, service: string, now: Date): Promise<readonly Grant[]>;
  /** Whether `next` may grant something: a look that waits for nobody. */
  isDue(realm: Realm, service: string, now: Date): Promise<boolean>;
  /** How asking for these documents stands; those that were never asked for are left out. */
  look(realm: Realm, names: readonly DocumentName[]): Promise<readonly VendorEntry[]>;
  standing(realm: Realm): Promise<readonly ServiceReport[]>;
  /** Removes what was answered a month ago, and what waits and nobody asked for since a day; returns how many. */
  purge(now: Date): Promise<number>;
}

export interface LedgerParts {
  readonly store: VendorRequestStore;
  /** Seconds between a service's rationed requests; null: it rations nothing. */
  readonly rationOf: (service: string) => number | null;
  /** 0 to 1. */
  readonly chance: () => number;
}

const DAY = 24 * 60 * 60;
const ANSWERED_KEPT = 30 * DAY;
/** Longer than anybody is told to wait. */
const WANTED_KEPT = DAY;

export function createVendorLedger({ store, rationOf, chance }: LedgerParts): VendorLedger {
  return {
    claim: (realm, service, wishes, now) =>
      store.open(realm, service, (books) =>
        claimAll(books, { realm, service, now, ration: rationOf(service) }, wishes),
      ),

    next: (realm, service, now) =>
      store.open(realm, service, (books) =>
        grantNext(books, { realm, service, now, ration: rationOf(service) }),
      ),

    settle: (grant, result, now) =>
      store.open(grant.realm, grant.service, async (books) => {
        const [entry] = await books.entries([grant]);
        const held = entry !== undefined && isHeldBy(entry, grant);
        // Another one took over when the lease had ended. What came is in the store all the same.
        if (entry === undefined || (!held && result.kind !== 'kept')) {
          return result.kind === 'kept' ? { kind: 'at-hand', until: now } : busyAnswer(grant, now);
        }
        const how = { result, now, chance: chance(), ration: rationOf(grant.service) };
        const written = entryAfter(entry, how);
        await books.write([written]);
        const before = await books.standing();
        const standing = held ? standingAfter(before, entry, grant.probe, how) : before;
        if (held) await books.record(standing);
        return answerOf(written, grant.service, standing, now);
      }),

    forget: (grant) => store.open(grant.realm, grant.service, (books) => books.remove(grant)),
    isDue: (realm, service, now) => store.isDue(realm, service, now),
    look: (realm, names) => store.look(realm, names),
    standing: (realm) => store.report(realm),
    purge: (now) => store.purge({ answered: later(now, -ANSWERED_KEPT), wanted: later(now, -WANTED_KEPT) }),
  };
}

function isHeldBy({ state, askedAt }: VendorEntry, grant: Grant): boolean {
  return state === 'asked' && askedAt?.getTime() === grant.askedAt.getTime();
}
