/** The look-up index of active reference versions. Every change here happens under the tenant's epoch lock. */
import type { NewReferenceVersion, ReferenceVersion } from '../verifier/reference-ports.js';
import type { Transaction } from './database.js';
import { fieldSetOf, matchDigests } from './match-digest.js';

type Indexed = Pick<ReferenceVersion, 'workload' | 'version'> &
  Pick<NewReferenceVersion, 'tee' | 'match' | 'notBefore' | 'notAfter'>;

/** Makes an active version findable. */
export async function indexVersion(tx: Transaction, tenant: string, version: Indexed): Promise<void> {
  const fields = fieldSetOf(version.match);
  const digests = matchDigests(version.tee, version.match);
  await tx.query(
    `INSERT INTO reference_value_index
       (tenant, tee, digest, workload, version, fields, not_before, not_after)
     SELECT $1, $2, combination.digest, $4, $5, $6, $7, $8 FROM unnest($3::bytea[]) AS combination (digest)`,
    [
      tenant,
      version.tee,
      digests.map((digest) => Buffer.from(digest)),
      version.workload,
      version.version,
      fields,
      version.notBefore,
      version.notAfter,
    ],
  );
  await tx.query(
    'INSERT INTO reference_field_sets (tenant, tee, fields) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [tenant, version.tee, fields],
  );
}

/** Takes a version out, and its field set too when it was the last to use it. */
export async function unindexVersion(tx: Transaction, tenant: string, version: Indexed): Promise<void> {
  const digests = matchDigests(version.tee, version.match).map((digest) => Buffer.from(digest));
  await tx.query(
    `DELETE FROM reference_value_index AS entry USING unnest($2::bytea[]) AS combination (digest)
      WHERE entry.tenant = $1 AND entry.digest = combination.digest AND entry.workload = $3 AND entry.version = $4`,
    [tenant, digests, version.workload, version.version],
  );
  await tx.query(
    `DELETE FROM reference_field_sets AS used
      WHERE used.tenant = $1 AND used.tee = $2 AND used.fields = $3 AND NOT EXISTS (
        SELECT FROM reference_value_index AS entry
         WHERE entry.tenant = used.tenant AND entry.tee = used.tee AND entry.fields = used.fields)`,
    [tenant, version.tee, fieldSetOf(version.match)],
  );
}
