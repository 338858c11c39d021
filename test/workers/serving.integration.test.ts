/** What must be as it is with one process although several serve: answers, counts, limits, what is made once. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadVendor, saveIntel, saveVendor } from '../../src/simulator/index.js';
import { createDatabase, type TestDatabase } from '../replicas/database.js';
import { post, preparedSubmission, randomMeasurement, registerWorkload } from '../replicas/guest.js';
import { dataDirectory, freePort } from '../replicas/replica.js';
import { simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { answeringWorkers, ask, metricAt, type RunningWorkers, startWorkers, until } from './running.js';

const WORKERS = 3;
const PER_SECOND = 50;

describe('three processes that serve as one', () => {
  const data = dataDirectory();
  let database: TestDatabase;
  let service: RunningWorkers;
  let port = 0;

  beforeAll(async () => {
    database = await createDatabase();
    const vendors = join(data.path, 'simulated');
    await saveVendor(vendors, await simulatedVendor());
    await saveIntel(vendors, await simulatedIntel());
    port = await freePort();
    service = await startWorkers(port, {
      ASSAY_WORKERS: String(WORKERS),
      ASSAY_LISTEN: `localhost:${port}`,
      ASSAY_DATABASE_URL: database.url,
      ASSAY_DATA_DIR: data.path,
      ASSAY_SIMULATED_VENDORS: '1',
      ASSAY_RATE_LIMIT: String(PER_SECOND),
      ASSAY_TRUSTED_PROXIES: '127.0.0.0/8, ::1',
      ASSAY_LISTNE: 'misspelt',
    });
  }, 180_000);
  afterAll(async () => {
    service?.signal('SIGTERM');
    await service?.ended;
    await database?.drop();
    data.remove();
  }, 60_000);

  /** A request of an address that nobody else uses. */
  let visitors = 0;
  const asVisitor = (): Record<string, string> => {
    visitors += 1;
    return { 'X-Forwarded-For': `192.0.2.${visitors % 250}` };
  };

  test('greet once, and say once what they share', () => {
    const said = service.said();
    expect(said.match(/Assay serves/g)).toHaveLength(1);
    expect(said.match(/"listening"/g)).toHaveLength(1);
    expect(said.match(/ASSAY_LISTNE/g)).toHaveLength(1);
    expect(said).toMatch(/"workers":3/);
  });

  test('are a parent without work and as many children as were asked for, all of which answer', async () => {
    expect(service.workers()).toHaveLength(WORKERS);
    for (const host of ['127.0.0.1', '[::1]']) {
      for (let request = 0; request < 2 * WORKERS; request += 1) {
        expect((await ask(`http://${host}:${port}/livez`)).status).toBe(200);
      }
    }
    await until(() => answeringWorkers(service.said()).length === WORKERS);
    expect(answeringWorkers(service.said())).toEqual([1, 2, 3]);
  });

  test('made what a first start makes once', async () => {
    const keys = await database.ask('SELECT tenant, count(*)::int AS keys FROM signing_keys GROUP BY tenant');
    expect(keys.every((row) => row.keys === 1)).toBe(true);
    const admins = await database.ask('SELECT tenant, count(*)::int AS admins FROM api_keys GROUP BY tenant');
    expect(admins.map((row) => row.admins)).toEqual([1, 1]);
  });

  test('count together: /metrics of any of them has the sum, to the last challenge and token', async () => {
    const at = `http://127.0.0.1:${port}`;
    const door = { at: `${at}/simulated`, issuer: `${at}/simulated`, key: data.key() };
    const vendor = await loadVendor(join(data.path, 'simulated'));
    const names = { workload: 'counted', audience: 'counted', measurement: randomMeasurement() };
    await registerWorkload(door, names);
    const challenges = async () => (await metricAt(at, 'assay_challenges_total{outcome="ok"}')) ?? 0;
    const before = await challenges();
    const submissions = await Promise.all(
      Array.from({ length: 12 }, () => preparedSubmission(door, vendor, names)),
    );
    const answers = await Promise.all(submissions.map((body) => post(door, '/v1/attest', body)));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    await Promise.all(
      Array.from({ length: 30 }, () =>
        ask(`${door.at}/v1/challenges`, { headers: asVisitor(), body: { audience: 'counted' } }),
      ),
    );
    for (let scrape = 0; scrape < WORKERS; scrape += 1) {
      expect(await challenges()).toBe(before + 42);
      expect(await metricAt(at, 'assay_tokens_total{profile="ear",alg="ES256"}')).toBe(12);
    }
  });

  test('do not add up what is no sum', async () => {
    const { text } = await ask(`http://127.0.0.1:${port}/metrics`);
    expect(text.match(/^assay_build_info\{.*\} (\S+)$/m)?.[1]).toBe('1');
    expect(text.match(/^nodejs_version_info\{.*\} (\S+)$/m)?.[1]).toBe('1');
    expect(text).toMatch(/^process_start_time_seconds 1\d{9}/m);
    expect(text).not.toMatch(/^assay_tls_certificate_expiry_seconds /m);
    const age = Number(text.match(/^assay_signing_key_age_seconds (\S+)$/m)?.[1]);
    const [row] = await database.ask(
      "SELECT extract(epoch FROM clock_timestamp() - active_from)::float8 AS age FROM signing_keys WHERE tenant = 'default' AND alg = 'ES256'",
    );
    // Three ages would be at least twice too much.
    expect(age).toBeLessThan(1.5 * Number(row?.age) + 1);
  });

  test('many scrapes at once all get the same sum', async () => {
    const at = `http://127.0.0.1:${port}`;
    const texts = await Promise.all(Array.from({ length: 20 }, () => ask(`${at}/metrics`)));
    const tokens = texts.map(({ text }) => /^assay_tokens_total\{.*\} (\S+)$/m.exec(text)?.[1]);
    expect(new Set(tokens)).toEqual(new Set(['12']));
  });

  test('hold an address to one limit, not to one each', async () => {
    // A second may end in the middle; that it does so every time is out of the question.
    const overrun = async (address: string): Promise<boolean> => {
      const replies = await Promise.all(
        Array.from({ length: 2 * PER_SECOND }, () =>
          ask(`http://127.0.0.1:${port}/problems/not_found`, { headers: { 'X-Forwarded-For': address } }),
        ),
      );
      const limited = replies.filter(({ status }) => status === 429);
      for (const { headers } of limited) expect(headers.ratelimit).toMatch(/^"address";r=0;t=1$/);
      expect(limited.length).toBeLessThanOrEqual(PER_SECOND);
      return limited.length > 0;
    };
    // With a limit each, a hundred requests in turn to three would never be too many.
    const rounds = [
      await overrun('198.51.100.1'),
      await overrun('198.51.100.2'),
      await overrun('198.51.100.3'),
    ];
    expect(rounds).toContain(true);
    const other = await ask(`http://127.0.0.1:${port}/problems/not_found`, { headers: asVisitor() });
    expect(other.status).toBe(200);
  });
});
