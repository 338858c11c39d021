/** Documents that no vendor signs: of those that the build ships and those that the store has, the one that counts. */
import type {
  Endorsement,
  EndorsementDocument,
  EndorsementRequirement,
  EndorsementSet,
} from '../rats/endorsement.js';
import { RefusalError } from '../rats/refusal.js';
import type { Scheme, VouchedDocuments } from '../tee/scheme.js';
import type { EndorsementInstant } from '../verifier/endorsement-ports.js';
import { documentKey } from './anchored.js';
import type { Collect } from './collect.js';

/** What `collect` finds, with a shipped document in the place of a kept one that it comes before. */
export function withShipped(collect: Collect, schemes: readonly Pick<Scheme, 'vouched'>[]): Collect {
  return async (requirements, scope) => {
    const found = await collect(requirements, scope);
    const documents = countingAmong(found.documents, { requirements, instant: scope, schemes });
    return { ...found, documents };
  };
}

/** Pure: the same of documents that were found already. */
export function countingAmong(
  found: EndorsementSet,
  {
    requirements,
    instant,
    schemes,
  }: {
    readonly requirements: readonly EndorsementRequirement[];
    readonly instant: EndorsementInstant;
    readonly schemes: readonly Pick<Scheme, 'vouched'>[];
  },
): EndorsementSet {
  return schemes.reduce<EndorsementSet>((all, { vouched }) => {
    if (vouched === null || !requirements.some(({ kind }) => kind === vouched.kind)) return all;
    const kept = all.filter(({ kind }) => kind === vouched.kind);
    const others = all.filter(({ kind }) => kind !== vouched.kind);
    return [...others, ...countingOf(vouched, kept, instant)];
  }, found);
}

/** For each subject the document that counts; none while no document of it has begun. */
function countingOf(
  vouched: VouchedDocuments,
  kept: readonly Endorsement[],
  instant: EndorsementInstant,
): readonly Endorsement[] {
  const candidates = [...kept.flatMap((one) => readAgain(vouched, one)), ...vouched.shipped];
  const counting = new Map<string, EndorsementDocument>();
  for (const document of candidates.filter(({ issuedAt }) => issuedAt.getTime() <= instant.at.getTime())) {
    const rival = counting.get(documentKey(document));
    if (rival === undefined || comesBefore(document, rival, instant)) {
      counting.set(documentKey(document), document);
    }
  }
  return [...counting.values()].map(({ kind, subject, bytes }) => ({ kind, subject, bytes }));
}

/** As the store orders generations: now by number, then date; in the past by date, then number. */
function comesBefore(
  one: EndorsementDocument,
  other: EndorsementDocument,
  { tense }: EndorsementInstant,
): boolean {
  const byNumber = (one.sequence ?? 0n) - (other.sequence ?? 0n);
  const byDate = one.issuedAt.getTime() - other.issuedAt.getTime();
  if (tense === 'past' && byDate !== 0) return byDate > 0;
  return byNumber === 0n ? byDate > 0 : byNumber > 0n;
}

const READ = new WeakMap<Uint8Array, readonly EndorsementDocument[]>();

/** The store hands out the same bytes again and again, so each is read once. None: a form of another build. */
function readAgain(vouched: VouchedDocuments, { bytes }: Endorsement): readonly EndorsementDocument[] {
  const known = READ.get(bytes);
  if (known !== undefined) return known;
  const read = readIfPossible(vouched, bytes);
  READ.set(bytes, read);
  return read;
}

function readIfPossible({ read }: VouchedDocuments, bytes: Uint8Array): readonly EndorsementDocument[] {
  try {
    return [read(bytes)];
  } catch (error) {
    if (error instanceof RefusalError) return [];
    throw error;
  }
}
