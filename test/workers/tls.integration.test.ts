/** The certificate of a service of several processes: every worker shows the new one, and a bad one is said once each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../replicas/database.js';
import { dataDirectory, freePort } from '../replicas/replica.js';
import { connectTls, type MintedPair, mintTlsPair, placePair, shownAt, statusOver } from '../tls-pair.js';
import { beginWorkers, type RunningWorkers, startWorkers, until } from './running.js';

describe('two processes with a certificate', () => {
  const data = dataDirectory();
  const dir = mkdtempSync(join(tmpdir(), 'assay-workers-tls-'));
  let database: TestDatabase;
  let service: RunningWorkers;
  let port = 0;
  let first: MintedPair;
  let second: MintedPair;
  const settings = (files: { certFile: string; keyFile: string }): Record<string, string> => ({
    ASSAY_DATABASE_URL: database.url,
    ASSAY_DATA_DIR: data.path,
    ASSAY_ISSUER: `https://localhost:${port}`,
    ASSAY_TLS_CERT: files.certFile,
    ASSAY_TLS_KEY: files.keyFile,
  });

  beforeAll(async () => {
    database = await createDatabase();
    port = await freePort();
    const until = new Date(Date.now() + 1000 * 3600 * 1000);
    [first, second] = await Promise.all([mintTlsPair(), mintTlsPair(undefined, until)]);
    service = await startWorkers(port, settings(await placePair(dir, first)));
  }, 120_000);
  afterAll(async () => {
    service?.signal('SIGTERM');
    await service?.ended;
    await database?.drop();
    data.remove();
    rmSync(dir, { recursive: true, force: true });
  }, 60_000);

  /** Connections go to the workers in turn: these reach both. */
  const shown = async (): Promise<readonly string[]> => {
    const seen = [];
    for (let connection = 0; connection < 6; connection += 1) seen.push(await shownAt(port));
    return [...new Set(seen)];
  };
  const count = (words: string): number => service.said().split(words).length - 1;

  test('keep it when the files do not belong together, and both take the next good pair', async () => {
    expect(await shown()).toEqual([first.fingerprint]);
    const open = await connectTls(port);
    expect(await statusOver(open, '/livez')).toBe('HTTP/1.1 200 OK');
    await placePair(dir, { cert: second.cert, key: first.key });
    service.signal('SIGHUP');
    await until(() => count('the new TLS certificate is not used') >= 2);
    expect(await shown()).toEqual([first.fingerprint]);
    await placePair(dir, second);
    service.signal('SIGHUP');
    await until(() => count('serving a new TLS certificate') === 2);
    expect(await shown()).toEqual([second.fingerprint]);
    expect(await statusOver(open, '/livez')).toBe('HTTP/1.1 200 OK');
    open.destroy();
    expect(service.workers()).toHaveLength(2);
  });

  test('find a new one without being told, and /metrics says how long it lasts', async () => {
    const third = await mintTlsPair(undefined, new Date(Date.now() + 500 * 3600 * 1000));
    await placePair(dir, third);
    await until(() => count('serving a new TLS certificate') === 4);
    expect(await shown()).toEqual([third.fingerprint]);
    const socket = await connectTls(port);
    const text = await new Promise<string>((resolve) => {
      let whole = '';
      socket.setEncoding('utf8').on('data', (part: string) => {
        whole += part;
      });
      socket.once('end', () => resolve(whole));
      socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    });
    const seconds = Number(/^assay_tls_certificate_expiry_seconds (\S+)$/m.exec(text)?.[1]);
    expect(seconds).toBeGreaterThan(499 * 3600);
    expect(seconds).toBeLessThanOrEqual(500 * 3600);
  });

  test('do not start with a pair that does not belong together', async () => {
    const other = mkdtempSync(join(tmpdir(), 'assay-workers-tls-'));
    const files = await placePair(other, { cert: first.cert, key: second.key });
    const refused = beginWorkers(await freePort(), settings(files));
    expect(await refused.ended).toEqual({ code: 2, signal: null });
    expect(refused.said().match(/is not the one that the first certificate in/g)).toHaveLength(1);
    rmSync(other, { recursive: true, force: true });
  });
});
