/** A bundle, out of one store and into another: whole, signed, and held to every byte. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packArchive, readArchive } from '../../../src/endorsements/archive.js';
import { type BundleReport, importBundle, isBundle } from '../../../src/endorsements/bundle/import.js';
import { type ImportFile, importEndorsements } from '../../../src/endorsements/import.js';
import { outcomeOf } from '../../../src/rats/outcome.js';
import { SCHEMES } from '../../../src/tee/registry.js';
import type { EndorsementStore } from '../../../src/verifier/endorsement-ports.js';
import type { BundleKeys } from '../../../src/verifier/key-ports.js';
import { type Engine, openPgliteEngine } from '../../contract/engine.js';
import { simulatedAnchors } from '../../http/service.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';
import { bundleOf, fill, type KeyHolder, makeKeyHolder, manifestOf, remade } from './world.js';

let from: Engine;
let holder: KeyHolder;
let bundle: Uint8Array;

beforeAll(async () => {
  from = await openPgliteEngine();
  holder = await makeKeyHolder();
  await fill(from.stores.endorsements);
  bundle = await bundleOf(from.stores.endorsements, holder.signer);
}, 60_000);
afterAll(() => from.close());

const forgetful: Pick<EndorsementStore, 'keep'> = { keep: async () => 'current' };

async function take(
  archive: Uint8Array,
  trusted: BundleKeys | null = holder.keys,
  store: Pick<EndorsementStore, 'keep'> = forgetful,
): Promise<BundleReport> {
  const files = await readArchive(archive);
  expect(isBundle(files)).toBe(true);
  return importBundle(files, {
    schemes: SCHEMES,
    store,
    realm: 'simulated',
    anchors: await simulatedAnchors(),
    track: 'standard',
    source: 'bundle',
    now: SIMULATED_AT,
    trusted,
  });
}

async function refusalOf(archive: Uint8Array, trusted: BundleKeys | null = holder.keys): Promise<string> {
  const outcome = await outcomeOf(() => take(archive, trusted));
  if (outcome.ok) return 'taken';
  expect(outcome.refusal.code).toBe('request_invalid');
  return outcome.refusal.detail;
}

const namesOf = (
  all: readonly { readonly kind: string; readonly subject: string; readonly sha256: string }[],
) => [...new Set(all.map(({ kind, subject, sha256 }) => `${kind} ${subject} ${sha256}`))].sort();

describe('a bundle', () => {
  test('brings every document that counts, in both series, and the table of bulletins', async () => {
    const into = await openPgliteEngine();
    try {
      const report = await take(bundle, holder.keys, into.stores.endorsements);
      expect(report.rejected).toEqual([]);
      expect(report.bundle).toMatchObject({
        signature: 'trusted',
        issuer: 'https://attest.example/simulated',
      });
      const before = (await from.stores.endorsements.list('simulated', SIMULATED_AT)).filter(
        ({ state }) => state === 'current',
      );
      const after = await into.stores.endorsements.list('simulated', SIMULATED_AT);
      const table = after.filter(({ kind }) => kind === 'snp-bulletins');
      expect(table).toHaveLength(1);
      expect(namesOf(after)).toEqual(namesOf([...before, ...table]));
      const subjects = after.map(({ kind, subject }) => `${kind} ${subject.replace(/[0-9a-f]{16,}/gu, '…')}`);
      for (const wanted of [
        'tdx-tcb-info a55a6f000000/early',
        'tdx-tcb-info a55a6f000000/standard',
        'tdx-qe-identity early',
        'snp-vek Milan/…/…',
        'snp-vlek-crl Genoa',
      ]) {
        expect(subjects).toContain(wanted);
      }
      expect(subjects.some((subject) => subject.startsWith('snp-vek Milan/vlek/'))).toBe(true);
    } finally {
      await into.close();
    }
  }, 60_000);

  test('says of each file what it is, and has no two of one name', async () => {
    const { entries, left_out } = await manifestOf(bundle);
    expect(left_out).toEqual([]);
    expect(new Set(entries.map(({ path }) => path)).size).toBe(entries.length);
    expect(entries.filter(({ track }) => track === 'early').map(({ kind }) => kind)).toContain(
      'tdx-tcb-info',
    );
    expect(entries.find(({ kind }) => kind === 'snp-vek')?.track).toBeNull();
  });

  test('takes past generations only when asked, and kinds by choice', async () => {
    const kinds = { kinds: ['tdx-root-crl'] };
    const { entries } = await manifestOf(await bundleOf(from.stores.endorsements, holder.signer, kinds));
    expect(entries.map(({ kind }) => kind)).toEqual(['tdx-root-crl']);
    const older = await openPgliteEngine();
    try {
      await fill(older.stores.endorsements);
      await fill(older.stores.endorsements, new Date(SIMULATED_AT.getTime() - 86_400_000));
      const count = async (generations: boolean) =>
        (
          await manifestOf(
            await bundleOf(older.stores.endorsements, holder.signer, { ...kinds, generations }),
          )
        ).entries.length;
      expect(await count(false)).toBe(1);
      expect(await count(true)).toBeGreaterThan(1);
    } finally {
      await older.close();
    }
  }, 60_000);

  test('leaves behind, and names, what does not verify any more', async () => {
    const strange = {
      list: async () => (await from.stores.endorsements.list('simulated', SIMULATED_AT)).slice(0, 1),
      contents: async () => [{ kind: '', subject: '', bytes: Uint8Array.of(0x30, 0) }],
    };
    const { entries, left_out } = await manifestOf(await bundleOf(strange, holder.signer));
    expect(entries.map(({ kind }) => kind)).toEqual(['snp-bulletins']);
    expect(left_out).toHaveLength(1);
  });

  test('is refused where it would be more than an import reads, or nothing', async () => {
    const large = await outcomeOf(() => bundleOf(from.stores.endorsements, holder.signer, {}, 10_000));
    expect(large).toMatchObject({ ok: false, refusal: { code: 'request_invalid' } });
    // Of more documents than can fit not one is read.
    const fleet = {
      list: async () => {
        const [one] = await from.stores.endorsements.list('simulated', SIMULATED_AT);
        return one === undefined
          ? []
          : Array.from({ length: 9_000 }, () => ({ ...one, state: 'current' as const }));
      },
      contents: async () => {
        throw new Error('they were read');
      },
    };
    const crowd = await outcomeOf(() => bundleOf(fleet, holder.signer));
    expect(crowd).toMatchObject({
      ok: false,
      refusal: { code: 'request_invalid', detail: expect.stringMatching(/no room for 9000 documents/) },
    });
    const none = await outcomeOf(() =>
      bundleOf(from.stores.endorsements, holder.signer, { kinds: ['snp-nothing'] }),
    );
    expect(none).toMatchObject({ ok: false, refusal: { code: 'request_invalid' } });
  });

  test('unpacked by hand is a directory of vendor documents like any other', async () => {
    const files = (await readArchive(bundle)).filter(({ path }) => !path.startsWith('manifest.'));
    const report = await importEndorsements(files, {
      schemes: SCHEMES,
      store: forgetful,
      realm: 'simulated',
      anchors: await simulatedAnchors(),
      track: 'standard',
      source: 'test',
      now: SIMULATED_AT,
    });
    expect(report.rejected).toEqual([]);
    // Nothing says whose the table is, so nobody reads it.
    expect(report.imported.map(({ kind }) => kind)).not.toContain('snp-bulletins');
  });
});

describe('without keys to trust', () => {
  test('vendors’ signatures count, and what no vendor signs does not', async () => {
    const { imported, rejected, bundle: facts } = await take(bundle, null);
    expect(facts).toMatchObject({ signature: 'not_checked', key: null });
    expect(facts.note).toMatch(/ASSAY_BUNDLE_KEYS/u);
    expect(rejected.map(({ file, code }) => [file.replace(/.*\//u, ''), code])).toEqual([
      ['bulletins.json', 'request_invalid'],
    ]);
    expect(rejected[0]?.why).toMatch(/No vendor signs/u);
    expect(imported.map(({ kind }) => kind)).not.toContain('snp-bulletins');
    expect(imported.length).toBeGreaterThan(20);
  });

  test('a file that the manifest does not have like this refuses it all the same', async () => {
    const archive = await remade(bundle, { files: (files) => files.slice(0, -1) });
    expect(await refusalOf(archive, null)).toMatch(/is missing/u);
  });
});

describe('a bundle that somebody touched', () => {
  test.each<[string, (files: readonly ImportFile[]) => readonly ImportFile[], RegExp]>([
    ['a file dropped', (files) => files.slice(0, -1), /is missing/u],
    [
      'a file added',
      (files) => [...files, { path: 'more/vcek.der', bytes: Uint8Array.of(1) }],
      /not in the manifest/u,
    ],
    [
      'the signature dropped',
      (files) => files.filter(({ path }) => path !== 'manifest.jws'),
      /nobody has signed it/u,
    ],
    ['two files swapped', swapLists, /has another digest/u],
    [
      'a file renamed',
      (files) => files.map((file, index) => (index === 5 ? { ...file, path: `x${file.path}` } : file)),
      /is missing.*not in the manifest/su,
    ],
  ])('%s', async (_what, files, words) => {
    expect(await refusalOf(await remade(bundle, { files }))).toMatch(words);
  });

  test('any bit of any file, of the manifest or of its signature', async () => {
    const files = await readArchive(bundle);
    const total = files.length;
    await fc.assert(
      fc.asyncProperty(fc.nat(total - 1), fc.nat(1_000_000), fc.nat(7), async (which, where, bit) => {
        const changed = files.map((file, index) => {
          if (index !== which) return file;
          const bytes = Uint8Array.from(file.bytes);
          const at = where % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
          return { ...file, bytes };
        });
        const archive = await packArchive(changed);
        expect(await refusalOf(archive)).not.toBe('taken');
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  test('a manifest that a stranger signed', async () => {
    const stranger = await makeKeyHolder();
    const archive = await remade(bundle, { manifest: (manifest) => manifest, signer: stranger.signer });
    expect(await refusalOf(archive)).toMatch(/No key that this service trusts/u);
    expect(await refusalOf(archive, stranger.keys)).toBe('taken');
  });

  test.each<[string, object, RegExp]>([
    ['another form', { format: 'assay-endorsements/2' }, /newer release/u],
    ['another realm', { realm: 'genuine' }, /genuine realm/u],
    ['a member too many', { extra: 1 }, /unknown member/u],
    ['an instant that is none', { created_at: 'yesterday' }, /no instant/u],
    ['no list of files', { entries: {} }, /no list/u],
  ])('a trusted key that signed %s', async (_what, change, words) => {
    const archive = await remade(bundle, {
      manifest: (manifest) => ({ ...manifest, ...change }),
      signer: holder.signer,
    });
    expect(await refusalOf(archive)).toMatch(words);
  });

  test('a trusted key that calls a document what it is not', async () => {
    const archive = await remade(bundle, {
      manifest: (manifest) => ({
        ...manifest,
        entries: manifest.entries.map((entry) =>
          entry.kind === 'snp-vcek-crl' ? { ...entry, kind: 'snp-vek' } : entry,
        ),
      }),
      signer: holder.signer,
    });
    const { rejected } = await take(archive);
    expect(rejected.map(({ code, why }) => [code, /is not snp-vek/u.test(why)])).toEqual([
      ['request_invalid', true],
      ['request_invalid', true],
      ['request_invalid', true],
    ]);
  });
});

describe('an older bundle', () => {
  test('makes nothing current that a newer document came before', async () => {
    const into = await openPgliteEngine();
    try {
      await fill(into.stores.endorsements, new Date(SIMULATED_AT.getTime() - 3 * 86_400_000));
      const old = await bundleOf(into.stores.endorsements, holder.signer);
      const { imported } = await take(old, holder.keys, from.stores.endorsements);
      const states = (kind: string) => [
        ...new Set(imported.filter((one) => one.kind === kind).map(({ state }) => state)),
      ];
      expect(states('tdx-tcb-info')).toEqual(['past']);
      expect(states('tdx-pck-crl')).toEqual(['past']);
    } finally {
      await into.close();
    }
  }, 60_000);
});

function swapLists(files: readonly ImportFile[]): readonly ImportFile[] {
  const lists = files.filter(({ path }) => path.endsWith('vcek_crl.der'));
  const [one, other] = lists;
  if (one === undefined || other === undefined) throw new TypeError('two lists are there');
  return files.map((file) => {
    if (file === one) return { ...one, bytes: other.bytes };
    return file === other ? { ...other, bytes: one.bytes } : file;
  });
}
