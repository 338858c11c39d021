/** `kill -9` while documents are being renewed: nothing half-written, nothing older, nothing forgotten. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRefresher } from '../../src/endorsements/refresh.js';
import { migrateDatabase } from '../../src/storage/index.js';
import { storesOver } from '../../src/storage/open.js';
import { openPostgres } from '../../src/storage/pg.js';
import type { Stores } from '../../src/verifier/ports.js';
import { administer, makeDatabase, type OwnDatabase } from '../contract/postgres-engine.js';
import { LISTS } from './killed-lists.js';
import { RENEWALS, vendorStub } from './vendor-stub.js';

const PROCESS = fileURLToPath(new URL('./renewing-process.js', import.meta.url));
const START = new Date('2026-11-01T00:00:00Z').getTime();
const DAY = 24 * 3600 * 1000;
const KILLS = 50;
/** More than any process lives through. */
const DAYS_EACH = 1000;

let own: OwnDatabase;
let stores: Stores;
beforeAll(async () => {
  own = await makeDatabase();
  await migrateDatabase(own.url);
  stores = storesOver(openPostgres(own.url));
}, 60_000);
afterAll(async () => {
  await stores.close();
  await own.drop();
});

/** Lives until it has said so many words. Returns what it said. */
async function liveFor(words: number, instant: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [PROCESS, own.url, new Date(instant).toISOString()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('exit', (_, signal) => resolve(signal)),
  );
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === words) child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return said;
}

async function numbers(at: number): Promise<readonly bigint[]> {
  const standings = await stores.refreshes.standing('genuine', LISTS, new Date(at));
  return standings.map(({ current }) => current?.sequence ?? 0n);
}

describe('a process that is killed while it renews', () => {
  test('leaves the store whole, whatever it was at, and the next one goes on', async () => {
    let before = await numbers(START);
    const moments = new Set<string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const at = START + kill * DAYS_EACH * DAY;
      // Each of the first words at least twice, so that the kills come at every step.
      const said = await liveFor(1 + (kill % 25), at);
      moments.add(String(said.at(-1)));
      expect(new Set(said)).toEqual(
        new Set(said.filter((word) => /^(asked|settled|swept|worked)$/.test(word))),
      );
      const after = await numbers(at + DAYS_EACH * DAY);
      expect(after.every((number, index) => number >= (before[index] ?? 0n))).toBe(true);
      before = after;
    }
    expect(moments).toEqual(new Set(['asked', 'settled', 'swept', 'worked']));

    expect(await damageDone()).toEqual({ torn: 0, unfetched: 0 });

    // Whoever is next finishes: leases have run out by its clock, and jobs come back by the database's.
    let now = new Date(START + (KILLS + 1) * DAYS_EACH * DAY);
    const vendor = vendorStub(stores, { now: () => now });
    const day = BigInt(Math.floor(now.getTime() / DAY));
    for (const name of LISTS) vendor.publish(name, day);
    await stores.refreshes.note(
      'genuine',
      LISTS.map((name) => ({ ...name, lastUsedAt: now })),
    );
    const refresher = createRefresher({
      store: stores.refreshes,
      queue: stores.refreshQueue,
      vendors: vendor,
      renewals: RENEWALS,
      anchored: () => new Set(LISTS.map(({ subject }) => `snp-ask\0${subject}`)),
      clock: { now: () => now },
      goesOn: () => true,
      tried: () => {},
      failed: (error) => {
        throw error;
      },
    });
    await refresher.sweep();
    await refresher.work();
    expect(await numbers(now.getTime())).toEqual(LISTS.map(() => day));
    await administer(own.adminUrl, [
      "UPDATE pgboss.job SET started_on = started_on - interval '1 hour' WHERE state = 'active'",
    ]);
    now = new Date(now.getTime() + 1);
    const asked = vendor.asked.length;
    await refresher.sweep();
    await refresher.work();
    // The jobs of the dead come back and find the work done.
    expect(vendor.asked).toHaveLength(asked);
    expect(await stores.refreshQueue.take(100)).toEqual([]);
  }, 300_000);
});

/** Documents whose bytes are not those of their digest; successes without a document. */
async function damageDone(): Promise<{ readonly torn: number; readonly unfetched: number }> {
  const database = openPostgres(own.url);
  try {
    const count = async (text: string) =>
      Number((await database.read({ tenant: null }, text, [])).rows[0]?.n);
    return {
      torn: await count(
        "SELECT count(*)::integer AS n FROM endorsements WHERE encode(sha256(document), 'hex') <> sha256",
      ),
      unfetched: await count(
        `SELECT count(*)::integer AS n FROM endorsement_refreshes AS r WHERE r.last_result = 'kept' AND NOT EXISTS (
           SELECT FROM endorsements AS e
            WHERE (e.realm, e.kind, e.subject) = (r.realm, r.kind, r.subject) AND e.stored_at <= r.fetched_at)`,
      ),
    };
  } finally {
    await database.close();
  }
}
