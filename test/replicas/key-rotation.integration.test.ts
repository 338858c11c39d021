import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadVendor, type SimulatedAmd } from '../../src/simulator/index.js';
import { KEPT, NOTICE } from '../../src/token/key-life.js';
import { type CachingClient, cachingClient } from './caching-client.js';
import { createDatabase, type TestDatabase } from './database.js';
import { create, type Door, get, randomMeasurement, registerWorkload } from './guest.js';
import { raceEmergency } from './key-emergency.js';
import { dataDirectory, freePort, keepSimulatedVendors, type Replica, startReplica } from './replica.js';
import { kidOf, startLoad } from './steady-load.js';

const DAY = 86_400;
const HOUR = 3600;
/** Seconds for which caches between a client and the service may show the JWKS that they have. */
const SHARED = 300;
const ALGS = ['ES256', 'RS256'] as const;
type Alg = (typeof ALGS)[number];
const AUDIENCES = { ES256: 'cached', RS256: 'cached-rsa' } as const satisfies Record<Alg, string>;
/** Seconds that are left of a wait when the test stops moving the clock: the replicas do the rest by their own. */
const REST = 10;

/** Of all at once; results in their order. */
const each = <T, R>(all: readonly T[], act: (one: T, index: number) => Promise<R>): Promise<readonly R[]> =>
  Promise.all(all.map(act));

