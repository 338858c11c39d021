/** When the service itself is in trouble: the answer says so, and the log keeps what the caller must not see. */
import { describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { createApp } from '../../src/http/app.js';
import { createGate } from '../../src/http/limits.js';
import type { HttpParts } from '../../src/http/parts.js';
import { startStopwatch } from '../../src/platform/clock.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { createLog, faultFields } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import { startTestService, testClock } from './service.js';

describe('a database that is gone', () => {
  test('is 503 with Retry-After where it is needed, and not ready; nothing else is affected', async () => {
    const service = await startTestService();
    await service.close();
    const reply = await service.post('/v1/challenges', { audience: 'vault' });
    expect({ status: reply.status, code: reply.body.code }).toEqual({
      status: 503,
      code: 'database_unavailable',
    });
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    const ready = await service.get('/readyz').expect(503);
    expect(ready.body).toMatchObject({ status: 'not_ready', checks: { database: 'out of reach' } });
    await service.get('/livez').expect(200);
    await service.get('/.well-known/openid-configuration').expect(200);
    await service.get('/metrics').expect(200);
  });
});

describe('a fault', () => {
  const SECRET = 'nonce-inside-the-message';
  const lines: string[] = [];
  const clock = testClock();
  const never = () => Promise.reject(new Error('not part of this test'));
  const parts = {
    tenants: {
      standard: { name: 'default', issuer: 'http://localhost:8080', realm: 'genuine' },
      simulated: null,
      find: async () => null,
    },
    verifier: {
      issueChallenge: async () => {
        throw new SyntaxError(`Unexpected token in ${SECRET}`);
      },
      attest: never,
      appraise: never,
    },
    clock,
    entropy: systemEntropy,
    log: createLog({ write: (line) => void lines.push(line) }),
    faultFields,
    metrics: createMetrics(
      { name: 'assay', version: '0' },
      { now: clock.now, endorsements: async () => [], connectionsInUse: () => 0, signingKeySince: never },
    ),
    startStopwatch,
    jwks: never,
    importArchive: never,
    readiness: never,
    rateLimit: null,
    trustedProxies: [],
    maxConcurrent: 1,
  };

  test('is 500 with a request id, its place in the log, and its message in neither', async () => {
    const app = createApp(parts as unknown as HttpParts);
    const reply = await supertest(app).post('/v1/challenges').send({ audience: 'vault' });
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status: 500, code: 'internal_error' });
    expect(reply.body).toMatchObject({ retryable: false });
    const logged = lines.map((line) => JSON.parse(line)).find((line) => line.level === 'error');
    expect(logged).toMatchObject({ request_id: reply.body.request_id, fault: 'SyntaxError' });
    expect(logged.at[0]).toMatch(/unreliable\.test/);
    expect(lines.join('') + JSON.stringify(reply.body)).not.toContain(SECRET);
  });
});

describe('the gate', () => {
  test('lets so many through at once, refuses the rest, and forgets failures', async () => {
    const gate = createGate(2);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = [gate(() => held), gate(() => held)];
    const third = await outcomeOf(() => gate(async () => 'never'));
    expect(third).toMatchObject({ ok: false, refusal: { code: 'overloaded', retryAfter: 1 } });
    release();
    await Promise.all(running);
    await expect(gate(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(Promise.all([gate(async () => 1), gate(async () => 2)])).resolves.toEqual([1, 2]);
  });
});
