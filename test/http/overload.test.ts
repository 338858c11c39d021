/** Overload over HTTP: refused before the body, by source, and never for a probe. The verifier waits for the test. */
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createApp } from '../../src/http/app.js';
import type { HttpParts } from '../../src/http/parts.js';
import { type Listening, listen } from '../../src/http/server.js';
import { startStopwatch } from '../../src/platform/clock.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { createLog, faultFields } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { testClock } from './service.js';

const clock = testClock();
const never = () => Promise.reject(new Error('not part of this test'));

let listening: Listening;
let waiting: (() => void)[] = [];
let entered = 0;

beforeEach(async () => {
  waiting = [];
  entered = 0;
  const attest = () =>
    new Promise((resolve) => {
      entered += 1;
      waiting.push(() => resolve({ token: 't' }));
    });
  const parts = {
    tenants: {
      standard: { name: 'default', issuer: 'http://localhost:8080', realm: 'genuine' },
      simulated: null,
      find: async () => null,
    },
    verifier: { issueChallenge: async () => ({ challenge: 'c' }), attest, appraise: never },
    clock,
    entropy: systemEntropy,
    log: createLog({ write: () => {} }),
    faultFields,
    metrics: createMetrics(
      { name: 'assay', version: '0', crypto: 'node openssl/3' },
      {
        now: clock.now,
        renewals: async () => [],
        endorsements: async () => [],
        connectionsInUse: () => 0,
        signingKeys: never,
      },
    ),
    startStopwatch,
    jwks: async () => ({ keys: [] }),
    archives: { take: never, make: never },
    bundleJwks: never,
    readiness: async () => ({ ready: true, checks: {}, endorsements: [] }),
    rateLimit: null,
    trustedProxies: ['127.0.0.1'],
    gate: { places: 1, line: 2, patience: 60_000, aside: 2 },
  };
  listening = await listen(createApp(parts as unknown as HttpParts), {
    addresses: [{ host: '127.0.0.1', port: 0 }],
    tls: null,
    log: createLog({ write: () => {} }),
  });
});
afterEach(async () => {
  const closed = listening.close();
  while (waiting.length > 0) await finishOne();
  await closed;
});

async function finishOne(): Promise<void> {
  waiting.shift()?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
}

const BODY = JSON.stringify({
  challenge: 'c',
  audience: 'a',
  evidence: { cpu: { type: 'auto', bytes: 'AA' } },
});
const from = (source: string, path: string, init: RequestInit = {}) =>
  fetch(`${listening.url}${path}`, { ...init, headers: { 'X-Forwarded-For': source, ...init.headers } });
const post = (source: string, path: string, body: string) =>
  from(source, path, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
const attest = (source: string) => post(source, '/v1/attest', BODY);

/** Whether an attestation would be refused now; of a type that is not read, so that it never joins the line. */
const isFull = async (source: string): Promise<boolean> => {
  const { status } = await from(source, '/v1/attest', { method: 'POST', body: 'x' });
  return status === 503;
};
const isInviting = async (source: string): Promise<boolean> =>
  (await post(source, '/v1/challenges', '{"audience":"a"}')).status === 201;

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** One runs and two wait, all of them from `192.0.2.1`. */
async function fill(): Promise<Promise<Response>[]> {
  const running = attest('192.0.2.1');
  await until(() => entered === 1);
  const first = attest('192.0.2.1');
  // Invitations stop when half the line is taken, admissions when all of it is.
  await until(async () => !(await isInviting('192.0.2.1')));
  const second = attest('192.0.2.1');
  await until(() => isFull('192.0.2.1'));
  return [running, first, second];
}

describe('with no place left', () => {
  test('what leads to an attestation is refused before any work: invitations, and renewals', async () => {
    await fill();
    for (const path of ['/v1/challenges', '/v1/tokens/renew']) {
      const refused = await post('192.0.2.1', path, '{}');
      expect([path, refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        path,
        503,
        'overloaded',
      ]);
    }
  });

  test('an attestation is refused with a time to come back, also before its body has arrived', async () => {
    await fill();
    const refused = await attest('192.0.2.1');
    expect({ status: refused.status, after: refused.headers.get('retry-after') }).toEqual({
      status: 503,
      after: '1',
    });
    expect(await refused.json()).toMatchObject({ code: 'overloaded', retryable: true, retry_after: 1 });
    const socket = connect(Number(new URL(listening.url).port), '127.0.0.1');
    const reply = new Promise<string>((resolve) => {
      socket.on('data', (bytes) => resolve(bytes.toString('latin1')));
    });
    socket.write(
      'POST /v1/attest HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{',
    );
    expect(await reply).toMatch(/^HTTP\/1\.1 503 /);
    socket.destroy();
  });

  test('the connection of a refused request is good for the next one, once its body has come', async () => {
    await fill();
    const socket = connect(Number(new URL(listening.url).port), '127.0.0.1');
    let answers = '';
    socket.on('data', (bytes) => {
      answers += bytes.toString('latin1');
    });
    const head = 'POST /v1/attest HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n';
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`);
    await until(() => answers.includes('overloaded'));
    expect(answers).not.toMatch(/connection: close/i);
    socket.write(`${' '.repeat(99_999)}GET /livez HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => answers.includes('"live"'));
    socket.destroy();
  });

  test('another source still gets its turn, and the longest line pays for it', async () => {
    const replies = await fill();
    expect(await isInviting('198.51.100.1')).toBe(true);
    const modest = attest('198.51.100.1');
    // The greedy source's newest request is sent away in its favour.
    expect((await Promise.race(replies)).status).toBe(503);
    // One waits of each now: from a third there is nobody to give way to.
    expect(await isInviting('203.0.113.1')).toBe(false);
    while (waiting.length > 0) await finishOne();
    expect((await modest).status).toBe(200);
    expect((await Promise.all(replies)).map(({ status }) => status).sort()).toEqual([200, 200, 503]);
  });

  test('probes, keys and what problems mean are answered all the same', async () => {
    await fill();
    for (const path of ['/livez', '/readyz', '/metrics', '/.well-known/jwks.json', '/problems/overloaded']) {
      expect({ path, status: (await from('192.0.2.1', path)).status }).toEqual({ path, status: 200 });
    }
  });

  test('a client that gave up while it waited takes no place', async () => {
    const replies = [attest('192.0.2.1')];
    await until(() => entered === 1);
    const impatient = new AbortController();
    const given = from('192.0.2.1', '/v1/attest', {
      method: 'POST',
      body: BODY,
      headers: { 'Content-Type': 'application/json' },
      signal: impatient.signal,
    });
    await until(async () => !(await isInviting('192.0.2.1')));
    impatient.abort();
    await expect(given).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await finishOne();
    expect((await replies[0])?.status).toBe(200);
    expect(entered).toBe(1);
  });
});
