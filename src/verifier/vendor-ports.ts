/** What is written down about asking vendors, so that all replicas together ask each thing once and in turn. */
import type { EndorsementRequirement, Realm } from '../rats/endorsement.js';

/** A vendor document by its name. */
export type DocumentName = Pick<EndorsementRequirement, 'kind' | 'subject'>;

/**
 * `waiting`: for its turn, or for the end of a pause. `asked`: a replica asks the vendor at this moment. `kept`: it came
 * and is in the store. `absent`: the vendor has none.
 */
export type VendorRequestState = 'waiting' | 'asked' | 'kept' | 'absent';

/** How asking ended the last time. */
export type VendorStatus = 'kept' | 'not-found' | 'rate-limited' | 'unavailable' | 'refused' | 'older';

export interface VendorEntry extends DocumentName {
  /** A tenant's name, or that of `REFRESH_SHARE`: whose share of the vendor's patience it takes. */
  readonly share: string;
  /** Of a platform that was seen before. */
  readonly known: boolean;
  /** Counts against the service's ration. */
  readonly rationed: boolean;
  readonly state: VendorRequestState;
  /** When it came to wait: later for each that comes, so that none takes the place of an earlier one. */
  readonly wantedAt: Date;
  readonly lastWantedAt: Date;
  /** In a row that brought nothing new. */
  readonly attempts: number;
  /** The vendor is not asked again before. */
  readonly notBefore: Date;
  readonly askedAt: Date | null;
  /** Of `asked` alone: whoever asks has ended by then, or is dead. */
  readonly leasedUntil: Date | null;
  readonly lastStatus: VendorStatus | null;
  /** For operators; null after what was kept. */
  readonly lastError: string | null;
  readonly answeredAt: Date | null;
}

/** How a service stands with all replicas. */
export interface ServiceStanding {
  /** When the next rationed request may leave; null: at once. */
  readonly nextAt: Date | null;
  /** Nothing is asked before; null: it is open. */
  readonly closedUntil: Date | null;
  /** Failures in a row. */
  readonly failures: number;
}

/** A service's line is ordered: known platforms first, then one of each share in turn, then by the time wanted. */
export interface LinePlace extends DocumentName {
  /** How many come before it. */
  readonly place: number;
}

/** Entries that wait or are being asked for. */
export interface WaitingCount {
  /** Those that count against a ration: what else there is has names that nobody can invent. */
  readonly byShare: ReadonlyMap<string, number>;
  /** When the last of them came; null: there is none. */
  readonly latest: Date | null;
}

/**
 * What else is wanted for the machine of a document: a subject names it before its last slash, and the firmware's level
 * behind it. A level is proven when the store has a document of it for any machine of the same line, which is named before
 * the first slash. Proven and other levels are counted apart.
 */
export interface MachineCount extends DocumentName {
  readonly proven: boolean;
  /** Its rationed documents of as proven levels that wait or are being asked for, this one left out. */
  readonly waiting: readonly DocumentName[];
  /** Those that the vendor was found not to have, until it may be asked again. */
  readonly absent: number;
}

/** One service's entries and standing, which nobody else changes meanwhile. */
export interface ServiceBooks {
  standing(): Promise<ServiceStanding>;
  record(standing: ServiceStanding): Promise<void>;
  /** Those that there are. */
  entries(names: readonly DocumentName[]): Promise<readonly VendorEntry[]>;
  /** New ones, or in place of what was there. */
  write(entries: readonly VendorEntry[]): Promise<void>;
  remove(name: DocumentName): Promise<void>;
  waiting(): Promise<WaitingCount>;
  /** For each of the names whose subject names a machine. */
  ofMachines(names: readonly DocumentName[], now: Date): Promise<readonly MachineCount[]>;
  /** How many of what is not rationed are being asked for under a lease that has not ended. */
  underWay(now: Date): Promise<number>;
  /** Places in the line of what is rationed and waits, pauses and ended leases included. */
  places(names: readonly DocumentName[], now: Date): Promise<readonly LinePlace[]>;
  /** The first in that line that may be asked for now. */
  foremost(now: Date): Promise<VendorEntry | null>;
  /** What is not rationed, waits and may be asked for now; the longest waiting first. */
  ready(now: Date, limit: number): Promise<readonly VendorEntry[]>;
}

export interface ServiceReport extends ServiceStanding {
  readonly service: string;
  /** Documents that wait or are being asked for. */
  readonly waiting: number;
}

export interface VendorRequestStore {
  /** One transaction, one at a time for each service. `work` may run again after a deadlock. */
  open<T>(realm: Realm, service: string, work: (books: ServiceBooks) => Promise<T>): Promise<T>;
  /** Whether something of the service waits that may be asked for now. */
  isDue(realm: Realm, service: string, now: Date): Promise<boolean>;
  /** The entries of these documents, whatever service they are of. */
  look(realm: Realm, names: readonly DocumentName[]): Promise<readonly VendorEntry[]>;
  /** Services that were ever asked. */
  report(realm: Realm): Promise<readonly ServiceReport[]>;
  /** Removes what was answered, or last wanted while it waited, before these instants; returns how many. */
  purge(before: { readonly answered: Date; readonly wanted: Date }): Promise<number>;
}
