import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadVendor } from '../../src/simulator/index.js';
import { type Door, randomMeasurement, registerWorkload } from './guest.js';
import { raceForOneToken } from './one-token.js';
import { dataDirectory, type Replica, startReplica } from './replica.js';

const data = dataDirectory();
let replica: Replica | null = null;
afterAll(async () => {
  await replica?.stop();
  data.remove();
});

test('one process on the embedded database: 50 rounds of 16 submissions give 50 tokens', async () => {
  replica = await startReplica({
    ASSAY_DATA_DIR: data.path,
    ASSAY_DATABASE_URL: `pglite:${join(data.path, 'db')}`,
  });
  const door: Door = { at: `${replica.url}/simulated`, issuer: `${replica.url}/simulated`, key: data.key() };
  const names = { workload: 'llm', audience: 'kms', measurement: randomMeasurement() };
  await registerWorkload(door, names);
  const vendor = await loadVendor(join(data.path, 'simulated'));
  await raceForOneToken({ doors: [door], vendor, ...names, rounds: 50, parallel: 16 });
  expect(replica.output()).not.toContain('ak_');
}, 300_000);
