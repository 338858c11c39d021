/** Starts the built service as operating-system processes, as an operator would, and talks to it over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { saveIntel, saveVendor } from '../../src/simulator/index.js';
import { CRYPTO_SETTING } from '../crypto-setting.js';
import { requireNoneBroken, WATCHING } from '../http/contract/child.js';
import { simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

/** The compiled `main.js` beside which this very file was compiled. */
const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const START_DEADLINE_MS = 90_000;

export interface Replica {
  /** Base address, without the tenant. */
  readonly url: string;
  readonly pid: number;
  /** What it has said so far, both streams. */
  output(): string;
  /** Null while it runs, or when a signal ended it. */
  exitCode(): number | null;
  /** Resolves to the exit status. SIGTERM takes longer: the replica serves on until proxies have noticed. */
  stop(signal?: 'SIGINT' | 'SIGTERM'): Promise<number | null>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** A fresh data directory; `key()` reads the first admin key once a replica has written it. */
export function dataDirectory(): { readonly path: string; key(): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'assay-replicas-'));
  return {
    path,
    key: () => readFileSync(join(path, 'admin-key'), 'utf8').trim(),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Vendors with keys that are quick to make, for suites about something else: a replica then makes none itself. */
export async function keepSimulatedVendors(dataDir: string): Promise<void> {
  await saveVendor(join(dataDir, 'simulated'), await simulatedVendor());
  await saveIntel(join(dataDir, 'simulated'), await simulatedIntel());
}

/** Starts without waiting. */
export function spawnReplica(
  port: number,
  environment: Readonly<Record<string, string>>,
): ChildProcess & { said(): string } {
  if (!existsSync(MAIN)) throw new Error(`not built: ${MAIN}`);
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ASSAY_LISTEN: `127.0.0.1:${port}`,
      ASSAY_ISSUER: `http://127.0.0.1:${port}`,
      ASSAY_SIMULATED_VENDORS: '1',
      ASSAY_RATE_LIMIT: 'off',
      ...CRYPTO_SETTING,
      ...WATCHING,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  return Object.assign(child, { said: () => said });
}

/** Starts and waits until `readyz` says yes; throws with what the process said when it does not come up. */
export async function startReplica(
  environment: Readonly<Record<string, string>>,
  given?: number,
): Promise<Replica> {
  const port = given ?? (await freePort());
  const child = spawnReplica(port, environment);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`the service ended with ${child.exitCode}:\n${child.said()}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the service did not become ready:\n${child.said()}`);
    }
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.status === 200,
      () => false,
    );
    if (ready) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    pid: child.pid ?? 0,
    output: child.said,
    exitCode: () => child.exitCode,
    async stop(signal = 'SIGINT') {
      child.kill(signal);
      const code = await exited;
      requireNoneBroken(child.said());
      return code;
    },
  };
}
