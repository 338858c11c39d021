/** The machines that a tenant registered as its own. */
import type { PlatformIdentity, PlatformKind, RegisteredPlatform } from '../rats/platform.js';
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

  /** A change that raises the epoch when it was one: `work` returns the machine that it was about. */
  async function change(
    tenant: string,
    work: (tx: Transaction) => Promise<Platform | null>,
    became: (platform: Platform) => RegisteredPlatform | null,
  ): Promise<Platform | null> {
    const result = await database.transaction({ tenant }, async (tx) => {
      await lockEpoch(tx, tenant);
      const done = await work(tx);
      if (done !== null) await recordState(tx, tenant, done, became(done));
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
        (created) => created,
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
    async remove(tenant, id) {
      const removed = await change(
        tenant,
        async (tx) => {
          const text = 'DELETE FROM platforms WHERE tenant = $1 AND id = $2 RETURNING *';
          return firstOf((await tx.query(text, [tenant, id])).rows, readPlatform);
        },
        () => null,
      );
      return removed !== null;
    },
    find: remembered.find,
    async findAsOf(tenant, { kind, value }, epoch) {
      const { rows } = await database.read(
        { tenant, stage: 'appraise' },
        `SELECT label, owner FROM platform_states
          WHERE tenant = $1 AND kind = $2 AND value = $3 AND epoch <= $4 ORDER BY epoch DESC LIMIT 1`,
        [tenant, kind, value, epoch.toString()],
      );
      return firstOf(rows, readRegistered);
    },
    forget: remembered.forget,
  };
}

/** Raises the epoch, and keeps what holds from it on; null: the machine is not in the register. */
async function recordState(
  tx: Transaction,
  tenant: string,
  { kind, value }: PlatformIdentity,
  registered: RegisteredPlatform | null,
): Promise<void> {
  const epoch = await raiseEpoch(tx, tenant);
  await tx.query(
    'INSERT INTO platform_states (tenant, kind, value, epoch, label, owner) VALUES ($1, $2, $3, $4, $5, $6)',
    [tenant, kind, value, epoch.toString(), registered?.label ?? null, registered?.owner ?? null],
  );
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
  return { epoch: bigintOf(row, 'epoch'), platform: readRegistered(row) };
}

function readRegistered(row: Row): RegisteredPlatform | null {
  const label = nullable(textOf, row, 'label');
  return label === null ? null : { label, owner: textOf(row, 'owner') };
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
