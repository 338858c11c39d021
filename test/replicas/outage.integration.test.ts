/** A service whose database goes away and comes back: it says so, within a bound, and needs no restart. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ROUTES } from '../../src/http/routes.js';
import { loadVendor, type SimulatedAmd } from '../../src/simulator/index.js';
import { tapWire, type Wire } from '../contract/wire.js';
import { createDatabase, type TestDatabase } from './database.js';
import { type Door, post, preparedSubmission, randomMeasurement, registerWorkload } from './guest.js';
import { dataDirectory, keepSimulatedVendors, type Replica, startReplica } from './replica.js';

/** Documented in docs/operations.md: 8 s for the database, and some for a machine that is busy with tests. */
const BOUND_MS = 8_000 + 4_000;

type Submission = Awaited<ReturnType<typeof preparedSubmission>>;

describe('a database that goes away', () => {
  const data = dataDirectory();
  const names = { workload: 'outage', audience: 'outage', measurement: randomMeasurement() };
  let database: TestDatabase;
  let wire: Wire;
  let replica: Replica;
  let door: Door;
  let vendor: SimulatedAmd;
  let stopped: number[] = [];

  beforeAll(async () => {
    await keepSimulatedVendors(data.path);
    database = await createDatabase();
    wire = await tapWire(database.url);
    replica = await startReplica({ ASSAY_DATABASE_URL: wire.url, ASSAY_DATA_DIR: data.path });
    const issuer = `${replica.url}/simulated`;
    door = { at: issuer, issuer, key: data.key() };
    vendor = await loadVendor(join(data.path, 'simulated'));
    await registerWorkload(door, names);
  }, 180_000);
  afterEach(() => {
    for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT');
  });
  afterAll(async () => {
    await replica?.stop();
    await wire?.close();
    await database?.drop();
    data.remove();
  }, 60_000);

  const prepare = (): Promise<Submission> => preparedSubmission(door, vendor, names);

  /**
   * The status in the end. Connections that were made before an outage may come to light one by one: whoever meets
   * one is told to ask again, and does.
   */
  async function attestPatiently(evidence: Submission): Promise<number> {
    for (let attempt = 0; ; attempt += 1) {
      const { status, body } = await post(door, '/v1/attest', evidence);
      if (attempt === 20 || body.code !== 'database_unavailable') return status;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Every route at once: those that need the database say that it is away, in time; the others answer. */
  async function expectOutage(evidence: Submission): Promise<void> {
    const answers = await Promise.all(ROUTES.map((route) => ask(route, door, evidence)));
    for (const { id, status, code, retryAfter, ms } of answers) {
      expect({ id, inTime: ms < BOUND_MS }).toEqual({ id, inTime: true });
      if (WITHOUT_DATABASE.has(id)) expect({ id, status }).toEqual({ id, status: 200 });
      else if (id === 'readyz') expect({ id, status }).toEqual({ id, status: 503 });
      // An API key is no token, which needs no database to be seen.
      else if (id === 'renewToken')
        expect({ id, status, code }).toEqual({ id, status: 401, code: 'token_invalid' });
      else {
        expect({ id, status, code }).toEqual({ id, status: 503, code: 'database_unavailable' });
        expect(Number(retryAfter)).toBeGreaterThan(0);
      }
    }
    expect((await post(door, '/v1/challenges', { audience: names.audience })).status).toBe(201);
    const ready = await fetch(`${replica.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      status: 'not_ready',
      checks: { database: 'out of reach', signing_key: 'ok' },
    });
  }

  /** With the evidence that was refused meanwhile: nothing was decided on it. */
  async function expectRecovery(evidence: Submission): Promise<void> {
    await becomesReady(replica);
    expect(await attestPatiently(evidence)).toBe(200);
    expect(await attestPatiently(await prepare())).toBe(200);
    expect(replica.exitCode()).toBeNull();
    expect(replica.output()).not.toMatch(/"level":"error"|internal_error/);
  }

  test('the server refuses connections', async () => {
    const evidence = await prepare();
    await wire.interrupt();
    await expectOutage(evidence);
    await wire.restore();
    await expectRecovery(evidence);
  });

  test('the network swallows what is sent, on connections that are open and on new ones', async () => {
    const evidence = await prepare();
    wire.swallow();
    await expectOutage(evidence);
    // Once more: the connections that hung are gone, so that now new ones hang while they are made.
    await expectOutage(evidence);
    await wire.restore();
    await expectRecovery(evidence);
  });

  test('the server hangs: it takes connections and statements and does not answer', async () => {
    const evidence = await prepare();
    stopped = await serverProcesses(database);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    await expectOutage(evidence);
    for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT');
    await expectRecovery(evidence);
  });

  test('a server process crashes and takes all connections with it', async () => {
    const evidence = await prepare();
    const [victim] = await database.ask(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'assay' LIMIT 1",
    );
    const before = await checkpointerStart(database);
    process.kill(Number(victim?.pid), 'SIGKILL');
    // Until the server has noticed and begun anew, the service is right to be ready.
    await until(async () => ![null, before].includes(await checkpointerStart(database).catch(() => null)));
    await expectRecovery(evidence);
  });

  test('a table stays locked: whoever needs it is told so in time, whoever does not goes on', async () => {
    const evidence = await prepare();
    const held = database.ask('BEGIN; LOCK TABLE tokens; SELECT pg_sleep(300)').catch(() => []);
    await until(async () => (await lockHolders(database)).length > 0);
    const started = performance.now();
    expect(await post(door, '/v1/attest', evidence)).toMatchObject({
      status: 503,
      body: { code: 'database_unavailable' },
    });
    expect(performance.now() - started).toBeLessThan(BOUND_MS);
    expect((await post(door, '/v1/challenges', { audience: names.audience })).status).toBe(201);
    expect((await fetch(`${replica.url}/readyz`)).status).toBe(200);
    for (const pid of await lockHolders(database)) await database.ask(`SELECT pg_terminate_backend(${pid})`);
    await held;
    await expectRecovery(evidence);
  });

  test('a replica that is asked to stop while its database hangs ends in time', async () => {
    const other = await startReplica({
      ASSAY_DATABASE_URL: wire.url,
      ASSAY_DATA_DIR: data.path,
      ASSAY_ISSUER: replica.url,
    });
    wire.swallow();
    const hanging = fetch(`${other.url}/simulated/.well-known/jwks.json`).then(
      ({ status }) => status,
      () => 'cut off',
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const started = performance.now();
    await other.stop('SIGTERM');
    // Before the ten seconds after which `docker stop` kills.
    expect(performance.now() - started).toBeLessThan(10_000);
    expect([503, 'cut off']).toContain(await hanging);
    await wire.restore();
  });
});

const WITHOUT_DATABASE: ReadonlySet<string> = new Set([
  ...['livez', 'metrics', 'problemPage', 'openapi', 'docs'],
  ...['openidConfiguration', 'oauthAuthorizationServer'],
]);

interface Asked {
  readonly id: string;
  readonly status: number;
  readonly code: unknown;
  readonly retryAfter: string | null;
  readonly ms: number;
}

async function ask(route: (typeof ROUTES)[number], door: Door, evidence: Submission): Promise<Asked> {
  const base = route.wholeService === true ? new URL(door.at).origin : door.at;
  const path = route.path.replace('{code}', 'overloaded').replaceAll(/\{\w+\}/g, 'x');
  const started = performance.now();
  const response = await fetch(`${base}${path}`, {
    // Of all methods fetch leaves `patch` as it is written.
    method: route.method.toUpperCase(),
    headers: {
      authorization: `Bearer ${door.key}`,
      'content-type': route.bodies?.[0]?.mediaType ?? '',
    },
    ...(route.method === 'get' || route.method === 'delete'
      ? {}
      : { body: JSON.stringify(bodyFor(route.id, evidence)) }),
  });
  const text = await response.text();
  const isProblem = response.headers.get('content-type')?.includes('problem') === true;
  return {
    id: route.id,
    status: response.status,
    code: isProblem ? (JSON.parse(text) as { code: string }).code : null,
    retryAfter: response.headers.get('retry-after'),
    ms: performance.now() - started,
  };
}

/** Only what needs no login gets as far as its body. */
function bodyFor(id: string, evidence: Submission): unknown {
  if (id === 'attest') return evidence;
  // One that the replica has found before needs no database.
  return id === 'createChallenge' ? { audience: `${evidence.audience}-unasked` } : {};
}

const becomesReady = ({ url }: Replica): Promise<void> =>
  until(async () => (await fetch(`${url}/readyz`)).status === 200);

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never came true: ${holds}`);
}

/** A server that has lost one process ends all others and begins anew with this one. */
async function checkpointerStart(database: TestDatabase): Promise<string | null> {
  const [row] = await database.ask(
    "SELECT backend_start::text AS since FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
  );
  return row === undefined ? null : String(row.since);
}

/** Process ids of those that keep everybody else from table tokens. */
async function lockHolders(database: TestDatabase): Promise<number[]> {
  const rows = await database.ask(
    "SELECT pid FROM pg_locks WHERE relation = 'tokens'::regclass AND mode = 'AccessExclusiveLock' AND granted",
  );
  return rows.map(({ pid }) => Number(pid));
}

/** The postmaster and the service's own backends, as far as this machine's process table knows them. */
async function serverProcesses(database: TestDatabase): Promise<number[]> {
  const rows = await database.ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'assay'");
  const backends = rows.map(({ pid }) => Number(pid));
  const status = readFileSync(`/proc/${backends[0]}/stat`, 'utf8')
    .replace(/^.*\) /u, '')
    .split(' ');
  return [Number(status[1]), ...backends];
}
