/** Two replicas behind a proxy, restarted one after the other under load: no request notices. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadVendor } from '../../src/simulator/index.js';
import { type Balancer, startBalancer } from './balancer.js';
import { createDatabase, type TestDatabase } from './database.js';
import { type Door, post, preparedSubmission, randomMeasurement, registerWorkload } from './guest.js';
import { hasHaproxy, startHaproxy } from './haproxy.js';
import { dataDirectory, freePort, keepSimulatedVendors, type Replica, startReplica } from './replica.js';

/** Restarts of each replica. */
const ROUNDS = 2;
const GUESTS = 4;

// HAProxy is no part of Node: without it the test is left out, by name; the build server has it.
const mustHaveHaproxy = process.env.CI === '1' || hasHaproxy();

describe('a rolling restart', () => {
  const data = dataDirectory();
  const names = { workload: 'rolling', audience: 'rolling', measurement: randomMeasurement() };
  let database: TestDatabase;
  let start: (index: number) => Promise<Replica>;
  const replicas: Replica[] = [];
  let issuer = '';
  let ports: readonly number[] = [];

  beforeAll(async () => {
    await keepSimulatedVendors(data.path);
    database = await createDatabase();
    ports = [await freePort(), await freePort()];
    issuer = `http://127.0.0.1:${ports[0]}`;
    const environment = {
      ASSAY_DATABASE_URL: database.url,
      ASSAY_DATA_DIR: data.path,
      ASSAY_ISSUER: issuer,
      ASSAY_TRUSTED_PROXIES: '127.0.0.1',
    };
    start = (index) => startReplica(environment, ports[index]);
    replicas.push(await start(0), await start(1));
    await registerWorkload(doorAt(`http://127.0.0.1:${ports[1]}`), names);
  }, 180_000);
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await database?.drop();
    data.remove();
  }, 60_000);

  const doorAt = (url: string): Door => ({
    at: `${url}/simulated`,
    issuer: `${issuer}/simulated`,
    key: data.key(),
  });

  test(`${ROUNDS} times each, behind a proxy that sends nothing twice: no request notices`, async () => {
    const balancer = await startBalancer(replicas.map(({ url }) => url));
    await restartUnderLoad(balancer);
    await balancer.close();
  }, 300_000);

  (mustHaveHaproxy ? test : test.skip)(
    `${ROUNDS} times each, behind HAProxy: no request notices`,
    async () => {
      const balancer = await startHaproxy(replicas.map(({ url }) => url));
      await restartUnderLoad(balancer);
      await balancer.close();
    },
    300_000,
  );

  async function restartUnderLoad(balancer: Balancer): Promise<void> {
    const door = doorAt(balancer.url);
    const vendor = await loadVendor(join(data.path, 'simulated'));
    const replies = new Map<string, number>();
    const errors: string[] = [];
    let loaded = true;
    const load = async (): Promise<void> => {
      while (loaded) {
        try {
          const body = await preparedSubmission(door, vendor, names);
          const { status } = await post(door, '/v1/attest', body);
          replies.set(`attest ${status}`, (replies.get(`attest ${status}`) ?? 0) + 1);
        } catch (error) {
          errors.push(String(error));
        }
      }
    };
    const guests = Array.from({ length: GUESTS }, load);
    for (let round = 0; round < ROUNDS * 2; round += 1) {
      const index = round % 2;
      const leaving = replicas[index];
      if (leaving === undefined) throw new Error('there are two replicas');
      expect(await leaving.stop('SIGTERM')).toBe(0);
      replicas[index] = await start(index);
      while (!(await balancer.isReady(leaving.url))) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    loaded = false;
    await Promise.all(guests);
    process.stdout.write(
      `[rolling restart] ${ROUNDS * 2} restarts, ${replies.get('attest 200')} tokens, ${errors.length + balancer.faults().length} faults\n`,
    );
    expect({ errors, faults: balancer.faults(), replies: [...replies.keys()] }).toEqual({
      errors: [],
      faults: [],
      replies: ['attest 200'],
    });
    expect(replies.get('attest 200')).toBeGreaterThan(ROUNDS * 2);
  }

  test('a replica says that it leaves, serves on meanwhile, and asks for other connections', async () => {
    const [leaving] = replicas;
    if (leaving === undefined) throw new Error('there are two replicas');
    const stopping = leaving.stop('SIGTERM');
    let ready = await fetch(`${leaving.url}/readyz`);
    while (ready.status === 200) ready = await fetch(`${leaving.url}/readyz`);
    expect(await ready.json()).toMatchObject({ status: 'not_ready', checks: { service: 'stopping' } });
    expect((await post(doorAt(leaving.url), '/v1/challenges', { audience: names.audience })).status).toBe(
      201,
    );
    const live = await fetch(`${leaving.url}/livez`);
    expect({ status: live.status, connection: live.headers.get('connection') }).toEqual({
      status: 200,
      connection: 'close',
    });
    expect(await stopping).toBe(0);
    replicas.shift();
  });
});
