/**
 * Reference versions as they stood when a decision was made: what was active then counts, whatever has become of it, and
 * what came later does not exist. Nothing is remembered, and the cost of a look-up grows with the versions that share the
 * evidence's measurements: this is for decisions that somebody looks into, not for tokens.
 */
import type {
  PastMoment,
  ReferenceFinding,
  ReferenceLookup,
  ReferenceSource,
} from '../verifier/reference-ports.js';
import type { Database, Transaction } from './database.js';
import { asReferenceValue, digestsOf, VERSIONS_OF_EACH } from './reference-lookup.js';
import { findAlike, readTraitSets } from './reference-neighbours.js';
import { readReferenceVersion } from './reference-row.js';
import { readStandings, stateAsOf } from './reference-states.js';

export function pastReferences(database: Database, moment: PastMoment): ReferenceSource {
  return {
    lookup: (query) =>
      database.transaction({ tenant: query.tenant, stage: 'appraise' }, (tx) =>
        lookUpPast(tx, query, moment),
      ),

    neighbours: (query) =>
      database.transaction({ tenant: query.tenant, stage: 'appraise' }, async (tx) => {
        const versions = await findAlike(tx, query, moment.recordedAt);
        const standingOf = await readStandings(tx, query.tenant, moment.epoch, versions);
        return versions.flatMap((version) => {
          const standing = standingOf(version);
          return standing === null ? [] : [{ value: asReferenceValue(version), standing }];
        });
      }),
  };
}

/** As the index of active versions answers: of two workloads, a few versions of each, newest first. */
const MATCHING = `
  WITH stood AS MATERIALIZED (
    SELECT trait.digest, version.workload, version.version
      FROM reference_value_traits AS trait
      JOIN reference_values AS version
        ON version.tenant = trait.tenant AND version.workload = trait.workload AND version.version = trait.version
     CROSS JOIN LATERAL (${stateAsOf('$4::bigint')}) AS past
     WHERE trait.tenant = $1 AND trait.digest = ANY ($2::bytea[]) AND trait.whole AND past.state = 'active'
       AND (version.not_before IS NULL OR version.not_before <= $3::timestamptz)
       AND (version.not_after IS NULL OR $3::timestamptz <= version.not_after)
       AND ($5::text[] IS NULL OR version.workload = ANY ($5::text[]))
  ), chosen AS (
    SELECT DISTINCT workload FROM stood ORDER BY workload LIMIT 2
  ), numbered AS (
    SELECT stood.workload, stood.version,
           row_number() OVER (PARTITION BY stood.digest, stood.workload ORDER BY stood.version DESC) AS place
      FROM stood JOIN chosen ON chosen.workload = stood.workload
  )
  SELECT kept.* FROM numbered JOIN reference_values AS kept
      ON kept.tenant = $1 AND kept.workload = numbered.workload AND kept.version = numbered.version
   WHERE numbered.place <= ${VERSIONS_OF_EACH}
   ORDER BY kept.created_at DESC, kept.workload, kept.version DESC`;

async function lookUpPast(
  tx: Transaction,
  query: ReferenceLookup,
  { epoch }: PastMoment,
): Promise<ReferenceFinding> {
  const digests = digestsOf(query, await readTraitSets(tx, query));
  const { rows } = await tx.query(MATCHING, [
    query.tenant,
    digests,
    query.at,
    epoch.toString(),
    query.workloads,
  ]);
  return { epoch, matching: rows.map(readReferenceVersion).map(asReferenceValue) };
}
