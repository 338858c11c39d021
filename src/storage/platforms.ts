/** The machines that a tenant registered as its own. */
import type { PlatformIdentity, PlatformKind } from '../rats/platform.js';
import type { Platform, PlatformAnswer, PlatformStore } from '../verifier/policy-ports.js';
import { pageByTime, type TimedList } from './cursor.js';
import type { Database, Row, Transaction } from './database.js';
import { lockEpoch, raiseEpoch } from './epoch.js';
import { rememberByEpoch } from './epoch-memory.js';
import { bigintOf, dateOf, firstOf, nullable, textOf, wordOf } from './row.js';

const KINDS: readonly PlatformKind[] = ['snp-chip-id', 'snp-csp-id', 'tdx-platform-instance'];

const NEWEST: TimedList<Platform> = {
  table: 'platforms',
  created: 'created_at',
  key: 'id',
  read: readPlatform,
  position: (platform) => [platform.createdAt, platform.id],
};

/** Of all tenants: some ten thousand machines that attest again and again. */
const LIMITS = { entries: 32_768, bytes: 8 * 1024 * 1024 };
const WORDS = 64;

export interface RememberingPlatformStore extends PlatformStore {
  /** For whoever finds that the tenant's epoch has moved. */
  readonly forget: (tenant: string) => void;
}

export function platformStore(database: Database): RememberingPlatformStore {
  const remembered = rememberByEpoch<PlatformIdentity, PlatformAnswer>({
    ask: (tenant, identity) => askForPlatform(database, tenant, identity),
    keyOf: ({ kind, value }) => `${kind} ${value}`,
    lasts: () => true,
    sizeOf: ({ platform }) => WORDS + (platform?.label.length ?? 0) + (platform?.owner.length ?? 0),
    limits: LIMITS,
  });

  /** A change that raises the epoch when it was one. */
  async function change<T>(
    tenant: string,
    work: (tx: Transaction) => Promise<T>,
    changed: (result: T) => boolean,
  ): Promise<T> {
    const result = await database.transaction({ tenant }, async (tx) => {
      await lockEpoch(tx, tenant);
      const done = await work(tx);
      if (changed(done)) await raiseEpoch(tx, tenant);
      return done;
    });
    remembered.forget(tenant);
    return result;
  }

  return {
    create: (tenant, platform) =>
      change(
        tenant,
        async (tx) => {
          const { id, kind, value, label, owner, createdAt } = platform;
          const { rows } = await tx.query(
            `INSERT INTO platforms (tenant, id, kind, value, label, owner, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING *`,
            [tenant, id, kind, value, label, owner, createdAt],
          );
          return firstOf(rows, readPlatform);
        },
        (created) => created !== null,
      ),
    get: (tenant, id) =>
      database.transaction({ tenant }, async (tx) => {
        const { rows } = await tx.query('SELECT * FROM platforms WHERE tenant = $1 AND id = $2', [
          tenant,
          id,
        ]);
        return firstOf(rows, readPlatform);
      }),
    list: (tenant, page) => database.transaction({ tenant }, (tx) => pageByTime(tx, NEWEST, tenant, page)),
    remove: (tenant, id) =>
      change(
        tenant,
        async (tx) =>
          (await tx.query('DELETE FROM platforms WHERE tenant = $1 AND id = $2', [tenant, id])).count > 0,
        (removed) => removed,
      ),
    find: remembered.find,
    forget: remembered.forget,
  };
}

async function askForPlatform(
  database: Database,
  tenant: string,
  { kind, value }: PlatformIdentity,
): Promise<PlatformAnswer> {
  const { rows } = await database.read(
    { tenant, stage: 'appraise' },
    `SELECT tenants.epoch, platforms.label, platforms.owner
       FROM tenants LEFT JOIN platforms
         ON platforms.tenant = tenants.tenant AND platforms.kind = $2 AND platforms.value = $3
      WHERE tenants.tenant = $1`,
    [tenant, kind, value],
  );
  return firstOf(rows, readAnswer) ?? { epoch: 0n, platform: null };
}

function readAnswer(row: Row): PlatformAnswer {
  const label = nullable(textOf, row, 'label');
  const platform = label === null ? null : { label, owner: textOf(row, 'owner') };
  return { epoch: bigintOf(row, 'epoch'), platform };
}

function readPlatform(row: Row): Platform {
  return {
    id: textOf(row, 'id'),
    kind: wordOf(row, 'kind', KINDS),
    value: textOf(row, 'value'),
    label: textOf(row, 'label'),
    owner: textOf(row, 'owner'),
    createdAt: dateOf(row, 'created_at'),
  };
}
