/** Versioned appraisal policies. Immutable but for their state; what counts changes only together with the epoch. */
import type {
  ListedPolicyVersion,
  NewPolicyVersion,
  PolicyState,
  PolicyStore,
  PolicySummary,
  PolicyVersion,
} from '../verifier/policy-ports.js';
import { pageOf, readNameCursor, readNumberCursor, requireLimit, writeCursor } from './cursor.js';
import type { Database, Row, Transaction } from './database.js';
import { lockEpoch, raiseEpoch } from './epoch.js';
import { rememberPolicies } from './policy-lookup.js';
import { dateOf, firstOf, integerOf, nullable, objectOf, textOf, wordOf } from './row.js';

const STATES: readonly PolicyState[] = ['draft', 'active', 'retired'];
const LIST = 'policies';

export interface RememberingPolicyStore extends PolicyStore {
  /** For whoever finds that the tenant's epoch has moved. */
  readonly forget: (tenant: string) => void;
}

export function policyStore(database: Database): RememberingPolicyStore {
  const remembered = rememberPolicies(database);

  /** Runs what may change which version counts. */
  async function change<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const changed = await database.transaction({ tenant }, work);
    remembered.forget(tenant);
    return changed;
  }

  return {
    create: (tenant, name, version, now) =>
      change(tenant, async (tx) => {
        if (!(await insertName(tx, tenant, name, now))) return null;
        return insertVersion(tx, { tenant, name, number: 1, version, now });
      }),

    addVersion: (tenant, name, { first, ...version }, now) =>
      change(tenant, async (tx) => {
        if (first > 1) await insertName(tx, tenant, name, now);
        const number = await nextVersion(tx, tenant, name, first);
        return number === null ? null : insertVersion(tx, { tenant, name, number, version, now });
      }),

    activate: (tenant, name, version, now) =>
      change(tenant, async (tx) => {
        // First of all: activations of a tenant take turns, and every issuer's transaction has ended.
        await lockEpoch(tx, tenant);
        const before = await readVersion(tx, tenant, name, version);
        if (before === null) return null;
        if (before.state === 'active') return 'active';
        await retireActive(tx, tenant, name, now);
        await raiseEpoch(tx, tenant);
        return setActive(tx, tenant, name, { version, now });
      }),

    retire: (tenant, name, now) =>
      change(tenant, async (tx) => {
        await lockEpoch(tx, tenant);
        if (!(await retireActive(tx, tenant, name, now))) return false;
        await raiseEpoch(tx, tenant);
        return true;
      }),

    get: (tenant, name) =>
      database.transaction({ tenant }, async (tx) => {
        const { rows } = await tx.query(`${SUMMARIES} WHERE tenant = $1 AND name = $2`, [tenant, name]);
        return firstOf(rows, readSummary);
      }),

    getVersion: async (tenant, name, version) => {
      const { rows } = await database.read({ tenant, stage: 'appraise' }, ONE_VERSION, [
        tenant,
        name,
        version,
      ]);
      return firstOf(rows, readPolicyVersion);
    },

    list: (tenant, page, shipped) =>
      database.transaction({ tenant }, async (tx) => {
        requireLimit(page);
        const after = page.cursor === null ? '' : readNameCursor(LIST, page.cursor);
        const { rows } = await tx.query(
          `${SUMMARIES} WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3`,
          [tenant, after, page.limit + 1],
        );
        const own = rows.map(readSummary);
        const named = new Set(own.map(({ name }) => name));
        const others = shipped.filter(({ name }) => name > after && !named.has(name));
        const all = [...own, ...others].sort((one, other) => (one.name < other.name ? -1 : 1));
        return pageOf(all.slice(0, page.limit + 1), page.limit, ({ name }) => writeCursor(LIST, [name]));
      }),

    listVersions: (tenant, name, page, shipped) =>
      database.transaction({ tenant }, async (tx) => {
        requireLimit(page);
        const list = `policy_versions ${name}`;
        const below = page.cursor === null ? null : readNumberCursor(list, page.cursor);
        const { rows } = await tx.query(
          // A document may have hundreds of kilobytes, and a list shows none.
          `SELECT policy, version, state, digest, created_at FROM policy_versions
            WHERE tenant = $1 AND policy = $2
              AND ($3::integer IS NULL OR version < $3) ORDER BY version DESC LIMIT $4`,
          [tenant, name, below, page.limit + 1],
        );
        const own = rows.map(readListedVersion);
        const numbers = new Set(own.map(({ version }) => version));
        const others = shipped.filter(
          ({ version }) => (below === null || version < below) && !numbers.has(version),
        );
        const all = [...own, ...others].sort((one, other) => other.version - one.version);
        return pageOf(all.slice(0, page.limit + 1), page.limit, ({ version }) =>
          writeCursor(list, [String(version)]),
        );
      }),

    find: remembered.find,
    forget: remembered.forget,
  };
}

