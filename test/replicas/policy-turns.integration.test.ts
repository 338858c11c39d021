/** What one replica is told about policies and machines counts at the other from the reply on. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadVendor, type SimulatedAmd } from '../../src/simulator/index.js';
import { createDatabase, type TestDatabase } from './database.js';
import type { Door } from './guest.js';
import { alternatePolicies } from './policy-turns.js';
import { dataDirectory, freePort, keepSimulatedVendors, type Replica, startReplica } from './replica.js';

const data = dataDirectory();
let database: TestDatabase;
let replicas: readonly Replica[] = [];
let doors: readonly [Door, Door];
let vendor: SimulatedAmd;

beforeAll(async () => {
  await keepSimulatedVendors(data.path);
  database = await createDatabase();
  const ports = [await freePort(), await freePort()] as const;
  const issuer = `http://127.0.0.1:${ports[0]}`;
  const settings = {
    ASSAY_DATABASE_URL: database.url,
    ASSAY_DATA_DIR: data.path,
    ASSAY_ISSUER: issuer,
  };
  const [first, second] = [await startReplica(settings, ports[0]), await startReplica(settings, ports[1])];
  replicas = [first, second];
  const door = ({ url }: Replica): Door => ({
    at: `${url}/simulated`,
    issuer: `${issuer}/simulated`,
    key: data.key(),
  });
  doors = [door(first), door(second)];
  vendor = await loadVendor(join(data.path, 'simulated'));
}, 180_000);
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await database?.drop();
  data.remove();
}, 60_000);

test('a policy put in force, and a machine registered or removed, at one replica: 20 rounds', async () => {
  expect(await alternatePolicies({ doors, vendor, rounds: 20 })).toEqual({ rounds: 20, wrong: [] });
}, 300_000);
