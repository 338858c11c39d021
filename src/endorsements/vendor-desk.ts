/**
 * Asks vendors, once for each document at a time: those who want the same one share the answer, and what was answered is
 * remembered for as long as nothing else is to be heard.
 */
import { Memory } from '../bytes/memory.js';
import type { EndorsementAbsence, EndorsementRequirement, Realm } from '../rats/endorsement.js';
import type { VendorRequest } from '../rats/vendor-request.js';
import type { Clock } from '../verifier/ports.js';
import { documentKey } from './anchored.js';
import { claimTogether } from './claim-groups.js';
import type { Answer, Grant, VendorLedger, Wish } from './ledger.js';
import type { FetchResult, UnderWay } from './vendor-answer.js';

/** Asks the vendor and keeps what verifies. Throws only for mistakes and for a database that is away. */
export type AskVendor = (realm: Realm, request: VendorRequest) => Promise<FetchResult>;

export interface VendorDeskParts {
  readonly ledger: VendorLedger;
  /** Null: no vendor publishes it. */
  readonly requestFor: (realm: Realm, need: EndorsementRequirement) => VendorRequest | null;
  readonly askVendor: AskVendor;
  readonly clock: Clock;
  /** Told how asking ended, but for what `obtain` returns. */
  readonly asked: (request: VendorRequest, result: FetchResult) => void;
}

/** Whose share a request takes, and whether the platform was seen before. */
export type Payer = Pick<Wish, 'share' | 'known'>;

export interface VendorDesk {
  /** The answer about one document, be it by asking now; null: no vendor publishes it. */
  ask(realm: Realm, need: EndorsementRequirement, payer: Payer): Promise<Answer> | null;
  /**
   * The vendor's answer to one request, for whoever keeps pauses of its own; the ledger's own hold for the service alone.
   * A request for a document in another way than usual, of another evaluation say, leaves no trace on the usual one.
   */
  obtain(realm: Realm, request: VendorRequest, share: string): Promise<FetchResult | UnderWay>;
  /** Does what a grant of the ledger is for. */
  carryOut(grant: Grant): Promise<void>;
  /** When everything that is under way now has ended. */
  idle(): Promise<void>;
}

/** Answers that are remembered: a name and an instant each. */
const LIMITS = { entries: 4096, bytes: 4 * 1024 * 1024 };
const ANSWER_BYTES = 1024;

/** How an attempt ended that failed on our side; the cause is thrown on. */
const LOST: FetchResult = {
  kind: 'unavailable',
  why: 'the attempt failed in this service; see its log',
  ours: true,
};

/** An answer, and what the vendor said to whoever asked just now; null: nobody asked. */
interface Heard {
  readonly answer: Answer;
  readonly result: FetchResult | null;
}

/** Who got an answer; null: nobody in particular. */
type Asker = Payer | null;

interface Remembered {
  readonly answer: Answer;
  readonly since: Date;
  readonly asker: Asker;
}

interface Flight {
  readonly asker: Asker;
  readonly heard: Promise<Heard>;
}

