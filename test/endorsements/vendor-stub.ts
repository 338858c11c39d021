/** A vendor of one's own for tests of renewing: what it publishes is said by hand, and every request is counted. */
import { createHash } from 'node:crypto';
import type { VendorAccess } from '../../src/endorsements/refresh-try.js';
import type { FetchResult, UnderWay } from '../../src/endorsements/vendor-answer.js';
import type { EndorsementDocument, Realm } from '../../src/rats/endorsement.js';
import type { VendorRequest } from '../../src/rats/vendor-request.js';
import { RENEWAL as SNP } from '../../src/tee/snp/renewal.js';
import { RENEWAL as TDX } from '../../src/tee/tdx/renewal.js';
import type { Clock, Stores } from '../../src/verifier/ports.js';
import type { DocumentName } from '../../src/verifier/refresh-ports.js';

export const RENEWALS = [SNP, TDX];
const KINDS = RENEWALS.flatMap(({ kinds, certificateKinds }) => [...kinds, ...certificateKinds, 'snp-vek']);

const DAY_MS = 24 * 3600 * 1000;

export interface VendorStub extends VendorAccess {
  /** `<kind> <subject>` of each request, with the number where one was asked for. */
  readonly asked: string[];
  /** What it has from now on: its number, valid for 30 days from `issuedAt`. */
  publish(name: DocumentName, sequence: bigint, issuedAt?: Date): void;
  /** What it has under a number besides. */
  publishNumbered(name: DocumentName, sequence: bigint): void;
  /** Answers everything with this instead; null: with what it has. */
  answer(instead: FetchResult | UnderWay | null): void;
  /** Called while a request is under way. */
  meanwhile(work: () => Promise<void>): void;
  switchedOff(off: boolean): void;
}

export function vendorStub(stores: Pick<Stores, 'endorsements'>, clock: Clock): VendorStub {
  const published = new Map<string, EndorsementDocument>();
  const numbered = new Map<string, EndorsementDocument>();
  const asked: string[] = [];
  let instead: FetchResult | UnderWay | null = null;
  let work = async (): Promise<void> => {};
  let off = false;
  return {
    asked,
    publish: (name, sequence, issuedAt = clock.now()) =>
      void published.set(keyOf(name), documentOf(name, sequence, issuedAt)),
    publishNumbered: (name, sequence) =>
      void numbered.set(`${keyOf(name)} #${sequence}`, documentOf(name, sequence, clock.now())),
    answer: (result) => {
      instead = result;
    },
    meanwhile: (during) => {
      work = during;
    },
    switchedOff: (isOff) => {
      off = isOff;
    },
    asks: () => !off,
    requestFor: (_realm, name, evaluation) =>
      KINDS.includes(name.kind) ? requestOf(name, evaluation) : null,
    async obtain(realm: Realm, { path, requirement }: VendorRequest): Promise<FetchResult | UnderWay> {
      const number = new URLSearchParams(path.split('?')[1]).get('tcbEvaluationDataNumber');
      const key = number === null ? keyOf(requirement) : `${keyOf(requirement)} #${number}`;
      asked.push(key);
      await work();
      if (instead !== null) return instead;
      const document = (number === null ? published : numbered).get(key);
      if (document === undefined) return { kind: 'not-found', status: 404 };
      const kept = await stores.endorsements.keepUnlessOlder(realm, document, [], 'vendor', clock.now());
      if (kept === null) return { kind: 'older', why: 'a newer one is kept' };
      const state = kept[0] ?? 'known';
      const { kind, subject, sha256 } = document;
      return { kind: 'kept', documents: [{ kind, subject, sha256, state }] };
    },
  };
}

/** `evaluation`: by its number. */
export function requestOf({ kind, subject }: DocumentName, evaluation: bigint | undefined): VendorRequest {
  const track = subject.endsWith('early') ? 'early' : 'standard';
  return {
    service: 'stub',
    path: `/${kind}?${evaluation === undefined ? `update=${track}` : `tcbEvaluationDataNumber=${evaluation}`}`,
    requirement: { kind, subject },
    track,
    file: 'document',
    encoding: 'bytes',
    beside: [],
    rationed: kind === 'snp-vek',
    witness: null,
  };
}

function keyOf({ kind, subject }: DocumentName): string {
  return `${kind} ${subject}`;
}

function documentOf({ kind, subject }: DocumentName, sequence: bigint, issuedAt: Date): EndorsementDocument {
  const bytes = new Uint8Array(Buffer.from(JSON.stringify([kind, subject, String(sequence), issuedAt])));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const expiresAt = new Date(issuedAt.getTime() + 30 * DAY_MS);
  return { kind, subject, bytes, sha256, issuedAt, expiresAt, sequence };
}
