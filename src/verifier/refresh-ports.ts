/** Renewing vendor documents before they lapse: what was used, what was tried, and the queue of what is due. */
import type { EndorsementRequirement, Realm } from '../rats/endorsement.js';
import type { RefreshResult } from '../rats/vendor-request.js';

/** A document by name, whatever its generation. */
export type DocumentName = Pick<EndorsementRequirement, 'kind' | 'subject'>;

export interface EndorsementUse extends DocumentName {
  readonly lastUsedAt: Date;
}

/** The generation that counts now. */
export interface CurrentGeneration {
  readonly sha256: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly sequence: bigint | null;
  readonly storedAt: Date;
}

export interface RefreshRecord {
  readonly triedAt: Date;
  /** When the vendor last gave a good document; null: never. */
  readonly fetchedAt: Date | null;
  /** In a row, since. */
  readonly failures: number;
  /** When to try again after failures; null: there were none. */
  readonly notBefore: Date | null;
  /** Null: the first try has not ended. */
  readonly lastResult: RefreshResult | null;
  /** For people; null after a success. */
  readonly lastError: string | null;
}

export interface RefreshStanding extends DocumentName {
  readonly lastUsedAt: Date | null;
  /** Null: the store has none. */
  readonly current: CurrentGeneration | null;
  /** Null: nobody tried to renew it. */
  readonly record: RefreshRecord | null;
}

/** Who may try. */
export interface RefreshAttempt {
  readonly now: Date;
  /** Others may take over from then, should this process never say how it ended. */
  readonly leaseUntil: Date;
  /** Not when it was fetched at this instant or later: somebody else was faster. */
  readonly unlessFetchedSince: Date;
  /** Whether or not failures ask for patience. */
  readonly forced: boolean;
}

export interface RefreshEnding {
  readonly result: RefreshResult;
  /** Null: it succeeded. */
  readonly error: string | null;
  readonly failures: number;
  readonly notBefore: Date | null;
}

export interface RefreshStore {
  /** Notes uses, all in one statement. */
  note(realm: Realm, uses: readonly EndorsementUse[]): Promise<void>;
  /** Of these kinds, what was used at this instant or later. */
  usedSince(realm: Realm, kinds: readonly string[], since: Date): Promise<readonly EndorsementUse[]>;
  /** One for each name, in their order. */
  standing(realm: Realm, names: readonly DocumentName[], now: Date): Promise<readonly RefreshStanding[]>;
  /** Of those of the names of which anything is known; `current` is left out. */
  known(realm: Realm, names: readonly DocumentName[]): Promise<readonly Omit<RefreshStanding, 'current'>[]>;
  /** Null: somebody else is at it, was faster, or patience is asked for. One of several at once may go ahead. */
  begin(
    realm: Realm,
    name: DocumentName,
    attempt: RefreshAttempt,
  ): Promise<{ readonly failures: number } | null>;
  settle(realm: Realm, name: DocumentName, ending: RefreshEnding, now: Date): Promise<void>;
  /** Gives the lease back, since nobody was asked; how the last try ended stands. */
  withdraw(realm: Realm, name: DocumentName, leaseUntil: Date): Promise<void>;
}

/** A document to renew, as it waits in the queue. */
export interface RefreshTask extends DocumentName {
  readonly realm: Realm;
  /** When it was found to be due. */
  readonly dueSince: Date;
}

export interface RefreshJob {
  readonly id: string;
  readonly task: RefreshTask;
}

/** Survives every process: a job that was taken and never ended comes back. */
export interface RefreshQueue {
  /** Of one document at most one waits. */
  offer(tasks: readonly RefreshTask[]): Promise<void>;
  /** Each to one taker. */
  take(limit: number): Promise<readonly RefreshJob[]>;
  done(id: string): Promise<void>;
  /** Gives back what was taken and never ended, and clears away what ended. */
  maintain(): Promise<void>;
}