export function createVendorDesk({
  ledger,
  requestFor,
  askVendor,
  clock,
  asked,
}: VendorDeskParts): VendorDesk {
  const underWay = new Map<string, Flight>();
  const remembered = new Memory<Remembered>(LIMITS);
  const claim = claimTogether((realm, service, wishes) => ledger.claim(realm, service, wishes, clock.now()));

  /** Lets others join until it has ended. A failure is the caller's. */
  const shared = (key: string, asker: Asker, work: () => Promise<Heard>): Promise<Heard> => {
    const heard = work().then((one) => {
      remembered.remember(key, { answer: one.answer, since: clock.now(), asker }, ANSWER_BYTES);
      return one;
    });
    const flight = { asker, heard };
    underWay.set(key, flight);
    const end = (): void => {
      if (underWay.get(key) === flight) underWay.delete(key);
    };
    heard.then(end, end);
    return heard;
  };

  const perform = async (grant: Grant, request: VendorRequest): Promise<Heard> => {
    let result: FetchResult;
    try {
      result = await askVendor(grant.realm, request);
    } catch (error) {
      // The lease need not outlive the attempt. Where this fails too, the first failure says more.
      await ledger.settle(grant, LOST, clock.now()).catch(() => {});
      throw error;
    }
    return { answer: await ledger.settle(grant, result, clock.now()), result };
  };

  const performAndTell = async (grant: Grant, request: VendorRequest): Promise<Heard> => {
    const heard = await perform(grant, request);
    if (heard.result !== null) asked(request, heard.result);
    return heard;
  };

  const claimAndPerform = async (realm: Realm, request: VendorRequest, wish: Wish): Promise<Heard> => {
    const outcome = await claim(realm, request.service, wish);
    if (outcome.kind === 'granted') {
      return wish.insists === true ? perform(outcome.grant, request) : performAndTell(outcome.grant, request);
    }
    return { answer: outcome, result: null };
  };

  /** What was answered before, if it still holds and holds for who asks now. */
  const recall = (key: string, asker: Payer): Answer | null => {
    const held = remembered.recall(key);
    const now = clock.now();
    if (held === null || now < held.since || now >= held.answer.until || !holdsFor(asker, held)) return null;
    return aged(held.answer, (now.getTime() - held.since.getTime()) / 1000);
  };

  async function ask(realm: Realm, request: VendorRequest, asker: Payer): Promise<Answer> {
    const { kind, subject } = request.requirement;
    const key = keyOf(realm, request.requirement);
    for (let flight = underWay.get(key); flight !== undefined; flight = underWay.get(key)) {
      const { answer } = await flight.heard;
      // A better place in line is for the next time; room that others lack is for now.
      if (!isOfAnotherShare(asker, { answer, asker: flight.asker })) return answer;
    }
    const held = recall(key, asker);
    if (held !== null) return held;
    const wish = { kind, subject, ...asker, rationed: request.rationed };
    return (await shared(key, asker, () => claimAndPerform(realm, request, wish))).answer;
  }

  return {
    ask(realm, need, { share, known }) {
      const request = requestFor(realm, need);
      return request === null ? null : ask(realm, request, { share, known });
    },

    async obtain(realm, request, share) {
      const { requirement, path, rationed } = request;
      const isUsual = requestFor(realm, requirement)?.path === path;
      const subject = isUsual ? requirement.subject : `${requirement.subject} ${path}`;
      const wish = { kind: requirement.kind, subject, share, known: true, rationed, insists: true } as const;
      const key = keyOf(realm, wish);
      const flight =
        underWay.get(key)?.heard ??
        shared(key, { share, known: true }, () => claimAndPerform(realm, request, wish));
      const { answer, result } = await flight;
      return result ?? withoutAsking(answer);
    },

    // Never joins another one: a grant that nobody carries out keeps everybody waiting until its lease ends.
    async carryOut(grant) {
      const request = requestFor(grant.realm, grant);
      if (request === null || request.service !== grant.service) await ledger.forget(grant);
      else await shared(keyOf(grant.realm, grant), null, () => performAndTell(grant, request));
    },

    async idle() {
      await Promise.allSettled([...underWay.values()].map(({ heard }) => heard));
    },
  };
}

function keyOf(realm: Realm, need: EndorsementRequirement): string {
  return `${realm}\0${documentKey(need)}`;
}

/** A platform that turned out to be known has a better place in line, and one share may have room where another has none. */
function holdsFor(asker: Payer, { answer, asker: before }: Pick<Remembered, 'answer' | 'asker'>): boolean {
  return (before?.known === true || !asker.known) && !isOfAnotherShare(asker, { answer, asker: before });
}

/** Whether it says that there is no room for somebody else. */
function isOfAnotherShare(
  asker: Payer,
  { answer, asker: before }: Pick<Remembered, 'answer' | 'asker'>,
): boolean {
  return answer.kind === 'postponed' && answer.noRoom === true && before?.share !== asker.share;
}

/** What nobody asked the vendor for now, as if it had said so itself. */
function withoutAsking(answer: Answer): FetchResult | UnderWay {
  if (answer.kind === 'at-hand') return { kind: 'kept', documents: [] };
  const { reason, why, retryAfter } = answer.absence;
  if (answer.inTurn === true) return { kind: 'under-way', why };
  return reason === 'rate-limited' ? { kind: 'rate-limited', retryAfter } : { kind: 'unavailable', why };
}

/** The answer as it would be given so many seconds later. */
function aged(answer: Answer, seconds: number): Answer {
  const later = (absence: EndorsementAbsence): EndorsementAbsence => ({
    ...absence,
    retryAfter: Math.max(1, Math.ceil(absence.retryAfter - seconds)),
  });
  if (answer.kind === 'postponed') return { ...answer, absence: later(answer.absence) };
  const { nothingNewer } = answer;
  return nothingNewer === undefined ? answer : { ...answer, nothingNewer: later(nothingNewer) };
}
