/** The states that reference versions have had, by the epoch that began each. */
import type { Standing } from '../rats/reference-value.js';
import type { ReferenceState, ReferenceVersion } from '../verifier/reference-ports.js';
import type { Row, Transaction } from './database.js';
import { booleanOf, dateOf, integerOf, nullable, textOf, wordOf } from './row.js';

type Versioned = Pick<ReferenceVersion, 'workload' | 'version'>;

export interface BegunState {
  readonly state: Exclude<ReferenceState, 'draft'>;
  readonly changedAt: Date;
  readonly reason: string | null;
}

const BEGUN = ['active', 'retired', 'revoked'] as const;

/** In the transaction that raised the epoch. */
export async function recordState(
  tx: Transaction,
  tenant: string,
  { workload, version }: Versioned,
  { epoch, state, changedAt, reason }: BegunState & { readonly epoch: bigint },
): Promise<void> {
  await tx.query(
    `INSERT INTO reference_value_states (tenant, workload, version, epoch, state, changed_at, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [tenant, workload, version, epoch.toString(), state, changedAt, reason],
  );
}

/** The state that a version of the row `version` was in at the epoch `$n`; no row: it was a draft. */
export function stateAsOf(epoch: string): string {
  return `SELECT past.state, past.changed_at, past.reason FROM reference_value_states AS past
     WHERE past.tenant = version.tenant AND past.workload = version.workload AND past.version = version.version
       AND past.epoch <= ${epoch}
     ORDER BY past.epoch DESC LIMIT 1`;
}

/** What had become of each of the versions at the epoch; null: it is one that was born active after it. */
export async function readStandings(
  tx: Transaction,
  tenant: string,
  epoch: bigint,
  versions: readonly Versioned[],
): Promise<(version: Versioned) => Standing | null> {
  const { rows } = await tx.query(
    `SELECT version.workload, version.version, stood.*, EXISTS (
         SELECT FROM reference_value_states AS birth
          WHERE birth.tenant = version.tenant AND birth.workload = version.workload AND birth.version = version.version
            AND birth.state = 'active' AND birth.changed_at = version.created_at AND birth.epoch > $4::bigint
       ) AS unborn FROM unnest($2::text[], $3::integer[]) AS asked (workload, version)
       JOIN reference_values AS version
         ON version.tenant = $1 AND version.workload = asked.workload AND version.version = asked.version
       LEFT JOIN LATERAL (${stateAsOf('$4::bigint')}) AS stood ON true`,
    [
      tenant,
      versions.map(({ workload }) => workload),
      versions.map(({ version }) => version),
      epoch.toString(),
    ],
  );
  const standings = new Map(rows.map((row) => [keyOf(readVersioned(row)), readStanding(row)]));
  return (version) => standings.get(keyOf(version)) ?? null;
}

function readVersioned(row: Row): Versioned {
  return { workload: textOf(row, 'workload'), version: integerOf(row, 'version') };
}

function keyOf({ workload, version }: Versioned): string {
  return `${version} ${workload}`;
}

function readStanding(row: Row): Standing | null {
  if (booleanOf(row, 'unborn')) return null;
  const state = nullable((of, column) => wordOf(of, column, BEGUN), row, 'state');
  if (state === null) return { state: 'draft' };
  const since = dateOf(row, 'changed_at');
  if (state === 'revoked') return { state, since, reason: nullable(textOf, row, 'reason') };
  return state === 'retired' ? { state, since } : { state };
}
