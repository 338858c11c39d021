/**
 * Versions that are like evidence which nothing matches, to explain the miss by: in any state, so that a withdrawn
 * one is named as such. They are found by their traits: a digest of each combination of values that a version
 * accepts, one of each single value, and one of its TEE alone, so that there is something to name where nothing is
 * shared. The cost follows the fields of the evidence, the field sets in use and the names asked for, never the
 * number of workloads or versions: each trait yields its newest few.
 *
 * A version that matches wholly is always among those found, unless more than sixteen newer ones do, too. One that
 * differs in some fields is, unless for each field that it shares sixteen newer versions share that field, or those
 * before it are too large together.
 */
import type { Neighbour, Standing } from '../rats/reference-value.js';
import type { NewReferenceVersion, ReferenceLookup, ReferenceVersion } from '../verifier/reference-ports.js';
import type { Row, Transaction } from './database.js';
import { evidenceDigest, fieldDigests, fieldSetOf, matchDigests, teeDigest } from './match-digest.js';
import { asReferenceValue, digestsOf, readByNames, type Statements } from './reference-lookup.js';
import { readReferenceVersion } from './reference-row.js';
import { textOf } from './row.js';

const OF_EACH_TRAIT = 16;
const ALL = 128;
/** Of matches as they are stored, compressed: a version may name events by the thousand. The first one always counts. */
const MOST_BYTES = 2 * 1024 * 1024;

type Traced = Pick<ReferenceVersion, 'workload' | 'version' | 'createdAt'> &
  Pick<NewReferenceVersion, 'tee' | 'match'>;

/** When a version is made, whatever its state: neither its values nor its date ever change. */
export async function recordTraits(tx: Transaction, tenant: string, version: Traced): Promise<void> {
  const { tee, match, workload, createdAt } = version;
  const whole = matchDigests(tee, match);
  const part = [...fieldDigests(tee, match), teeDigest(tee)];
  await tx.query(
    `INSERT INTO reference_value_traits (tenant, digest, whole, workload, version, created_at)
     SELECT $1, trait.digest, trait.whole, $4, $5, $6
       FROM unnest($2::bytea[], $3::boolean[]) AS trait (digest, whole)`,
    [
      tenant,
      [...whole, ...part].map((digest) => Buffer.from(digest)),
      [...whole.map(() => true), ...part.map(() => false)],
      workload,
      version.version,
      createdAt,
    ],
  );
  await tx.query(
    'INSERT INTO reference_trait_sets (tenant, tee, fields) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [tenant, tee, fieldSetOf(match)],
  );
}

export async function findNeighbours(tx: Transaction, query: ReferenceLookup): Promise<readonly Neighbour[]> {
  return (await findAlike(tx, query, null)).map((version) => ({
    value: asReferenceValue(version),
    standing: standingOf(version),
  }));
}

/** As they stand now. `until`: those made by then alone; null: all. */
export async function findAlike(
  tx: Transaction,
  query: ReferenceLookup,
  until: Date | null,
): Promise<readonly ReferenceVersion[]> {
  const fieldSets = await readTraitSets(tx, query);
  // Nothing of this TEE was ever registered.
  if (fieldSets.length === 0) return [];
  return (await readAlike(tx, query, traitsOf(query, fieldSets), until)).map(readReferenceVersion);
}

/** The field sets of versions in any state. */
export async function readTraitSets(
  tx: Transaction,
  { tenant, tee }: ReferenceLookup,
): Promise<readonly string[]> {
  const { rows } = await tx.query(
    'SELECT fields FROM reference_trait_sets WHERE tenant = $1 AND tee = $2 ORDER BY fields',
    [tenant, tee],
  );
  return rows.map((row) => textOf(row, 'fields'));
}

/** A trait that evidence has, too. The higher its rank, the more it says of those who share it. */
interface Trait {
  readonly digest: Buffer;
  readonly rank: 0 | 1 | 2;
}

const WHOLE = 2;

function traitsOf(query: ReferenceLookup, fieldSets: readonly string[]): readonly Trait[] {
  const single = Object.keys(query.fields).flatMap((field) => {
    const digest = evidenceDigest(query.tee, field, query.fields);
    return digest === null ? [] : [{ digest: Buffer.from(digest), rank: 1 } as const];
  });
  return [
    ...digestsOf(query, fieldSets).map((digest) => ({ digest, rank: WHOLE }) as const),
    ...single,
    { digest: Buffer.from(teeDigest(query.tee)), rank: 0 },
  ];
}

/** Of one trait, the newest of all workloads, or of each that is named: steps in an index, not a scan. */
const TRAIT = `one.tenant = $1 AND one.digest = trait.digest AND one.whole = (trait.rank = ${WHOLE})
      AND one.created_at <= $4::timestamptz`;
const OF_ALL = `CROSS JOIN LATERAL (
    SELECT one.workload, one.version FROM reference_value_traits AS one WHERE ${TRAIT}
     ORDER BY one.created_at DESC, one.workload, one.version DESC LIMIT ${OF_EACH_TRAIT}
  ) AS found`;
const OF_NAMED = `CROSS JOIN unnest($5::text[]) AS asked (name) CROSS JOIN LATERAL (
    SELECT one.workload, one.version FROM reference_value_traits AS one
     WHERE ${TRAIT} AND one.workload = asked.name ORDER BY one.version DESC LIMIT ${OF_EACH_TRAIT}
  ) AS found`;

function alikeBy(found: string): string {
  return `WITH alike AS MATERIALIZED (
      SELECT found.workload, found.version, max(trait.rank) AS rank
        FROM unnest($2::bytea[], $3::integer[]) AS trait (digest, rank) ${found}
       GROUP BY found.workload, found.version)
    SELECT kept.* FROM (
        SELECT version.*, row_number() OVER nearest AS place, sum(pg_column_size(version.match)) OVER nearest AS bytes
          FROM alike JOIN reference_values AS version
            ON version.tenant = $1 AND version.workload = alike.workload AND version.version = alike.version
        WINDOW nearest AS (ORDER BY alike.rank DESC, version.created_at DESC ROWS UNBOUNDED PRECEDING)
      ) AS kept
     WHERE kept.place = 1 OR kept.place <= ${ALL} AND kept.bytes <= ${MOST_BYTES}
     ORDER BY kept.created_at DESC, kept.workload, kept.version DESC`;
}

const ALIKE: Statements = { all: alikeBy(OF_ALL), named: alikeBy(OF_NAMED) };

function readAlike(
  tx: Transaction,
  query: ReferenceLookup,
  traits: readonly Trait[],
  until: Date | null,
): Promise<readonly Row[]> {
  const values = [
    query.tenant,
    traits.map(({ digest }) => digest),
    traits.map(({ rank }) => rank),
    until ?? 'infinity',
  ];
  return readByNames(tx, ALIKE, query, values);
}

function standingOf({ state, changedAt, reason }: ReferenceVersion): Standing {
  if (state === 'revoked') return { state, since: changedAt, reason };
  return state === 'retired' ? { state, since: changedAt } : { state };
}
