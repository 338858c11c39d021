/** How workers end and are replaced, how the service stops, and that nobody is left behind. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../replicas/database.js';
import { dataDirectory, freePort } from '../replicas/replica.js';
import { ask, beginWorkers, isAlive, metricAt, type RunningWorkers, startWorkers, until } from './running.js';

const data = dataDirectory();
let database: TestDatabase;
let port = 0;
const started: RunningWorkers[] = [];

beforeAll(async () => {
  database = await createDatabase();
  port = await freePort();
});
afterEach(async () => {
  for (const service of started.splice(0)) {
    service.signal('SIGTERM');
    await service.ended;
  }
}, 60_000);
afterAll(async () => {
  await database?.drop();
  data.remove();
}, 60_000);

const settings = (): Record<string, string> => ({
  ASSAY_DATABASE_URL: database.url,
  ASSAY_DATA_DIR: data.path,
});

/** All tests use one port and one issuer, as one deployment does. */
async function start(environment: Readonly<Record<string, string>> = {}): Promise<RunningWorkers> {
  const service = await startWorkers(port, { ...settings(), ...environment });
  started.push(service);
  return service;
}

async function expectNobody(pids: readonly number[]): Promise<void> {
  await until(() => !pids.some(isAlive));
  await expect(ask(`http://127.0.0.1:${port}/livez`)).rejects.toThrow();
}

/** A request whose body is not complete yet. */
function beginRequest(): {
  finish(): void;
  readonly reply: Promise<string>;
  readonly accepted: Promise<void>;
} {
  const body = JSON.stringify({ audience: 'nobody' });
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  return {
    finish: () => void socket.write(body),
    reply: new Promise((resolve, reject) => {
      socket.once('close', () => resolve(text));
      socket.once('error', reject);
    }),
    accepted: until(() => text.includes('100 Continue')),
  };
}

describe('a worker that ends', () => {
  test('by SIGKILL is replaced while the service goes on, and no scrape fails or shows less', async () => {
    const service = await start();
    const before = service.workers();
    const challenges = Array.from({ length: 10 }, () =>
      ask(`${service.url}/v1/challenges`, { body: { audience: 'nobody' } }),
    );
    const codes = (await Promise.all(challenges)).map(({ status }) => status);
    const series = 'assay_challenges_total{outcome="caller"}';
    expect(new Set(codes).size).toBe(1);
    const counted = await metricAt(service.url, series);
    expect(counted).toBe(10);
    process.kill(before[0] ?? 0, 'SIGKILL');
    // Until its end is noticed a connection may still be handed to it, and ends with it.
    await until(() => service.said().includes('another will take its place'));
    await until(async () => {
      expect(await metricAt(service.url, series)).toBe(counted);
      return service.said().includes('a worker took the place');
    });
    const after = service.workers();
    expect(after).toHaveLength(2);
    expect(after).not.toContain(before[0]);
    expect(after).toContain(before[1]);
    expect(service.said()).toMatch(/"worker":\d,"code":null,"signal":"SIGKILL"/);
    expect(await metricAt(service.url, series)).toBe(counted);
  }, 120_000);

  test('with a connection on the way to it leaves no client waiting', async () => {
    const service = await start();
    const [stuck = 0] = service.workers();
    process.kill(stuck, 'SIGSTOP');
    // Connections go to the two in turn until one waits for the worker that stands still.
    const replies = Array.from({ length: 6 }, () =>
      ask(`${service.url}/livez`).then(
        ({ status }) => status,
        ({ code }) => String(code),
      ),
    );
    const answered = replies.map((reply) => reply.then(() => true));
    await until(async () => {
      const settled = await Promise.all(answered.map((one) => Promise.race([one, Promise.resolve(false)])));
      return settled.filter(Boolean).length >= 4;
    });
    process.kill(stuck, 'SIGKILL');
    expect(new Set(await Promise.all(replies))).toEqual(new Set([200, 'ECONNRESET']));
    await until(() => service.said().includes('a worker took the place'));
  }, 120_000);

  test('by SIGTERM of its own has told its last counts', async () => {
    const service = await start();
    for (let request = 0; request < 6; request += 1) {
      await ask(`${service.url}/v1/challenges`, { body: { audience: 'nobody' } });
    }
    // Nobody has asked for metrics yet.
    process.kill(service.workers()[0] ?? 0, 'SIGTERM');
    await until(() => service.said().includes('a worker took the place'));
    expect(await metricAt(service.url, 'assay_challenges_total{outcome="caller"}')).toBe(6);
  }, 120_000);

  test('together with all others leaves the port to those that follow, a port of the system’s choice too', async () => {
    const service = await start({ ASSAY_LISTEN: 'localhost:0' });
    const { url } = service;
    expect(new URL(url).port).not.toBe('0');
    const before = service.workers();
    for (const pid of before) process.kill(pid, 'SIGKILL');
    await until(() => (service.said().match(/a worker took the place/g) ?? []).length === 2);
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await ask(`http://${host}:${new URL(url).port}/readyz`)).status).toBe(200);
    }
    expect(service.workers()).toHaveLength(2);
  }, 120_000);
});

