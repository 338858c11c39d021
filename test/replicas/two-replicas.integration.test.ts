import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadVendor, type SimulatedAmd } from '../../src/simulator/index.js';
import { createDatabase, type TestDatabase } from './database.js';
import { type Door, randomMeasurement, registerWorkload } from './guest.js';
import { raceRevokingList } from './list-race.js';
import { raceForOneProof } from './one-proof.js';
import { raceForOneToken } from './one-token.js';
import { dataDirectory, freePort, type Replica, spawnReplica, startReplica } from './replica.js';
import { raceRevocation } from './revocation-race.js';

describe('two operating-system processes on one PostgreSQL', () => {
  const data = dataDirectory();
  let database: TestDatabase;
  let replicas: readonly [Replica, Replica];
  let doors: readonly [Door, Door];
  let vendor: SimulatedAmd;
  const environment = (): Record<string, string> => ({
    ASSAY_DATABASE_URL: database.url,
    ASSAY_DATA_DIR: data.path,
  });

  beforeAll(async () => {
    database = await createDatabase();
    const ports = [await freePort(), await freePort()] as const;
    const issuer = `http://127.0.0.1:${ports[0]}`;
    const start = (port: number): Promise<Replica> =>
      startReplica({ ...environment(), ASSAY_ISSUER: issuer }, port);
    // Together, on an empty database: whatever is made at first start is made once.
    replicas = await Promise.all([start(ports[0]), start(ports[1])]);
    const door = ({ url }: Replica): Door => ({
      at: `${url}/simulated`,
      issuer: `${issuer}/simulated`,
      key: data.key(),
    });
    doors = [door(replicas[0]), door(replicas[1])];
    vendor = await loadVendor(join(data.path, 'simulated'));
  }, 180_000);
  afterAll(async () => {
    await Promise.all((replicas ?? []).map((replica) => replica.stop()));
    await database?.drop();
    data.remove();
  }, 60_000);

  test('replicas that start together end with one signing key per tenant and algorithm, and say so', async () => {
    const sets = await Promise.all(
      doors.map(async ({ at }) => (await fetch(`${at}/.well-known/jwks.json`)).json()),
    );
    expect(sets[0]).toEqual(sets[1]);
    expect((sets[0] as { keys: { alg: string }[] }).keys.map(({ alg }) => alg)).toEqual(['ES256', 'RS256']);
    const rows = await database.ask(
      'SELECT tenant, count(*)::int AS keys FROM signing_keys GROUP BY tenant, alg, purpose',
    );
    for (const { keys } of rows) expect(keys).toBe(1);
    expect(rows.map(({ tenant }) => tenant)).toContain('simulated');
  });

  test('50 rounds of 16 submissions over both give 50 tokens, 50 decisions, 50 jtis', async () => {
    const names = { workload: 'one-token', audience: 'one-token', measurement: randomMeasurement() };
    await registerWorkload(doors[0], names);
    await raceForOneToken({ doors, vendor, ...names, rounds: 50, parallel: 16 });
    const [counts] = await database.ask(`
      SELECT (SELECT count(*)::int FROM decisions WHERE audience = 'one-token') AS decisions,
             (SELECT count(DISTINCT jti)::int FROM tokens) AS jtis,
             (SELECT count(*)::int FROM spent_challenges) AS spent`);
    expect(counts).toEqual({ decisions: 50, jtis: 50, spent: 50 });
  }, 300_000);

  test('a revocation races an attestation 200 times: after its reply nobody accepts the version', async () => {
    const outcome = await raceRevocation({ doors, vendor, rounds: 200 });
    process.stdout.write(
      `[revocation race] ${outcome.rounds} rounds: ${outcome.issued} issued before, ${outcome.refused} refused after\n`,
    );
    expect(outcome.acceptedAfterReply).toBe(0);
    expect(outcome.issued + outcome.refused).toBe(200);
    expect(outcome.issued).toBeGreaterThanOrEqual(20);
    expect(outcome.refused).toBeGreaterThanOrEqual(20);
  }, 600_000);

  test('a list that revokes is imported 100 times: after the reply nobody accepts what it names', async () => {
    const outcome = await raceRevokingList({ doors, vendor, rounds: 100 });
    process.stdout.write(
      `[list race] ${outcome.rounds} rounds: ${outcome.issued} issued before, ${outcome.refused} refused after\n`,
    );
    expect(outcome.acceptedAfterReply).toBe(0);
    expect(outcome.issued + outcome.refused).toBe(100);
  }, 600_000);

  test('20 rounds of one proof of possession shown 8 times over both give 20 renewed tokens', async () => {
    const outcome = await raceForOneProof({ doors, vendor, rounds: 20, parallel: 8 });
    expect(outcome).toEqual({ renewed: 20, replayed: 20 * 7, laterReplayed: 20 * 2 });
    const [counts] = await database.ask(`
      SELECT (SELECT count(*)::int FROM tokens WHERE renews IS NOT NULL) AS tokens,
             (SELECT count(*)::int FROM spent_proofs) AS proofs`);
    expect(counts).toEqual({ tokens: 20, proofs: 20 });
  }, 300_000);

  test.each([
    ['another key-encryption key', 'ASSAY_KEK_FILE', /encrypted under another key-encryption key/],
    ['another issuer', 'ASSAY_ISSUER', /belongs to the issuer/],
  ])(
    'a replica with %s refuses to start, in words',
    async (_what, variable, words) => {
      const kek = join(data.path, 'another-kek');
      writeFileSync(kek, randomBytes(32).toString('base64'), { mode: 0o600 });
      const value = variable === 'ASSAY_ISSUER' ? 'http://127.0.0.1:1' : kek;
      const child = spawnReplica(await freePort(), {
        ...environment(),
        ASSAY_ISSUER: doors[0].issuer.replace(/\/simulated$/, ''),
        [variable]: value,
      });
      const status = await new Promise((resolve) => child.once('exit', resolve));
      expect(status).not.toBe(0);
      expect(child.said()).toMatch(words);
    },
    120_000,
  );
});