const SUMMARIES = `SELECT name, created_at,
    (SELECT version FROM policy_versions AS one
      WHERE one.tenant = policies.tenant AND one.policy = policies.name AND one.state = 'active') AS active,
    (SELECT max(version) FROM policy_versions AS one
      WHERE one.tenant = policies.tenant AND one.policy = policies.name) AS latest
  FROM policies`;

const ONE_VERSION = 'SELECT * FROM policy_versions WHERE tenant = $1 AND policy = $2 AND version = $3';

async function readVersion(
  tx: Transaction,
  tenant: string,
  name: string,
  version: number,
): Promise<PolicyVersion | null> {
  const { rows } = await tx.query(ONE_VERSION, [tenant, name, version]);
  return firstOf(rows, readPolicyVersion);
}

/** False when the name was there. */
async function insertName(tx: Transaction, tenant: string, name: string, now: Date): Promise<boolean> {
  const { count } = await tx.query(
    'INSERT INTO policies (tenant, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [tenant, name, now],
  );
  return count > 0;
}

/** Null when there is no such name. Its row is locked: versions are numbered in turn. */
async function nextVersion(
  tx: Transaction,
  tenant: string,
  name: string,
  first: number,
): Promise<number | null> {
  const locked = await tx.query('SELECT FROM policies WHERE tenant = $1 AND name = $2 FOR UPDATE', [
    tenant,
    name,
  ]);
  if (locked.count === 0) return null;
  const { rows } = await tx.query(
    `SELECT greatest(coalesce(max(version), 0) + 1, $3::integer) AS next
       FROM policy_versions WHERE tenant = $1 AND policy = $2`,
    [tenant, name, first],
  );
  return firstOf(rows, (row) => integerOf(row, 'next'));
}

interface Insertion {
  readonly tenant: string;
  readonly name: string;
  readonly number: number;
  readonly version: NewPolicyVersion;
  readonly now: Date;
}

async function insertVersion(tx: Transaction, insertion: Insertion): Promise<PolicyVersion> {
  const { tenant, name, number, version, now } = insertion;
  const { document, digest } = version.compose(number);
  if (version.activate) {
    await lockEpoch(tx, tenant);
    await retireActive(tx, tenant, name, now);
    await raiseEpoch(tx, tenant);
  }
  const { rows } = await tx.query(
    `INSERT INTO policy_versions (tenant, policy, version, state, document, digest, created_at, changed_at)
     VALUES ($1, $2, $3, $4, $5::json, $6, $7, $7) RETURNING *`,
    [tenant, name, number, version.activate ? 'active' : 'draft', JSON.stringify(document), digest, now],
  );
  const inserted = firstOf(rows, readPolicyVersion);
  if (inserted === null) throw new Error('INSERT ... RETURNING returned no row');
  return inserted;
}

async function retireActive(tx: Transaction, tenant: string, name: string, now: Date): Promise<boolean> {
  const { count } = await tx.query(
    `UPDATE policy_versions SET state = 'retired', changed_at = $3
      WHERE tenant = $1 AND policy = $2 AND state = 'active'`,
    [tenant, name, now],
  );
  return count > 0;
}

async function setActive(
  tx: Transaction,
  tenant: string,
  name: string,
  { version, now }: { readonly version: number; readonly now: Date },
): Promise<PolicyVersion | null> {
  const { rows } = await tx.query(
    `UPDATE policy_versions SET state = 'active', changed_at = $4
      WHERE tenant = $1 AND policy = $2 AND version = $3 RETURNING *`,
    [tenant, name, version, now],
  );
  return firstOf(rows, readPolicyVersion);
}

function readSummary(row: Row): PolicySummary {
  return {
    name: textOf(row, 'name'),
    active: nullable(integerOf, row, 'active'),
    latest: integerOf(row, 'latest'),
    createdAt: dateOf(row, 'created_at'),
  };
}

function readPolicyVersion(row: Row): PolicyVersion {
  return { ...readListedVersion(row), document: objectOf(row, 'document') };
}

function readListedVersion(row: Row): ListedPolicyVersion {
  return {
    name: textOf(row, 'policy'),
    version: integerOf(row, 'version'),
    state: wordOf(row, 'state', STATES),
    digest: textOf(row, 'digest'),
    createdAt: dateOf(row, 'created_at'),
  };
}
