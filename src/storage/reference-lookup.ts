/**
 * Finds the reference versions that evidence matches. Its cost follows the number of field sets in use (at most
 * 32 for SNP and 256 for TDX, where each counts a handful) and the names asked for, not the number of workloads or
 * versions: a thousand workloads may share one firmware measurement, and two of them are as good as all to say that
 * the answer is ambiguous.
 */
import type { ReferenceValue } from '../rats/reference-value.js';
import type { ReferenceFinding, ReferenceLookup, ReferenceVersion } from '../verifier/reference-ports.js';
import type { Row, Transaction } from './database.js';
import { readEpoch } from './epoch.js';
import { evidenceDigest } from './match-digest.js';
import { readReferenceVersion } from './reference-row.js';
import { dateOf, firstOf, nullable, textOf } from './row.js';

export const VERSIONS_OF_EACH = 4;

/** A finding and what it depends on besides the epoch. */
export interface LookedUp extends ReferenceFinding {
  /** The field sets in use for the TEE. */
  readonly fieldSets: readonly string[];
  /** When the window of a version that could match opens or closes next, from the query's instant on; null: never. */
  readonly changesAt: Date | null;
}

export async function lookUp(tx: Transaction, query: ReferenceLookup): Promise<LookedUp> {
  // Before the candidates: a change in between leaves an old epoch here, and the commit asks for another turn.
  const epoch = (await readEpoch(tx, query.tenant)) ?? 0n;
  const fieldSets = await readFieldSets(tx, query);
  const digests = digestsOf(query, fieldSets);
  const matching = digests.length === 0 ? [] : await readMatching(tx, query, digests);
  const changesAt = matching.length === 0 ? null : await readNextChange(tx, query, digests);
  return { epoch, matching, fieldSets, changesAt };
}

async function readFieldSets(tx: Transaction, query: ReferenceLookup): Promise<readonly string[]> {
  const { rows } = await tx.query(
    'SELECT fields FROM reference_field_sets WHERE tenant = $1 AND tee = $2 ORDER BY fields',
    [query.tenant, query.tee],
  );
  return rows.map((row) => textOf(row, 'fields'));
}

/** One digest for each field set in use whose fields the evidence has. */
export function digestsOf({ tee, fields }: ReferenceLookup, fieldSets: readonly string[]): readonly Buffer[] {
  return fieldSets.flatMap((set) => {
    const digest = evidenceDigest(tee, set, fields);
    return digest === null ? [] : [Buffer.from(digest)];
  });
}

async function readNextChange(
  tx: Transaction,
  query: ReferenceLookup,
  digests: readonly Buffer[],
): Promise<Date | null> {
  const { rows } = await tx.query(
    `SELECT min(change.at) AS at FROM reference_value_index AS entry
      CROSS JOIN LATERAL unnest(ARRAY[entry.not_before, entry.not_after]) AS change (at)
      WHERE entry.tenant = $1 AND entry.digest = ANY ($2::bytea[]) AND change.at >= $3
        AND (entry.not_before IS NOT NULL OR entry.not_after IS NOT NULL)`,
    [query.tenant, digests, query.at],
  );
  return firstOf(rows, (row) => nullable(dateOf, row, 'at'));
}

/** Entries of one digest that count at $3. */
const ENTRIES = `FROM reference_value_index AS entry
    WHERE entry.tenant = $1 AND entry.digest = probe.digest
      AND (entry.not_before IS NULL OR entry.not_before <= $3::timestamptz)
      AND (entry.not_after IS NULL OR $3::timestamptz <= entry.not_after)`;

/** The first workload in name order, after another one when given: a step in the index, not a scan. */
function workloadAfter(condition: string): string {
  return `SELECT found.workload FROM probe CROSS JOIN LATERAL (
      SELECT entry.workload ${ENTRIES} ${condition} ORDER BY entry.workload LIMIT 1
    ) AS found ORDER BY found.workload LIMIT 1`;
}

/** Two of all workloads that match. */
const CHOSEN_OF_ALL = `
    first AS MATERIALIZED (${workloadAfter('')}),
    second AS MATERIALIZED (${workloadAfter('AND entry.workload > (SELECT workload FROM first)')}),
    chosen AS MATERIALIZED (SELECT workload FROM first UNION ALL SELECT workload FROM second)`;

/** Two of those named in $4: a probe for each name. */
const CHOSEN_OF_NAMED = `
    chosen AS MATERIALIZED (
      SELECT DISTINCT found.workload
        FROM unnest($4::text[]) AS asked (name) CROSS JOIN probe CROSS JOIN LATERAL (
          SELECT entry.workload ${ENTRIES} AND entry.workload = asked.name LIMIT 1
        ) AS found ORDER BY found.workload LIMIT 2)`;

function matchingVersions(chosen: string): string {
  return `WITH probe AS MATERIALIZED (SELECT digest FROM unnest($2::bytea[]) AS given (digest)), ${chosen}
    SELECT kept.* FROM chosen CROSS JOIN probe CROSS JOIN LATERAL (
        SELECT entry.version ${ENTRIES} AND entry.workload = chosen.workload
         ORDER BY entry.version DESC LIMIT ${VERSIONS_OF_EACH}
      ) AS found
      JOIN reference_values AS kept
        ON kept.tenant = $1 AND kept.workload = chosen.workload AND kept.version = found.version
     ORDER BY kept.created_at DESC, kept.workload, kept.version DESC`;
}

const MATCHING: Statements = {
  all: matchingVersions(CHOSEN_OF_ALL),
  named: matchingVersions(CHOSEN_OF_NAMED),
};

async function readMatching(
  tx: Transaction,
  query: ReferenceLookup,
  digests: readonly Buffer[],
): Promise<readonly ReferenceValue[]> {
  const rows = await readByNames(tx, MATCHING, query, [query.tenant, digests, query.at]);
  const versions = rows.map(readReferenceVersion);
  // The index holds active versions only; what else it might hold must not be believed.
  return versions.filter((version) => version.state === 'active').map(asReferenceValue);
}

/** One question in two forms: of every workload of the tenant, and of those whose names are its last value. */
export interface Statements {
  readonly all: string;
  readonly named: string;
}

/** Asks in the form that the query needs. Names come without repetitions: each is one probe. */
export async function readByNames(
  tx: Transaction,
  { all, named }: Statements,
  { workloads }: ReferenceLookup,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const { rows } =
    workloads === null
      ? await tx.query(all, values)
      : await tx.query(named, [...values, [...new Set(workloads)]]);
  return rows;
}

export function asReferenceValue(stored: ReferenceVersion): ReferenceValue {
  const { workload, version, tee, covers, match, notBefore, notAfter } = stored;
  return { workload, version, tee, covers, match, notBefore, notAfter };
}
