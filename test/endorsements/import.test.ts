import { describe, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { readArchive } from '../../src/endorsements/archive.js';
import { type ImportTarget, importEndorsements } from '../../src/endorsements/import.js';
import type { EndorsementDocument, Realm } from '../../src/rats/endorsement.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import { anchorsOf } from '../../src/simulator/index.js';
import { SCHEMES } from '../../src/tee/registry.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';

interface Entry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo' | 'character-device';
}

async function tarOf(entries: readonly Entry[]): Promise<Uint8Array> {
  const archive = pack();
  for (const { name, content, type } of entries) {
    if (type === 'symlink' || type === 'link') archive.entry({ name, type, linkname: '/etc/passwd' });
    else archive.entry({ name, type: type ?? 'file' }, content ?? '');
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Uint8Array.from(Buffer.concat(chunks));
}

describe('an archive', () => {
  test('gives its files by path, directories left out', async () => {
    const files = await readArchive(
      await tarOf([
        { name: './amd/', type: 'directory' },
        { name: './amd/vcek_crl.der', content: 'one' },
        { name: 'chain.pem', content: Buffer.alloc(100_000, 1) },
      ]),
    );
    expect(files.map(({ path, bytes }) => [path, bytes.length])).toEqual([
      ['amd/vcek_crl.der', 3],
      ['chain.pem', 100_000],
    ]);
  });

  test.each<[string, readonly Entry[], string]>([
    ['a path that climbs', [{ name: '../vcek.der', content: 'x' }], 'request_invalid'],
    ['a path that climbs in the middle', [{ name: 'a/../../b', content: 'x' }], 'request_invalid'],
    ['an absolute path', [{ name: '/etc/vcek.der', content: 'x' }], 'request_invalid'],
    ['a backslash', [{ name: 'a\\vcek.der', content: 'x' }], 'request_invalid'],
    ['a symbolic link', [{ name: 'vcek.der', type: 'symlink' }], 'request_invalid'],
    ['a hard link', [{ name: 'vcek.der', type: 'link' }], 'request_invalid'],
    ['a device', [{ name: 'vcek.der', type: 'character-device' }], 'request_invalid'],
    ['a pipe', [{ name: 'vcek.der', type: 'fifo' }], 'request_invalid'],
    ['one name twice', [{ name: 'a' }, { name: './a' }], 'request_invalid'],
    ['a huge file', [{ name: 'a', content: new Uint8Array(2 * 1024 * 1024 + 1) }], 'evidence_too_large'],
    [
      'too many entries',
      Array.from({ length: 513 }, (_, index) => ({ name: `f${index}` })),
      'evidence_too_large',
    ],
    ['nothing', [], 'request_invalid'],
  ])('with %s is refused', async (_what, entries, code) => {
    const archive = await tarOf(entries);
    expect(await outcomeOf(() => readArchive(archive))).toMatchObject({ ok: false, refusal: { code } });
  });

  test('cut short at any block is refused or gives whole files only', async () => {
    const archive = await tarOf([{ name: 'a', content: 'x'.repeat(1500) }]);
    for (let length = 1; length < archive.length; length += 97) {
      const outcome = await outcomeOf(() => readArchive(archive.subarray(0, length)));
      if (outcome.ok) expect(outcome.value.map(({ bytes }) => bytes.length)).toEqual([1500]);
      else expect(outcome.refusal.code).toBe('request_invalid');
    }
  });
});

describe('import', () => {
  async function target(kept: EndorsementDocument[], realm: Realm = 'simulated'): Promise<ImportTarget> {
    return {
      schemes: SCHEMES,
      store: {
        keep: async (_realm, document) => {
          const known = kept.some(({ sha256 }) => sha256 === document.sha256);
          if (!known) kept.push(document);
          return known ? 'known' : 'current';
        },
      },
      realm,
      anchors: anchorsOf(await simulatedVendor()),
      track: 'standard',
      source: 'test',
      now: SIMULATED_AT,
    };
  }

  test('keeps what verifies, names what does not, and ignores files of other names', async () => {
    const { products } = await simulatedVendor();
    const milan = products.get('Milan');
    if (milan === undefined) throw new Error('the shared vendor has Milan');
    const good = milan.crls.vcek.der;
    const bad = Uint8Array.from(good);
    bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
    const kept: EndorsementDocument[] = [];
    const report = await importEndorsements(
      [
        { path: 'x/vcek_crl.der', bytes: bad },
        { path: 'y/vcek_crl.der', bytes: good },
        { path: 'z/vcek_crl.der', bytes: good },
        { path: 'README', bytes: bad },
      ],
      await target(kept),
    );
    expect(report.imported).toEqual([
      { kind: 'snp-vcek-crl', sha256: kept[0]?.sha256, state: 'current' },
      { kind: 'snp-vcek-crl', sha256: kept[0]?.sha256, state: 'known' },
    ]);
    expect(report.rejected).toMatchObject([{ file: 'x/vcek_crl.der', code: 'snp_crl_signature_invalid' }]);
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({ kind: 'snp-vcek-crl', subject: 'Milan' });
    expect(kept[0]?.bytes).toEqual(good);
  });

  test('a database that is gone is not the documents’ fault', async () => {
    const { products } = await simulatedVendor();
    const milan = products.get('Milan');
    const files = [{ path: 'vcek_crl.der', bytes: milan?.crls.vcek.der ?? new Uint8Array(0) }];
    const lost = new Error('connection lost');
    const broken = { ...(await target([])), store: { keep: () => Promise.reject(lost) } };
    await expect(importEndorsements(files, broken)).rejects.toBe(lost);
  });
});
