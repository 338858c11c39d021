/** A database that goes away: always "undecided", never a yes, and never a fault. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { RefusalError } from '../../src/rats/refusal.js';
import { migrateDatabase, openStores } from '../../src/storage/index.js';
import { openPostgres } from '../../src/storage/pg.js';
import type { Stores } from '../../src/verifier/ports.js';
import { administer, makeDatabase, type OwnDatabase } from './postgres-engine.js';
import { makeTenant, NOW, sampleCommit } from './samples.js';
import { tapWire, type Wire } from './wire.js';

describe('outages on PostgreSQL', () => {
  let own: OwnDatabase;
  let wire: Wire;
  let direct: Stores;
  let stores: Stores;
  let tenant = '';

  beforeAll(async () => {
    own = await makeDatabase();
    await migrateDatabase(own.url);
    direct = await openStores(own.url);
    tenant = await makeTenant(direct);
  });
  beforeEach(async () => {
    wire = await tapWire(own.url);
    stores = await openStores(wire.url);
  });
  afterEach(async () => {
    await stores.close();
    await wire.close();
  });
  afterAll(async () => {
    await direct.close();
    await own.drop();
  });

  test('an answer to COMMIT that never comes is no yes, though the decision is there', async () => {
    const entry = sampleCommit(tenant);
    // With the zero byte that ends a simple query: READ COMMITTED begins with the same letters.
    wire.cutAfterAnswerTo('COMMIT\0');
    await expectUnavailable(stores.decisions.commit(entry));
    expect(wire.cuts()).toBe(1);
    // What the caller cannot know: it was committed. Its challenge is spent, and no token left.
    expect(await direct.decisions.get(tenant, entry.decision.id)).not.toBeNull();
    expect(await stores.decisions.commit(sampleCommit(tenant, { spend: entry.spend }))).toBe('replayed');
  });

  test('a connection lost before COMMIT leaves nothing, and the next attempt gets a new one', async () => {
    const entry = sampleCommit(tenant);
    wire.cutAfterAnswerTo('INSERT INTO tokens');
    await expectUnavailable(stores.decisions.commit(entry));
    expect(await direct.decisions.get(tenant, entry.decision.id)).toBeNull();
    expect(await stores.decisions.commit(entry)).toBe('committed');
  });

  test('a connection that is reset while a transaction holds it is an outage, and nothing worse', async () => {
    const database = openPostgres(wire.url);
    // Reset between two statements the connection reports twice, and nobody awaits an answer.
    const transaction = database.transaction({ tenant: null }, async (tx) => {
      wire.reset();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await tx.query('SELECT 1');
    });
    await expectUnavailable(transaction);
    const { rows } = await database.transaction({ tenant: null }, (tx) => tx.query('SELECT 1 AS one'));
    expect(rows).toEqual([{ one: 1 }]);
    await database.close();
  });

  test('connections that the server ended are replaced or reported as an outage', async () => {
    await stores.databaseNow();
    const login = new URL(own.url).username;
    await administer(own.adminUrl, [
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${login}'`,
    ]);
    const outcome = await stores.databaseNow().then(
      () => 'answered',
      (error: unknown) => error,
    );
    if (outcome !== 'answered') await expectUnavailable(Promise.reject(outcome));
    expect(await stores.databaseNow()).toBeInstanceOf(Date);
  });

  test('a connection that has lost the statements that are kept on it is not used again', async () => {
    const database = openPostgres(own.url);
    const statement = { name: 'assay-one', text: 'SELECT 1 AS one', values: [] };
    const ask = () => database.batch({ tenant: null }, [statement]);
    await ask();
    await database.transaction({ tenant: null }, (tx) => tx.query('DEALLOCATE ALL'));
    await expectUnavailable(ask());
    expect(await ask()).toMatchObject([{ rows: [{ one: 1 }] }]);
    await database.close();
  });

  test('a server that is gone is an outage for every store, and its return is noticed', async () => {
    await wire.interrupt();
    const nonce = new Uint8Array(32);
    await expectUnavailable(stores.databaseNow());
    await expectUnavailable(stores.decisions.isSpent(tenant, nonce));
    await expectUnavailable(stores.decisions.commit(sampleCommit(tenant)));
    await expectUnavailable(stores.audiences.get(tenant, 'vault-prod'));
    await expectUnavailable(
      stores.endorsements.find('genuine', [{ kind: 'snp-vek', subject: 'x' }], { at: NOW, tense: 'now' }),
    );
    await wire.restore();
    expect(await stores.decisions.isSpent(tenant, nonce)).toBe(false);
  });

  test('a table that another transaction keeps locked is an outage, not a wait without end', async () => {
    const entry = sampleCommit(tenant);
    const held = administer(own.adminUrl, ['BEGIN; LOCK TABLE tokens; SELECT pg_sleep(7)', 'ROLLBACK']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await expectUnavailable(stores.decisions.commit(entry));
    await held;
    expect(await stores.decisions.commit(entry)).toBe('committed');
  }, 60_000);
});

async function expectUnavailable(promise: Promise<unknown>): Promise<void> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RefusalError);
  if (!(error instanceof RefusalError)) return;
  expect(error.refusal.code).toBe('database_unavailable');
  expect(error.refusal.retryAfter).toBeGreaterThan(0);
}
