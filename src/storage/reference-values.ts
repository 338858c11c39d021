/** Versioned reference values. Immutable but for their state; each change of it raises the tenant's epoch. */
import type {
  NewReferenceVersion,
  ReferenceState,
  ReferenceValueStore,
  ReferenceVersion,
} from '../verifier/reference-ports.js';
import { pageOf, readNumberCursor, requireLimit, writeCursor } from './cursor.js';
import type { Database, Row, Transaction } from './database.js';
import { lockEpoch, raiseEpoch } from './epoch.js';
import { matchDigests } from './match-digest.js';
import { pastReferences } from './past-references.js';
import { indexVersion, unindexVersion } from './reference-index.js';
import { lookUp } from './reference-lookup.js';
import { findNeighbours, recordTraits } from './reference-neighbours.js';
import { readReferenceVersion } from './reference-row.js';
import { recordState } from './reference-states.js';
import { rememberReferences } from './remembered-references.js';
import { firstOf, integerOf } from './row.js';

/** From which states a version may pass to another. */
const ALLOWED_FROM: Readonly<Record<Exclude<ReferenceState, 'draft'>, readonly ReferenceState[]>> = {
  active: ['draft'],
  retired: ['active'],
  revoked: ['draft', 'active', 'retired'],
};

export interface ReferenceStore extends ReferenceValueStore {
  /** For whoever finds that the tenant's epoch has moved. */
  readonly forget: (tenant: string) => void;
}

export function referenceValueStore(database: Database): ReferenceStore {
  const remembered = rememberReferences((query) =>
    database.transaction({ tenant: query.tenant, stage: 'appraise' }, (tx) => lookUp(tx, query)),
  );
  return {
    async create(tenant, workload, value, now) {
      // Refuses a match that is too broad, before anything is locked.
      matchDigests(value.tee, value.match);
      const created = await database.transaction({ tenant }, async (tx) => {
        const version = await nextVersion(tx, tenant, workload);
        if (version === null) return null;
        const row = await insertVersion(tx, { tenant, workload, version, value, now });
        await recordTraits(tx, tenant, { workload, version, ...value, createdAt: now });
        if (value.activate) {
          await lockEpoch(tx, tenant);
          await indexVersion(tx, tenant, { workload, version, ...value });
          const epoch = await raiseEpoch(tx, tenant);
          const begun = { epoch, state: 'active', changedAt: now, reason: null } as const;
          await recordState(tx, tenant, { workload, version }, begun);
        }
        return readReferenceVersion(row);
      });
      remembered.forget(tenant);
      return created;
    },

    get: (tenant, workload, version) =>
      database.transaction({ tenant }, (tx) => readVersion(tx, tenant, workload, version)),

    list: (tenant, workload, page) =>
      database.transaction({ tenant }, async (tx) => {
        requireLimit(page);
        const list = `reference_values ${workload}`;
        const below = page.cursor === null ? null : readNumberCursor(list, page.cursor);
        const { rows } = await tx.query(
          `SELECT * FROM reference_values WHERE tenant = $1 AND workload = $2
              AND ($3::integer IS NULL OR version < $3) ORDER BY version DESC LIMIT $4`,
          [tenant, workload, below, page.limit + 1],
        );
        return pageOf(rows.map(readReferenceVersion), page.limit, (last) =>
          writeCursor(list, [String(last.version)]),
        );
      }),

    async transition(tenant, workload, version, to, reason, now) {
      const changed = await database.transaction({ tenant }, async (tx) => {
        // First of all: transitions of a tenant take turns, and every issuer's transaction has ended.
        await lockEpoch(tx, tenant);
        const before = await readVersion(tx, tenant, workload, version);
        if (before === null) return null;
        if (!ALLOWED_FROM[to].includes(before.state)) return { conflict: before.state };
        if (before.state === 'active') await unindexVersion(tx, tenant, before);
        if (to === 'active') await indexVersion(tx, tenant, before);
        const epoch = await raiseEpoch(tx, tenant);
        await recordState(tx, tenant, before, { epoch, state: to, changedAt: now, reason });
        const { rows } = await tx.query(
          `UPDATE reference_values SET state = $4, reason = $5, changed_at = $6
            WHERE tenant = $1 AND workload = $2 AND version = $3 RETURNING *`,
          [tenant, workload, version, to, reason, now],
        );
        return firstOf(rows, readReferenceVersion);
      });
      remembered.forget(tenant);
      return changed;
    },

    lookup: remembered.lookup,

    asOf: (moment) => pastReferences(database, moment),

    neighbours: (query) =>
      database.transaction({ tenant: query.tenant, stage: 'appraise' }, (tx) => findNeighbours(tx, query)),

    forget: remembered.forget,
  };
}

/** Null when the workload does not exist. The workload's row is locked: versions are numbered in turn. */
async function nextVersion(tx: Transaction, tenant: string, workload: string): Promise<number | null> {
  const locked = await tx.query('SELECT FROM workloads WHERE tenant = $1 AND name = $2 FOR UPDATE', [
    tenant,
    workload,
  ]);
  if (locked.count === 0) return null;
  const { rows } = await tx.query(
    'SELECT coalesce(max(version), 0) + 1 AS next FROM reference_values WHERE tenant = $1 AND workload = $2',
    [tenant, workload],
  );
  return firstOf(rows, (row) => integerOf(row, 'next'));
}

interface Insertion {
  readonly tenant: string;
  readonly workload: string;
  readonly version: number;
  readonly value: NewReferenceVersion;
  readonly now: Date;
}

async function insertVersion(tx: Transaction, insertion: Insertion): Promise<Row> {
  const { tenant, workload, version, value, now } = insertion;
  const { rows } = await tx.query(
    `INSERT INTO reference_values
       (tenant, workload, version, state, tee, covers, match, not_before, not_after, provenance, labels,
        created_at, changed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7::json, $8, $9, $10::json, $11::json, $12, $12) RETURNING *`,
    [
      tenant,
      workload,
      version,
      value.activate ? 'active' : 'draft',
      value.tee,
      value.covers,
      JSON.stringify(value.match),
      value.notBefore,
      value.notAfter,
      value.provenance === null ? null : JSON.stringify(value.provenance),
      value.labels === null ? null : JSON.stringify(value.labels),
      now,
    ],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('INSERT ... RETURNING returned no row');
  return row;
}

async function readVersion(
  tx: Transaction,
  tenant: string,
  workload: string,
  version: number,
): Promise<ReferenceVersion | null> {
  const { rows } = await tx.query(
    'SELECT * FROM reference_values WHERE tenant = $1 AND workload = $2 AND version = $3',
    [tenant, workload, version],
  );
  return firstOf(rows, readReferenceVersion);
}
