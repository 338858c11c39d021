/** Vendor documents as the use cases see them: what is kept, which generation counts at an instant. */
import type {
  Endorsement,
  EndorsementAbsence,
  EndorsementDocument,
  EndorsementRequirement,
  EndorsementSet,
  Realm,
} from '../rats/endorsement.js';
import type { Page, PageRequest } from './ports.js';

/**
 * What became of a document that was offered to the store. `current`: of all that will have begun by its issue
 * date, or have begun now, it is the newest; one issued in the future counts only from then on. `past`: a newer
 * one comes before it.
 */
export type KeptState = 'current' | 'past' | 'known';

export interface EndorsementSummary {
  readonly kind: string;
  readonly subject: string;
  readonly sha256: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly sequence: bigint | null;
  /** `current`: the newest by number and date, and with an issue date in the future not in use before that. */
  readonly state: 'current' | 'past';
  readonly source: string;
  readonly storedAt: Date;
}

/** A document with its digest, as decisions name it. */
export interface NamedEndorsement extends Endorsement {
  readonly sha256: string;
}

/** The instant that evidence is judged at: the present, or one in the past that somebody asks about. */
export interface EndorsementInstant {
  readonly at: Date;
  readonly tense: 'now' | 'past';
}

/** Documents that count now, all as of one epoch of the realm. */
export interface StandingEndorsements {
  /** Grows with every document that may change a verdict: what a decision rests on names it, and the commit compares. */
  readonly epoch: bigint;
  readonly documents: EndorsementSet;
  /** Some of it was remembered. Who commits nothing has nobody to compare the epoch, and must look afresh. */
  readonly remembered: boolean;
}

/** The realm's epoch that documents were read under. */
export interface EndorsementEpoch {
  readonly realm: Realm;
  readonly epoch: bigint;
}

/** What a collector found for the requirements of one piece of evidence. */
export interface CollectedEndorsements {
  readonly documents: EndorsementSet;
  /** Null: of a past instant, or nothing was asked for. */
  readonly epoch: EndorsementEpoch | null;
  /** As of `StandingEndorsements`. */
  readonly remembered: boolean;
}

/** As of which instant, and in which world; `fresh`: nothing that was remembered. */
export interface CollectScope extends EndorsementInstant {
  readonly realm: Realm;
  readonly fresh: boolean;
}

/** What of the generations to list. */
export interface ListingScope {
  /** Null: whatever it is. */
  readonly state: EndorsementSummary['state'] | null;
  /** `current` is as of then. */
  readonly now: Date;
  /** Whether those about a single machine are among them. */
  readonly machines: boolean;
}

/** The documents of a realm without their bytes. */
export interface EndorsementListing {
  /** All generations by kind and subject, of each the latest issued first. */
  page(realm: Realm, scope: ListingScope, page: PageRequest): Promise<Page<EndorsementSummary>>;
  /** The current documents but for those about a single machine: some dozen, however large a fleet is. */
  shared(realm: Realm, now: Date): Promise<readonly EndorsementSummary[]>;
  /** Those of them that a verdict rested on, or that were stored, at `since` or later: what nobody uses may lapse. */
  watched(realm: Realm, now: Date, since: Date): Promise<readonly EndorsementSummary[]>;
  /** Every generation at once, machines' too, for who takes all of it along; `current` as of `now`. */
  list(realm: Realm, now: Date): Promise<readonly EndorsementSummary[]>;
}

export interface EndorsementStore extends EndorsementListing {
  /**
   * What `find` finds for now, remembered for as long as the epoch stands and nothing stored begins. `fresh`: asked of
   * the database in any case.
   */
  findStanding(
    realm: Realm,
    requirements: readonly EndorsementRequirement[],
    instant: { readonly at: Date; readonly fresh: boolean },
  ): Promise<StandingEndorsements>;
  /**
   * Whether any of the requirements has a subject whose machine or family some document is about: a subject names it
   * before its last slash.
   */
  knows(realm: Realm, requirements: readonly EndorsementRequirement[]): Promise<boolean>;
  /**
   * One document for each requirement that the store has, all as of one moment. `now`: of the generations issued by
   * `instant.at` the newest by number, then date; while none has begun, the newest of the rest, so that
   * verification can say so. `past`: the generation with the latest issue date not after it, whenever it was
   * stored. A requirement for each generation gets up to eight, in that order.
   */
  find(
    realm: Realm,
    requirements: readonly EndorsementRequirement[],
    instant: EndorsementInstant,
  ): Promise<EndorsementSet>;
  /** Those that the store has of the named ones, whatever their subject: `sha256` is lowercase hex over the bytes. */
  named(
    realm: Realm,
    names: readonly { readonly kind: string; readonly sha256: string }[],
  ): Promise<readonly NamedEndorsement[]>;
  /** Keeps one verified document atomically; an older one never becomes the current one. */
  keep(realm: Realm, document: EndorsementDocument, source: string, now: Date): Promise<KeptState>;
  /** The named generations with their bytes, in the same order. Throws for one that is not there. */
  contents(
    realm: Realm,
    names: readonly Pick<EndorsementSummary, 'kind' | 'subject' | 'sha256'>[],
  ): Promise<EndorsementSet>;
  /**
   * Keeps a document together with what came beside it, all or nothing, unless one that has begun by its issue date or
   * by now comes before it: null then, and nothing is kept. What came beside it may be of any age. States in the order
   * of the document and the rest.
   */
  keepUnlessOlder(
    realm: Realm,
    document: EndorsementDocument,
    beside: readonly EndorsementDocument[],
    source: string,
    now: Date,
  ): Promise<readonly KeptState[] | null>;
}

/** For whom a vendor is asked: whose share of its patience is spent, and whether the machine was seen before. */
export interface Asker {
  readonly realm: Realm;
  readonly tenant: string;
  readonly known: boolean;
}

/** Vendors, asked for what the store lacks. */
export interface EndorsementSource {
  /**
   * What was got is verified and in the store when it returns; what was not is told with the reason. Waits for seconds
   * at most, and never throws for a vendor's fault.
   */
  obtain(wanted: readonly EndorsementRequirement[], asker: Asker): Promise<readonly EndorsementAbsence[]>;
}
