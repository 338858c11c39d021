/**
 * Finds the reference versions that evidence matches. Its cost follows the number of field sets in use (at most
 * 32 for SNP) and the names asked for, not the number of workloads or versions: a thousand workloads may share
 * one firmware measurement, and two of them are as good as all to say that the answer is ambiguous.
 */
import type { ReferenceValue } from '../rats/reference-value.js';
import type { ReferenceFinding, ReferenceLookup, ReferenceVersion } from '../verifier/ports.js';
import type { Transaction } from './database.js';
import { readEpoch } from './epoch.js';
import { evidenceDigest } from './match-digest.js';
import { readReferenceVersion } from './reference-row.js';
import { textOf } from './row.js';

const VERSIONS_OF_EACH = 4;
const NEAREST = 8;

export async function lookUp(tx: Transaction, query: ReferenceLookup): Promise<ReferenceFinding> {
  // Before the candidates: a change in between leaves an old epoch here, and the commit asks for another turn.
  const epoch = (await readEpoch(tx, query.tenant)) ?? 0n;
  const digests = await digestsOf(tx, query);
  const matching = digests.length === 0 ? [] : await readMatching(tx, query, digests);
  const nearest = matching.length > 0 ? [] : await readNearest(tx, query);
  return { epoch, matching, nearest };
}

/** One digest for each field set in use whose fields the evidence has. */
async function digestsOf(tx: Transaction, query: ReferenceLookup): Promise<readonly Buffer[]> {
  const { rows } = await tx.query(
    'SELECT fields FROM reference_field_sets WHERE tenant = $1 AND tee = $2 ORDER BY fields',
    [query.tenant, query.tee],
  );
  return rows.flatMap((row) => {
    const digest = evidenceDigest(query.tee, textOf(row, 'fields'), query.fields);
    return digest === null ? [] : [Buffer.from(digest)];
  });
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

const MATCHING = matchingVersions(CHOSEN_OF_ALL);
const MATCHING_NAMED = matchingVersions(CHOSEN_OF_NAMED);

async function readMatching(
  tx: Transaction,
  query: ReferenceLookup,
  digests: readonly Buffer[],
): Promise<readonly ReferenceValue[]> {
  const names = namesOf(query);
  const values = [query.tenant, digests, query.at];
  const { rows } =
    names === null ? await tx.query(MATCHING, values) : await tx.query(MATCHING_NAMED, [...values, names]);
  const versions = rows.map(readReferenceVersion);
  // The index holds active versions only; what else it might hold must not be believed.
  return versions.filter((version) => version.state === 'active').map(asReferenceValue);
}

/** For explanations: active versions, whether or not their window is open. */
async function readNearest(tx: Transaction, query: ReferenceLookup): Promise<readonly ReferenceValue[]> {
  const names = namesOf(query);
  const { rows } =
    names === null
      ? await tx.query(
          `SELECT * FROM reference_values WHERE tenant = $1 AND tee = $2 AND state = 'active'
            ORDER BY created_at DESC LIMIT ${NEAREST}`,
          [query.tenant, query.tee],
        )
      : await tx.query(
          `SELECT kept.* FROM unnest($3::text[]) AS asked (name) CROSS JOIN LATERAL (
              SELECT * FROM reference_values AS one
               WHERE one.tenant = $1 AND one.tee = $2 AND one.workload = asked.name AND one.state = 'active'
               ORDER BY one.created_at DESC LIMIT ${NEAREST}
            ) AS kept
            ORDER BY kept.created_at DESC, kept.workload, kept.version DESC LIMIT ${NEAREST}`,
          [query.tenant, query.tee, names],
        );
  return rows.map(readReferenceVersion).map(asReferenceValue);
}

/** A copy without repetitions: each name is one probe. */
function namesOf(query: ReferenceLookup): readonly string[] | null {
  return query.workloads === null ? null : [...new Set(query.workloads)];
}

function asReferenceValue(stored: ReferenceVersion): ReferenceValue {
  const { workload, version, tee, covers, match, notBefore, notAfter } = stored;
  return { workload, version, tee, covers, match, notBefore, notAfter };
}
