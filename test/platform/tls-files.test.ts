import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dateFault, readTlsPair, TlsUnusable } from '../../src/platform/tls-files.js';
import { type MintedPair, mintTlsPair, placePair } from '../tls-pair.js';

let dir = '';
let pair: MintedPair;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-tls-files-'));
  pair = await mintTlsPair(new Date('2026-01-01T00:00:00Z'), new Date('2026-02-01T00:00:00Z'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('a pair of TLS files', () => {
  test('is read with its dates, expired or not', async () => {
    const read = await readTlsPair(await placePair(dir, pair));
    expect(read).toMatchObject({
      cert: Buffer.from(pair.cert),
      key: Buffer.from(pair.key),
      beginsAt: new Date('2026-01-01T00:00:00Z'),
      expiresAt: new Date('2026-02-01T00:00:00Z'),
    });
    expect(dateFault(read, new Date('2026-01-01T00:00:00Z'))).toBeNull();
    expect(dateFault(read, new Date('2026-01-31T23:59:59Z'))).toBeNull();
    expect(dateFault(read, new Date('2025-12-31T23:59:59Z'))).toMatch(/begins only on 2026-01-01/);
    expect(dateFault(read, new Date('2026-02-01T00:00:00Z'))).toMatch(/ended on 2026-02-01/);
  });

  test('has another digest when either file changes', async () => {
    const digests = [];
    for (const content of [pair, { ...pair, cert: `${pair.cert}\n` }, { ...pair, key: `${pair.key}\n` }]) {
      digests.push((await readTlsPair(await placePair(dir, content))).digest);
    }
    expect(new Set(digests).size).toBe(3);
  });

  test.each<[string, (other: MintedPair) => Partial<MintedPair>, RegExp]>([
    [
      'another key',
      ({ key }) => ({ key }),
      /The key in .*tls\.key is not the one that the first certificate/,
    ],
    ['no certificate', () => ({ cert: 'nonsense' }), /tls\.crt does not begin with a certificate in PEM/],
    ['an empty certificate', () => ({ cert: '' }), /tls\.crt does not begin with a certificate in PEM/],
    ['half a certificate', () => ({ cert: pair.cert.slice(0, 200) }), /tls\.crt does not begin/],
    ['no key', () => ({ key: 'nonsense' }), /tls\.key does not hold a private key/],
    ['half a key', () => ({ key: pair.key.slice(0, 60) }), /tls\.key does not hold a private key/],
    ['the certificate as key', () => ({ key: pair.cert }), /tls\.key does not hold a private key/],
    [
      'a broken chain behind a good certificate',
      () => ({ cert: `${pair.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n` }),
      /TLS cannot use .*tls\.crt/,
    ],
  ])('is refused in words with %s', async (_what, change, words) => {
    const files = await placePair(dir, { ...pair, ...change(await mintTlsPair()) });
    const refused: unknown = await readTlsPair(files).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TlsUnusable);
    expect(refused).toMatchObject({ message: expect.stringMatching(words), digest: expect.any(String) });
    expect(String(refused)).not.toContain(pair.key.slice(30, 60));
  });

  test('is refused in words when a file is not there', async () => {
    const files = await placePair(dir, pair);
    await expect(readTlsPair({ ...files, keyFile: join(dir, 'none') })).rejects.toThrow(
      /none cannot be read: there is no such file/,
    );
    await writeFile(join(dir, 'file'), '');
    await expect(readTlsPair({ ...files, certFile: dir })).rejects.toThrow(
      /cannot be read: it is a directory/,
    );
  });
});
