/** A listening service that is given another certificate, as its clients see it. */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Listening, listen } from '../../src/http/server.js';
import { createLog } from '../../src/platform/log.js';
import { readTlsPair, type TlsFiles } from '../../src/platform/tls-files.js';
import { TlsRenewal } from '../../src/platform/tls-renewal.js';
import { connectTls, type MintedPair, mintTlsPair, placePair, shownAt, statusOver } from '../tls-pair.js';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly reason?: string;
}

let dir = '';
let first: MintedPair;
let second: MintedPair;
let listening: Listening;
let renewal: TlsRenewal;
let lines: Line[] = [];
let port = 0;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-tls-'));
  [first, second] = await Promise.all([mintTlsPair(), mintTlsPair()]);
});
afterEach(async () => {
  await renewal.stop();
  await listening.close();
  await rm(dir, { recursive: true, force: true });
});

/** Looks every few milliseconds unless a test wants to look itself. */
async function serve(files: TlsFiles, seconds = 0.01): Promise<void> {
  lines = [];
  const log = createLog({ write: (line) => void lines.push(JSON.parse(line)) });
  const serving = await readTlsPair(files);
  listening = await listen((_request, response) => response.end('here'), {
    addresses: [
      { host: '127.0.0.1', port: 0 },
      { host: '::1', port: 0 },
    ],
    tls: serving,
    log,
  });
  const parts = { apply: listening.renewTls, clock: { now: () => new Date() }, log };
  renewal = new TlsRenewal(files, serving, parts, seconds);
  port = Number(new URL(listening.url).port);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const errors = (): readonly Line[] => lines.filter(({ level }) => level === 'error');

describe('a new certificate', () => {
  test('is shown to new connections, while an open one goes on', async () => {
    await serve(await placePair(dir, first));
    const open = await connectTls(port);
    expect(open.getPeerCertificate().fingerprint256).toBe(first.fingerprint);
    expect(await statusOver(open)).toBe('HTTP/1.1 200 OK');
    await placePair(dir, second);
    await until(async () => (await shownAt(port)) === second.fingerprint);
    expect(await statusOver(open)).toBe('HTTP/1.1 200 OK');
    open.destroy();
    expect(lines.filter(({ msg }) => msg === 'serving a new TLS certificate')).toHaveLength(1);
    expect(renewal.expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  test('with another key is refused once, the old one stays, and a good pair mends it', async () => {
    await serve(await placePair(dir, first));
    await placePair(dir, { cert: second.cert, key: first.key });
    await until(() => errors().length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(errors()).toEqual([
      expect.objectContaining({
        msg: 'the new TLS certificate is not used',
        reason: expect.stringMatching(/is not the one that the first certificate in/),
        remedy: expect.stringMatching(/SIGHUP/),
      }),
    ]);
    expect(await shownAt(port)).toBe(first.fingerprint);
    await placePair(dir, second);
    await until(async () => (await shownAt(port)) === second.fingerprint);
    expect(errors()).toHaveLength(1);
  });

  test('is found behind an exchanged link, as Kubernetes mounts secrets', async () => {
    for (const [name, pair] of [
      ['one', first],
      ['two', second],
    ] as const) {
      await mkdir(join(dir, name));
      await placePair(join(dir, name), pair);
    }
    await symlink('one', join(dir, '..data'));
    await serve({ certFile: join(dir, '..data', 'tls.crt'), keyFile: join(dir, '..data', 'tls.key') });
    await symlink('two', join(dir, '..data_tmp'));
    await rename(join(dir, '..data_tmp'), join(dir, '..data'));
    await until(async () => (await shownAt(port)) === second.fingerprint);
    expect(errors()).toEqual([]);
  });

  test('that has ended, or is not there, is refused, and the old one stays', async () => {
    const files = await placePair(dir, first);
    await serve(files);
    await placePair(dir, await mintTlsPair(new Date('2026-01-01'), new Date('2026-02-01')));
    await until(() => errors().length === 1);
    await rm(files.keyFile);
    await until(() => errors().length === 2);
    expect(errors().map(({ reason }) => reason)).toEqual([
      'The certificate ended on 2026-02-01T00:00:00.000Z.',
      expect.stringMatching(/tls\.key cannot be read: there is no such file/),
    ]);
    expect(await shownAt(port)).toBe(first.fingerprint);
  });
});

describe('told to look', () => {
  const HOUR = 3600;

  test('it looks at once, and says whatever it finds each time', async () => {
    await serve(await placePair(dir, first), HOUR);
    await renewal.reload();
    await placePair(dir, { cert: second.cert, key: first.key });
    await renewal.reload();
    await renewal.reload();
    expect(await shownAt(port)).toBe(first.fingerprint);
    await placePair(dir, second);
    await renewal.reload();
    expect(await shownAt(port)).toBe(second.fingerprint);
    expect(lines.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'info: the TLS files hold the certificate that is being served',
      'error: the new TLS certificate is not used',
      'error: the new TLS certificate is not used',
      'info: serving a new TLS certificate',
    ]);
  });

  test('many times at once, it does so in turn', async () => {
    const files = await placePair(dir, first);
    await serve(files, HOUR);
    await placePair(dir, second);
    await Promise.all(Array.from({ length: 8 }, () => renewal.reload()));
    expect(lines.filter(({ msg }) => msg === 'serving a new TLS certificate')).toHaveLength(1);
    await writeFile(files.certFile, first.cert);
    await Promise.all([renewal.reload(), renewal.stop()]);
    expect(errors()).toHaveLength(1);
  });
});