describe('signing keys of two operating-system processes on one PostgreSQL', () => {
  const data = dataDirectory();
  const measurement = randomMeasurement();
  let database: TestDatabase;
  let replicas: readonly [Replica, Replica];
  let doors: readonly [Door, Door];
  let vendor: SimulatedAmd;

  beforeAll(async () => {
    await keepSimulatedVendors(data.path);
    database = await createDatabase();
    const ports = [await freePort(), await freePort()] as const;
    const issuer = `http://127.0.0.1:${ports[0]}`;
    const start = (port: number): Promise<Replica> =>
      startReplica(
        { ASSAY_DATABASE_URL: database.url, ASSAY_DATA_DIR: data.path, ASSAY_ISSUER: issuer },
        port,
      );
    replicas = await Promise.all([start(ports[0]), start(ports[1])]);
    const door = ({ url }: Replica): Door => ({
      at: `${url}/simulated`,
      issuer: `${issuer}/simulated`,
      key: data.key(),
    });
    doors = [door(replicas[0]), door(replicas[1])];
    vendor = await loadVendor(join(data.path, 'simulated'));
    await registerWorkload(doors[0], { workload: 'llm', audience: AUDIENCES.ES256, measurement });
    const other = { name: AUDIENCES.RS256, alg: 'RS256', workloads: ['llm'], key_binding: 'optional' };
    await create(doors[0], '/v1/audiences', other);
  }, 180_000);
  afterAll(async () => {
    await Promise.all((replicas ?? []).map((replica) => replica.stop()));
    await database?.drop();
    data.remove();
  }, 60_000);

  const client = (door: Door, alg: Alg): CachingClient =>
    cachingClient(`${door.at}/.well-known/jwks.json`, { issuer: door.issuer, audience: AUDIENCES[alg] });

  /** As if the column's instants lay so many seconds further back. */
  const shift = (column: string, state: string, seconds: number) =>
    database.ask(
      `UPDATE signing_keys SET ${column} = ${column} - interval '${seconds} seconds'
        WHERE tenant = 'simulated' AND purpose = 'token' AND state = '${state}'`,
    );

  /** The one token key of the algorithm in the state, once there is one. */
  async function keyIn(state: string, alg: Alg): Promise<Readonly<Record<string, string>>> {
    const deadline = Date.now() + 180_000;
    for (;;) {
      const { body } = await get(doors[0], '/v1/keys?limit=200');
      const found = (body.items as readonly Record<string, string>[]).filter(
        (key) => key.state === state && key.alg === alg && key.purpose === 'token',
      );
      expect(found.length).toBeLessThanOrEqual(1);
      if (found[0] !== undefined) return found[0];
      if (Date.now() > deadline) throw new Error(`no key became ${state}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  test('a rotation under load: no token that a client with a one-hour JWKS cache refuses, and no gap', async () => {
    const tracks = ALGS.map((alg) => {
      const clients = doors.map((door) => client(door, alg));
      const load = startLoad({
        ...{ doors, vendor, audience: AUDIENCES[alg], measurement },
        verify: async (token) => void (await Promise.all(clients.map(({ verify }) => verify(token)))),
      });
      return { alg, clients, load };
    });
    const more = () =>
      each(tracks, async ({ load }) => {
        const wanted = load.issued.length + 10;
        while (load.issued.length < wanted && load.failures.length === 0) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      });
    const kidsIn = async (state: string) =>
      (await each(tracks, ({ alg }) => keyIn(state, alg))).map(({ kid }) => kid);
    const age = (seconds: number) => {
      for (const one of tracks.flatMap(({ clients }) => clients)) one.age(seconds);
    };
    try {
      const old = await kidsIn('active');
      // The clients have just fetched their keys when the next one appears: for an hour they do not know it. A cache on the
      // way may have told them so five minutes after it appeared, and that is when their hour begins.
      await more();
      await shift('active_from', 'active', 30 * DAY - NOTICE);
      const next = await kidsIn('published');
      await more();
      const young = tracks.map(({ alg }) => client(doors[1], alg));
      age(HOUR - REST);
      await shift('active_from', 'published', SHARED + HOUR - REST);
      for (const { active_from: from } of await each(tracks, ({ alg }) => keyIn('published', alg))) {
        expect(Date.parse(String(from))).toBeGreaterThan(Date.now() + REST * 1000);
      }
      await more();
      const last = tracks.map(({ load }) => load.issued.at(-1)?.token ?? '');
      expect(last.map(kidOf)).toEqual(old);
      age(NOTICE - SHARED - HOUR);
      await shift('active_from', 'published', NOTICE - SHARED - HOUR);
      expect([await kidsIn('retired'), await kidsIn('active')]).toEqual([old, next]);
      await more();
      await more();

      // The last token of the old key, as long as it lives, for one who fetches the keys only now.
      const verifyLast = () => each(young, (one, index) => one.verify(last[index] ?? ''));
      await verifyLast();
      for (const one of young) one.age(HOUR);
      await shift('retired_at', 'retired', KEPT - HOUR);
      await verifyLast();
      age(HOUR);
      for (const one of young) one.age(HOUR);
      await shift('retired_at', 'retired', HOUR);
      expect(await kidsIn('removed')).toEqual(old);
      await more();
      await each(tracks, ({ load }) => load.stop());

      for (const [index, { alg, load }] of tracks.entries()) {
        expect(load.failures).toEqual([]);
        const kids = load.issued.map(({ kid }) => kid);
        const counts = [old, next].map((ofAll) => kids.filter((one) => one === ofAll[index]).length);
        expect(counts[0]).toBeGreaterThanOrEqual(20);
        expect(counts[1]).toBeGreaterThanOrEqual(20);
        expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(kids.length);
        process.stdout.write(
          `[key rotation] ${alg}: ${counts[0]} tokens under the old key, ${counts[1]} under the new\n`,
        );
        const late = client(doors[0], alg);
        await expect(late.verify(last[index] ?? '')).rejects.toThrow(/no applicable key/);
      }
    } finally {
      await each(tracks, ({ load }) => load.stop());
    }
  }, 600_000);

  test('100 emergencies: after the answer no replica signs under the old key, and none refuses to sign', async () => {
    const outcome = await raceEmergency({
      doors,
      vendor,
      audience: AUDIENCES.ES256,
      measurement,
      rounds: 100,
    });
    process.stdout.write(
      `[key emergency] ${outcome.rounds} rounds: ${outcome.before} racing tokens before, ${outcome.after} after\n`,
    );
    expect(outcome.underOldKey).toBe(0);
    expect(outcome.before + outcome.after).toBe(100);
  }, 600_000);

  test('what relying parties fetch is the same, byte for byte, from both', async () => {
    const wellKnown = '/.well-known';
    const paths = ['', '/simulated'].flatMap((tenant) => [
      `${tenant}${wellKnown}/jwks.json`,
      `${tenant}${wellKnown}/openid-configuration`,
      `${tenant}${wellKnown}/oauth-authorization-server`,
      `${wellKnown}/oauth-authorization-server${tenant}`,
    ]);
    for (const path of paths) {
      const [one, other] = await Promise.all(
        replicas.map(async ({ url }) => {
          const response = await fetch(`${url}${path}`);
          expect([path, response.status]).toEqual([path, 200]);
          const { headers } = response;
          return [await response.text(), headers.get('etag'), headers.get('cache-control')];
        }),
      );
      expect(other).toEqual(one);
    }
  }, 60_000);
});
