/** What happens while a service's books are open: wishes get in line, and those whose turn it is are granted. */
import type { Realm } from '../rats/endorsement.js';
import type {
  DocumentName,
  ServiceBooks,
  ServiceStanding,
  VendorEntry,
  WaitingCount,
} from '../verifier/vendor-ports.js';
import { documentKey } from './anchored.js';
import type { ClaimOutcome, Grant, Wish } from './ledger.js';
import { answerOf, crowdedAnswer, fullAnswer, isPending, lineAnswer } from './ledger-answers.js';
import { openMachineRoom } from './machine-room.js';
import { hasRoom, isClosed, isOnProbation, LEASE, later, MOST_UNDER_WAY, nextTurn } from './patience.js';

export interface Counter {
  readonly realm: Realm;
  readonly service: string;
  /** Seconds between rationed requests; null: the service rations nothing. */
  readonly ration: number | null;
  readonly now: Date;
}

/** Documents beside the rationed one that are granted together. */
const TOGETHER = 4;

/** An outcome for each wish, in their order. */
export async function claimAll(
  books: ServiceBooks,
  counter: Counter,
  wishes: readonly Wish[],
): Promise<readonly ClaimOutcome[]> {
  const granting = new Granting(counter, await books.standing());
  const outcomes = new Map<string, ClaimOutcome>();
  const { pending, line, full, crowded } = await admit(books, counter, wishes);
  for (const entry of pending) {
    outcomes.set(documentKey(entry), answerOf(entry, counter.service, granting.standing, counter.now));
  }
  for (const { wish, waiting } of full) {
    outcomes.set(documentKey(wish), fullAnswer(wish, counter, granting.standing, waiting));
  }
  for (const { wish, others } of crowded) {
    const places = await books.places(others, counter.now);
    // One that is not in the line is being asked for at this moment.
    const first = places.length < others.length ? 0 : Math.min(...places.map(({ place }) => place + 1));
    outcomes.set(documentKey(wish), crowdedAnswer(wish, counter, granting.standing, first));
  }
  await books.write([...pending.filter(({ state }) => state === 'waiting'), ...line]);

  const free = line.filter((entry) => !entry.rationed);
  for (const entry of free.slice(0, await roomOf(books, free.length, counter.now))) granting.offer(entry);
  const rationed = line.filter((entry) => entry.rationed);
  if (rationed.length > 0 && granting.hasTurn()) {
    const foremost = await books.foremost(counter.now);
    const isOurs = rationed.some(
      (entry) => foremost !== null && documentKey(entry) === documentKey(foremost),
    );
    if (foremost !== null && isOurs) granting.offer(foremost);
  }
  await granting.write(books);
  for (const grant of granting.grants) outcomes.set(documentKey(grant), { kind: 'granted', grant });

  const left = line.filter((entry) => !outcomes.has(documentKey(entry)));
  const places = await placesOf(books, left, counter.now);
  for (const entry of left) {
    const place = places.get(documentKey(entry)) ?? 0;
    outcomes.set(documentKey(entry), lineAnswer(entry, counter, granting.standing, place));
  }
  return wishes.map((wish) => {
    const outcome = outcomes.get(documentKey(wish));
    if (outcome === undefined) throw new Error('a wish was neither granted nor answered');
    return outcome;
  });
}

/** The first of the line when its turn has come, and some of what is not rationed. */
export async function grantNext(books: ServiceBooks, counter: Counter): Promise<readonly Grant[]> {
  const granting = new Granting(counter, await books.standing());
  if (isClosed(granting.standing, counter.now)) return [];
  const foremost = granting.hasTurn() ? await books.foremost(counter.now) : null;
  if (foremost !== null) granting.offer(foremost);
  const room = await roomOf(books, TOGETHER, counter.now);
  for (const entry of room === 0 ? [] : await books.ready(counter.now, room)) granting.offer(entry);
  await granting.write(books);
  return granting.grants;
}

/** How many of so many that are not rationed may be asked for now. */
async function roomOf(books: ServiceBooks, many: number, now: Date): Promise<number> {
  return many === 0 ? 0 : Math.max(0, Math.min(many, MOST_UNDER_WAY - (await books.underWay(now))));
}

/** What can be granted at one moment, and how the service stands after it. */
class Granting {
  readonly grants: Grant[] = [];
  private readonly entries: VendorEntry[] = [];

  constructor(
    private readonly counter: Counter,
    public standing: ServiceStanding,
  ) {}

  /** Whether a rationed request may leave now. */
  hasTurn(): boolean {
    return nextTurn(this.standing, this.counter.now) <= this.counter.now;
  }

  /** Grants it unless the service is left alone; while it is on probation, no more than one. */
  offer(entry: VendorEntry): void {
    const { realm, service, now, ration } = this.counter;
    if (isClosed(this.standing, now)) return;
    const probe = isOnProbation(this.standing);
    const leasedUntil = later(now, LEASE);
    const { kind, subject, attempts } = entry;
    this.entries.push({ ...entry, state: 'asked', attempts: attempts + 1, askedAt: now, leasedUntil });
    this.grants.push({ realm, service, kind, subject, askedAt: now, probe });
    this.standing = {
      ...this.standing,
      nextAt: entry.rationed ? later(now, ration ?? 0) : this.standing.nextAt,
      closedUntil: probe ? leasedUntil : this.standing.closedUntil,
    };
  }