describe('the service', () => {
  test('told to stop, answers what has begun, takes no more and ends with 0', async () => {
    const service = await start();
    const workers = service.workers();
    const requests = Array.from({ length: 4 }, beginRequest);
    await Promise.all(requests.map(({ accepted }) => accepted));
    service.signal('SIGTERM');
    await until(() =>
      ask(`${service.url}/livez`).then(
        () => false,
        () => true,
      ),
    );
    for (const { finish } of requests) finish();
    for (const { reply } of requests) expect(await reply).toMatch(/HTTP\/1\.1 404 /);
    expect(await service.ended).toEqual({ code: 0, signal: null });
    await expectNobody(workers);
  }, 120_000);

  test('told to stop, leaves no new connection without an end', async () => {
    const service = await start();
    const outcomes = new Set<string>();
    const knock = async (): Promise<void> => {
      while (!outcomes.has('ECONNREFUSED')) {
        const outcome = await ask(`${service.url}/livez`).then(
          ({ status }) => String(status),
          ({ code, message }) => String(code ?? message),
        );
        outcomes.add(outcome);
      }
    };
    const knocking = Array.from({ length: 24 }, knock);
    await until(() => outcomes.has('200'));
    service.signal('SIGTERM');
    await Promise.all(knocking);
    expect([...outcomes]).not.toContain('nobody answers');
    expect(await service.ended).toEqual({ code: 0, signal: null });
  }, 120_000);

  test('told twice, ends at once and leaves nobody behind', async () => {
    const service = await start();
    const workers = service.workers();
    const request = beginRequest();
    await request.accepted;
    service.signal('SIGINT');
    await until(() =>
      ask(`${service.url}/livez`).then(
        () => false,
        () => true,
      ),
    );
    service.signal('SIGINT');
    expect(await service.ended).toEqual({ code: 1, signal: null });
    await expectNobody(workers);
    await request.reply.catch(() => {});
  }, 120_000);

  test('whose primary process is killed has no worker that serves on', async () => {
    const service = await start();
    const workers = service.workers();
    expect(workers).toHaveLength(2);
    service.signal('SIGKILL');
    await service.ended;
    await expectNobody(workers);
    expect(service.said()).toMatch(/the primary process is gone/);
  }, 120_000);

  test('can be stopped while it starts, and while a worker is being replaced', async () => {
    const starting = beginWorkers(port, settings());
    await until(() => starting.workers().length > 0);
    const early = starting.workers();
    starting.signal('SIGTERM');
    expect(await starting.ended).toEqual({ code: 0, signal: null });
    await expectNobody(early);

    // The first worker answers while the others still start.
    const half = beginWorkers(port, settings());
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 10));
    half.signal('SIGTERM');
    expect(await half.ended).toEqual({ code: 0, signal: null });

    const service = await start();
    const [first = 0, ...others] = service.workers();
    process.kill(first, 'SIGKILL');
    await until(() => service.said().includes('another will take its place'));
    service.signal('SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
    await expectNobody(others);
  }, 120_000);
});

describe('a mistake of the operator', () => {
  async function refusal(environment: Readonly<Record<string, string>>): Promise<string> {
    const service = beginWorkers(port, { ...settings(), ASSAY_WORKERS: '4', ...environment });
    expect(await service.ended).toEqual({ code: 2, signal: null });
    expect(service.workers()).toEqual([]);
    expect(service.said()).not.toMatch(/^\s+at |"level":"error"/m);
    return service.said();
  }

  test('is said once, whichever worker meets it: another KEK, another issuer', async () => {
    await start();
    const kek = join(data.path, 'another-kek');
    writeFileSync(kek, randomBytes(32));
    expect((await refusal({ ASSAY_KEK_FILE: kek })).match(/another key-encryption key/g)).toHaveLength(1);
    const issuer = await refusal({ ASSAY_ISSUER: 'http://127.0.0.1:1' });
    expect(issuer.match(/belongs to the issuer/g)).toHaveLength(1);
  }, 120_000);

  test('is said once: a port that is taken', async () => {
    await start();
    expect((await refusal({})).match(/EADDRINUSE/g)).toHaveLength(1);
  }, 120_000);

  test('is found before there is a worker: a secret that can be read once', async () => {
    expect(await refusal({ ASSAY_KEK_FILE: '/dev/stdin' })).toMatch(
      /\/dev\/stdin is no regular file: .*ASSAY_WORKERS=1/,
    );
  });
});
