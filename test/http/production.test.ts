/** A service in production (NODE_ENV): what is for laboratories is not to be had there. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { type Composed, compose } from '../../src/compose.js';
import { readConfig } from '../../src/config.js';
import { SILENCE } from '../../src/platform/log.js';
import { assay } from '../cli/run-assay.js';
import { watchedHere } from './contract/in-jest.js';
import { testClock } from './service.js';

let dir = '';
let composed: Composed | null = null;
let key = '';
let agent: ReturnType<typeof supertest>;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-production-'));
  const env = {
    NODE_ENV: 'production',
    ASSAY_DATABASE_URL: `pglite:${join(dir, 'db')}`,
    ASSAY_ACCEPT_DATA_LOSS: '1',
    ASSAY_ISSUER: 'http://localhost:8080',
    ASSAY_KEK: randomBytes(32).toString('hex'),
    ASSAY_CHALLENGE_SECRET: randomBytes(32).toString('hex'),
    ASSAY_RATE_LIMIT: 'off',
  };
  key = (await assay(['keys', 'bootstrap'], { env })).out.trim();
  composed = await compose(readConfig(env), { clock: testClock(), log: SILENCE });
  agent = supertest(watchedHere(composed.app));
}, 120_000);
afterAll(async () => {
  await composed?.close();
  await rm(dir, { recursive: true, force: true });
});

const call = (method: 'get' | 'post', path: string) =>
  agent[method](path).set('Authorization', `Bearer ${key}`);

test('the policy `lab` cannot be chosen, read or written, and is told why', async () => {
  const chosen = await call('post', '/v1/workloads').send({ name: 'llm', policy: 'lab' });
  const written = await call('post', '/v1/policies/lab/versions').send({ document: {} });
  const created = await call('post', '/v1/policies').send({ name: 'lab', document: {} });
  for (const reply of [chosen, created]) {
    expect(reply.body).toMatchObject({ status: 404, code: 'policy_unknown' });
    expect(reply.body.detail).toContain('runs in production');
  }
  expect(written.body.code).toBe('policy_unknown');
  await call('get', '/v1/policies/lab').expect(404);
  const { body } = await call('get', '/v1/policies').expect(200);
  const names = body.items.map(({ name }: { name: string }) => name);
  expect(names).toContain('standard');
  expect(names).not.toContain('lab');
  await call('post', '/v1/workloads').send({ name: 'llm', policy: 'standard' }).expect(201);
});
