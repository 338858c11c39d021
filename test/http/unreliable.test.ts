/** When the service itself is in trouble: the answer says so, and the log keeps what the caller must not see. */
import { describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { systemEntropy } from '../../src/platform/entropy.js';
import { appAround } from './app-around.js';
import { startTestService } from './service.js';

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
  const issueChallenge = async () => {
    throw new SyntaxError(`Unexpected token in ${SECRET}`);
  };

  test('is 500 with a request id, its place in the log, and its message in neither', async () => {
    const app = appAround({ issueChallenge }, (line) => void lines.push(line));
    const reply = await supertest(app).post('/v1/challenges').send({ audience: 'vault' });
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status: 500, code: 'internal_error' });
    expect(reply.body).toMatchObject({ retryable: false });
    const logged = lines.map((line) => JSON.parse(line)).find((line) => line.level === 'error');
    expect(logged).toMatchObject({ request_id: reply.body.request_id, fault: 'SyntaxError' });
    expect(logged.at[0]).toMatch(/unreliable\.test/);
    expect(lines.join('') + JSON.stringify(reply.body)).not.toContain(SECRET);
  });

  test.each([
    ['post', '/v1/challenges'],
    ['get', '/livez'],
  ] as const)('before a request has a context cuts it off, and it alone: %s %s', async (method, path) => {
    const logged: string[] = [];
    let failing = true;
    const bytes = (count: number): Uint8Array => {
      if (failing) throw new RangeError('no more random numbers');
      return systemEntropy.bytes(count);
    };
    const app = appAround({}, (line) => void logged.push(line), { entropy: { bytes } });
    await expect(supertest(app)[method](path)).rejects.toThrow(/hang up/);
    // First the cause, then that it could not be told.
    const faults = logged.map((line) => JSON.parse(line)).map(({ level, fault }) => `${level} ${fault}`);
    expect(faults).toEqual(['error RangeError', 'error TypeError']);
    failing = false;
    await supertest(app).get('/livez').expect(200);
  });
});
