/** One look at which vendor documents count now: the epoch, what each requirement finds, and how long that holds. */
import type { Endorsement, EndorsementRequirement, Realm } from '../rats/endorsement.js';
import type { Database, Row } from './database.js';
import { type DocumentName, type ReadContents, readName } from './endorsement-contents.js';
import { bigintOf, dateOf, firstOf, nullable } from './row.js';

/** Of equals the one stored first stays. */
export const CURRENT_FIRST = 'sequence DESC NULLS LAST, issued_at DESC, stored_at, sha256';

/** One that has not begun at $4 never hides one that has. */
export const STANDING_FIRST = `(issued_at <= $4) DESC, ${CURRENT_FIRST}`;

/** Of a requirement that asks for each. Vendors renew a signing key every few years. */
export const MOST_GENERATIONS = 8;

/** What one requirement found. */
export interface Finding {
  readonly documents: readonly Endorsement[];
  /** Milliseconds: none of the stored generations begins from the first on until before the second. */
  readonly from: number;
  readonly until: number;
}

export interface Look {
  readonly epoch: bigint;
  /** In the order of the requirements. */
  readonly findings: readonly Finding[];
}

const STANDING = `
  SELECT realms.epoch, wanted.place, wanted.kind, wanted.subject, found.sha256, later.begins_at
    FROM endorsement_epochs AS realms
   CROSS JOIN unnest($2::text[], $3::text[], $5::boolean[]) WITH ORDINALITY AS wanted (kind, subject, each, place)
   CROSS JOIN LATERAL (
      SELECT min(issued_at) AS begins_at FROM endorsements
       WHERE realm = $1 AND kind = wanted.kind AND subject = wanted.subject AND issued_at > $4
   ) AS later
    LEFT JOIN LATERAL (
      SELECT sha256, row_number() OVER (ORDER BY ${STANDING_FIRST}) AS rank FROM endorsements
       WHERE realm = $1 AND kind = wanted.kind AND subject = wanted.subject
       ORDER BY ${STANDING_FIRST} LIMIT ${MOST_GENERATIONS}
   ) AS found ON found.rank = 1 OR wanted.each
   WHERE realms.realm = $1 ORDER BY wanted.place, found.rank`;

export async function lookForStanding(
  database: Database,
  contents: ReadContents,
  realm: Realm,
  { requirements, at }: { readonly requirements: readonly EndorsementRequirement[]; readonly at: Date },
): Promise<Look> {
  const { rows } = await database.read({ tenant: null, stage: 'authenticate' }, STANDING, [
    realm,
    requirements.map(({ kind }) => kind),
    requirements.map(({ subject }) => subject),
    at,
    requirements.map(({ each }) => each === true),
  ]);
  const epoch = firstOf(rows, (row) => bigintOf(row, 'epoch'));
  if (epoch === null) throw new Error('a look that finds nothing still names the epoch of the realm');
  const answers = requirements.map((_requirement, index) =>
    rows.filter((row) => bigintOf(row, 'place') === BigInt(index + 1)),
  );
  const documents = await contents(realm, answers.flatMap(namesIn));
  const findings: Finding[] = [];
  let taken = 0;
  for (const answer of answers) {
    const count = namesIn(answer).length;
    findings.push({
      documents: documents.slice(taken, taken + count),
      from: at.getTime(),
      until: nextBeginning(answer)?.getTime() ?? Number.POSITIVE_INFINITY,
    });
    taken += count;
  }
  return { epoch, findings };
}

/** Of what is not there the row has no digest. */
function namesIn(answer: readonly Row[]): readonly DocumentName[] {
  return answer.filter(({ sha256 }) => sha256 !== null).map(readName);
}

function nextBeginning(answer: readonly Row[]): Date | null {
  return firstOf(answer, (row) => nullable(dateOf, row, 'begins_at'));
}
