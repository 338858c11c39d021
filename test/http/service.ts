/**
 * A whole service in this process: embedded database in memory, a clock that tests set, simulated vendors. Every
 * exchange with it is held to the API description.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { compose, type World } from '../../src/compose.js';
import { type Config, type Environment, readConfig } from '../../src/config.js';
import type { Route } from '../../src/http/route.js';
import { createLog } from '../../src/platform/log.js';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { anchorsOf, intelAnchorsOf } from '../../src/simulator/index.js';
import { CRYPTO_SETTING } from '../crypto-setting.js';
import { readTemplate } from '../database-template.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { watchedHere } from './contract/in-jest.js';
import { ISSUER } from './issuers.js';

export { ISSUER, SIMULATED_ISSUER } from './issuers.js';
export { tarOf } from './tar.js';

export interface TestClock {
  now(): Date;
  set(instant: Date): void;
  advance(seconds: number): void;
}

export interface TestService {
  readonly config: Config;
  readonly clock: TestClock;
  readonly adminKey: string;
  /** Every log line so far. */
  readonly logLines: readonly string[];
  readonly app: RequestListener;
  /** The same, unwatched, for those who look inside. */
  readonly express: Awaited<ReturnType<typeof compose>>['app'];
  get(path: string, key?: string): supertest.Test;
  /** JSON unless the body is bytes. */
  post(path: string, body?: object | string, key?: string): supertest.Test;
  /** Any method that a route may have; JSON where there is a body. */
  send(method: Route['method'], path: string, body?: object, key?: string): supertest.Test;
  close(): Promise<void>;
}

export function testClock(): TestClock {
  let now = SIMULATED_AT.getTime();
  return {
    now: () => new Date(now),
    set: (instant) => {
      now = instant.getTime();
    },
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
}

/** Those of the simulated AMD and the simulated Intel. */
export async function simulatedAnchors(): Promise<TrustAnchors> {
  const [amd, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
  return { simulated: true, vendors: { ...anchorsOf(amd).vendors, ...intelAnchorsOf(intel).vendors } };
}

export async function startTestService(
  env: Environment = {},
  world: Pick<World, 'vendors' | 'source' | 'simulatedAnchors'> = {},
): Promise<TestService> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-http-'));
  const config = readConfig({
    ASSAY_DATABASE_URL: 'pglite:memory',
    ASSAY_DATA_DIR: dir,
    ASSAY_ISSUER: ISSUER,
    ASSAY_RATE_LIMIT: 'off',
    ASSAY_SIMULATED_VENDORS: '1',
    ASSAY_VENDOR_FETCH: 'off',
    ...CRYPTO_SETTING,
    // No test asks AMD or Intel.
    ...env,
  });
  const clock = testClock();
  const logLines: string[] = [];
  const composed = await compose(config, {
    clock,
    log: createLog({ write: (line) => void logLines.push(line) }),
    simulatedAnchors: await simulatedAnchors(),
    // In a directory a database is made as users have it made, and may be there already.
    ...(config.databaseUrl === 'pglite:memory' ? { databaseDump: await readTemplate() } : {}),
    ...world,
  });
  const adminKey = (await readFile(join(dir, 'admin-key'), 'utf8')).trim();
  const app = watchedHere(composed.app);
  const agent = supertest(app);
  const keyed = (test: supertest.Test, key: string | undefined): supertest.Test =>
    key === undefined ? test : test.set('Authorization', `Bearer ${key}`);
  return {
    config,
    clock,
    adminKey,
    logLines,
    app,
    express: composed.app,
    get: (path, key) => keyed(agent.get(path), key),
    post: (path, body, key) => {
      const test = keyed(agent.post(path), key);
      return body === undefined ? test : test.set('Content-Type', 'application/json').send(body);
    },
    send: (method, path, body, key) => {
      const test = keyed(agent[method](path), key);
      return body === undefined ? test : test.set('Content-Type', 'application/json').send(body);
    },
    async close() {
      await composed.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