  async write(books: ServiceBooks): Promise<void> {
    if (this.grants.length === 0) return;
    await books.write(this.entries);
    await books.record(this.standing);
  }
}

interface Admitted {
  /** Being asked for, paused, kept or absent: nothing happens now. */
  readonly pending: VendorEntry[];
  /** Waits for its turn, from now on or since before. */
  readonly line: VendorEntry[];
  /** For which there is no room. `waiting`: how many are there already. */
  readonly full: { readonly wish: Wish; readonly waiting: number }[];
  /** For whose machine as many wait as may. `others`: these. */
  readonly crowded: { readonly wish: Wish; readonly others: readonly DocumentName[] }[];
}

async function admit(books: ServiceBooks, counter: Counter, wishes: readonly Wish[]): Promise<Admitted> {
  const admitted: Admitted = { pending: [], line: [], full: [], crowded: [] };
  const entries = new Map((await books.entries(wishes)).map((entry) => [documentKey(entry), entry]));
  const seen = new Set<string>();
  const isNew = (wish: Wish): boolean => !isWaiting(entries.get(documentKey(wish)));
  const isAnothers = (wish: Wish): boolean => entries.get(documentKey(wish))?.share !== wish.share;
  const counts = wishes.some((wish) => isNew(wish) || isAnothers(wish));
  const { byShare, latest } = counts ? await books.waiting() : NOBODY;
  const machines = await openMachineRoom(books, wishes, counter.now);
  const shares = new Map(byShare);
  let last = latest;
  for (const named of wishes) {
    const key = documentKey(named);
    if (seen.has(key)) continue;
    seen.add(key);
    const wish = named.known && !machines.isTrusted(named) ? { ...named, known: false } : named;
    const entry = wanted(entries.get(key), wish, counter);
    if (isPending(entry, counter.now)) {
      admitted.pending.push(entry);
      continue;
    }
    if (isNew(wish)) {
      const all = [...shares.values()].reduce((sum, count) => sum + count, 0);
      const ofShare = shares.get(wish.share) ?? 0;
      if (entry.rationed && !hasRoom(all, ofShare, wish.known)) {
        admitted.full.push({ wish, waiting: all });
        continue;
      }
      const others = machines.crowdOf(wish);
      if (others !== null) {
        admitted.crowded.push({ wish, others });
        continue;
      }
      machines.admit(wish);
      if (entry.rationed) shares.set(wish.share, ofShare + 1);
      last = comesAfter(last, counter.now);
      admitted.line.push({ ...entry, wantedAt: last });
      continue;
    }
    const share = entry.rationed ? shorterLine(shares, entry.share, wish.share) : entry.share;
    if (share !== entry.share) {
      shares.set(entry.share, (shares.get(entry.share) ?? 1) - 1);
      shares.set(share, (shares.get(share) ?? 0) + 1);
    }
    admitted.line.push({ ...entry, share, state: 'waiting', leasedUntil: null });
  }
  return admitted;
}

/** Who pays from now on: nobody's line is made longer for a document by what others put before it. */
function shorterLine(shares: ReadonlyMap<string, number>, present: string, other: string): string {
  return (shares.get(other) ?? 0) + 1 < (shares.get(present) ?? 0) ? other : present;
}

const NOBODY: WaitingCount = { byShare: new Map(), latest: null };

/** Who comes in the same millisecond, or by a clock that is behind, still comes after those who wait. */
function comesAfter(last: Date | null, now: Date): Date {
  return last === null || last < now ? now : new Date(last.getTime() + 1);
}

function isWaiting(entry: VendorEntry | undefined): boolean {
  return entry !== undefined && (entry.state === 'waiting' || entry.state === 'asked');
}

/** The entry as it is once somebody wants the document now. */
function wanted(entry: VendorEntry | undefined, wish: Wish, { now, ration }: Counter): VendorEntry {
  const rationed = wish.rationed && ration !== null;
  const isPaused = entry !== undefined && isPending(entry, now) && wish.insists !== true;
  if (entry !== undefined && (isWaiting(entry) || isPaused)) {
    const notBefore = wish.insists === true ? now : entry.notBefore;
    return { ...entry, rationed, known: entry.known || wish.known, lastWantedAt: now, notBefore };
  }
  const { kind, subject, share, known } = wish;
  return {
    kind,
    subject,
    share,
    known,
    rationed,
    state: 'waiting',
    wantedAt: now,
    lastWantedAt: now,
    attempts: entry?.attempts ?? 0,
    notBefore: now,
    askedAt: entry?.askedAt ?? null,
    leasedUntil: null,
    lastStatus: entry?.lastStatus ?? null,
    lastError: entry?.lastError ?? null,
    answeredAt: entry?.answeredAt ?? null,
  };
}

async function placesOf(
  books: ServiceBooks,
  entries: readonly VendorEntry[],
  now: Date,
): Promise<ReadonlyMap<string, number>> {
  const rationed = entries.filter((entry) => entry.rationed);
  if (rationed.length === 0) return new Map();
  return new Map((await books.places(rationed, now)).map((place) => [documentKey(place), place.place]));
}
