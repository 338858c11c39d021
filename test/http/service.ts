/** A whole service in this process: embedded database in memory, a clock that tests set, a simulated vendor. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { pack } from 'tar-stream';
import { compose } from '../../src/compose.js';
import { type Config, type Environment, readConfig } from '../../src/config.js';
import { createLog } from '../../src/platform/log.js';
import { anchorsOf } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';

export const ISSUER = 'http://localhost:8080';
export const SIMULATED_ISSUER = `${ISSUER}/simulated`;

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
  readonly app: Awaited<ReturnType<typeof compose>>['app'];
  get(path: string, key?: string): supertest.Test;
  /** JSON unless the body is bytes. */
  post(path: string, body?: object | string, key?: string): supertest.Test;
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

export async function startTestService(env: Environment = {}): Promise<TestService> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-http-'));
  const config = readConfig({
    ASSAY_DATABASE_URL: 'pglite:memory',
    ASSAY_DATA_DIR: dir,
    ASSAY_ISSUER: ISSUER,
    ASSAY_RATE_LIMIT: 'off',
    ASSAY_SIMULATED_VENDORS: '1',
    ...env,
  });
  const clock = testClock();
  const logLines: string[] = [];
  const composed = await compose(config, {
    clock,
    log: createLog({ write: (line) => void logLines.push(line) }),
    simulatedAnchors: anchorsOf(await simulatedVendor()),
  });
  const adminKey = (await readFile(join(dir, 'admin-key'), 'utf8')).trim();
  const agent = supertest(composed.app);
  const keyed = (test: supertest.Test, key: string | undefined): supertest.Test =>
    key === undefined ? test : test.set('Authorization', `Bearer ${key}`);
  return {
    config,
    clock,
    adminKey,
    logLines,
    app: composed.app,
    get: (path, key) => keyed(agent.get(path), key),
    post: (path, body, key) => {
      const test = keyed(agent.post(path), key);
      return body === undefined ? test : test.set('Content-Type', 'application/json').send(body);
    },
    async close() {
      await composed.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** An uncompressed tar of files by path. */
export async function tarOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) {
    if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
