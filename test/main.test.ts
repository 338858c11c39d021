/** The service as a process: it starts, says where it is, stops on a signal, and refuses mistakes in words. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { saveIntel, saveVendor } from '../src/simulator/index.js';
import { WATCHING } from './http/contract/child.js';
import { simulatedIntel, simulatedVendor } from './simulated-vendor.js';
import { mintTlsPair, placePair, shownAt } from './tls-pair.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-main-'));
  // Minting one with large keys is slow, and another test's business.
  await saveVendor(join(dir, 'simulated'), await simulatedVendor());
  await saveIntel(join(dir, 'simulated'), await simulatedIntel());
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly status: Promise<number | null>;
}

function run(env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH ?? '',
      ASSAY_DATA_DIR: dir,
      ASSAY_DATABASE_URL: 'pglite:memory',
      ...WATCHING,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    text.out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    text.err += String(chunk);
  });
  const status = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  return { child, out: () => text.out, err: () => text.err, status };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the process', () => {
  test('serves simulated evidence on loopback, keeps its key to a file, and ends in peace', async () => {
    const port = await freePort();
    const service = run({ ASSAY_LISTEN: `localhost:${port}`, ASSAY_SIMULATED_VENDORS: '1' });
    try {
      const issuer = `http://localhost:${port}`;
      while (!service.out().includes(issuer)) {
        if (service.child.exitCode !== null) throw new Error(service.err());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const key = (await readFile(join(dir, 'admin-key'), 'utf8')).trim();
      expect(service.out()).toContain(join(dir, 'admin-key'));
      expect(service.out() + service.err()).not.toContain(key);
      const reply = await fetch(`http://127.0.0.1:${port}/simulated/v1/endorsements`, {
        headers: { Authorization: `Bearer ${key}` },
      });
      const { items } = (await reply.json()) as { items: { kind: string; state: string }[] };
      const current = items.filter(({ state }) => state === 'current').map(({ kind }) => kind);
      expect(current).toHaveLength(items.length);
      expect([...new Set(current)].sort()).toEqual([
        'snp-vcek-crl',
        'snp-vlek-crl',
        'tdx-pck-ca',
        'tdx-pck-crl',
        'tdx-qe-identity',
        'tdx-root-crl',
        'tdx-tcb-info',
        'tdx-tcb-signing',
      ]);
      // Ctrl-C waits for nobody.
      service.child.kill('SIGINT');
      expect(await service.status).toBe(0);
      expect(service.err()).not.toContain('serves_on_ms');
    } finally {
      service.child.kill('SIGKILL');
    }
  });

  test('on SIGTERM serves on, not ready, before it ends in peace; a second signal ends it at once', async () => {
    const port = await freePort();
    const service = run({ ASSAY_LISTEN: `localhost:${port}` });
    const readyz = `http://127.0.0.1:${port}/readyz`;
    const status = () =>
      fetch(readyz).then(
        (reply) => reply.status,
        () => 0,
      );
    try {
      while ((await status()) !== 200) {
        if (service.child.exitCode !== null) throw new Error(service.err());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      service.child.kill('SIGTERM');
      while (!service.err().includes('serves_on_ms')) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await status()).toBe(503);
      service.child.kill('SIGINT');
      expect(await service.status).toBe(1);
    } finally {
      service.child.kill('SIGKILL');
    }
  });

  test('looks at its TLS files on SIGHUP and shows the new certificate', async () => {
    const files = await mkdtemp(join(dir, 'tls-'));
    const [first, second] = await Promise.all([mintTlsPair(), mintTlsPair()]);
    const { certFile, keyFile } = await placePair(files, first);
    const port = await freePort();
    const service = run({
      ASSAY_LISTEN: `127.0.0.1:${port}`,
      ASSAY_ISSUER: `https://localhost:${port}`,
      ASSAY_TLS_CERT: certFile,
      ASSAY_TLS_KEY: keyFile,
    });
    try {
      const heard = async (words: string): Promise<void> => {
        while (!(service.out() + service.err()).includes(words)) {
          if (service.child.exitCode !== null) throw new Error(service.err());
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      await heard('Assay serves');
      expect(await shownAt(port)).toBe(first.fingerprint);
      await placePair(files, second);
      service.child.kill('SIGHUP');
      await heard('serving a new TLS certificate');
      expect(await shownAt(port)).toBe(second.fingerprint);
      expect(service.err()).not.toContain('"worker"');
    } finally {
      service.child.kill('SIGTERM');
    }
    expect(await service.status).toBe(0);
  });

  test('refuses mistakes in words, all at once, without a stack trace', async () => {
    const service = run({ ASSAY_WORKERS: '2', ASSAY_LISTEN: 'nowhere' });
    expect(await service.status).toBe(2);
    expect(service.err()).toMatch(/2 mistakes/);
    expect(service.err()).toMatch(/ASSAY_WORKERS/);
    expect(service.err()).not.toMatch(/^\s+at /m);
  });

  test('refuses a key-encryption key that is none', async () => {
    await writeFile(join(dir, 'bad-kek'), 'short');
    const service = run({ ASSAY_KEK_FILE: join(dir, 'bad-kek') });
    expect(await service.status).toBe(2);
    expect(service.err()).toMatch(/bad-kek does not hold 32 bytes/);
  });

  test('finds files that cannot be read together with the other mistakes', async () => {
    const service = run({
      ASSAY_KEK_FILE: join(dir, 'no-kek'),
      ASSAY_TLS_CERT: dir,
      ASSAY_TLS_KEY: join(dir, 'no-key.pem'),
      ASSAY_WORKERS: '2',
      ASSAY_WORKRES: '1',
    });
    expect(await service.status).toBe(2);
    expect(service.err()).toMatch(/5 mistakes/);
    expect(service.err()).toMatch(
      /ASSAY_KEK_FILE names \S+no-kek, which cannot be read: there is no such file/,
    );
    expect(service.err()).toMatch(/ASSAY_TLS_CERT names .*: it is a directory/);
    expect(service.err()).toMatch(/ASSAY_TLS_KEY names .*: there is no such file/);
    expect(service.err()).toMatch(/ASSAY_WORKRES is no setting/);
  });
});
