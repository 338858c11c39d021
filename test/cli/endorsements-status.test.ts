/** What a terminal shows of the documents in use, and of a bundle of them. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { packArchive } from '../../src/endorsements/archive.js';
import { type BundleManifest, writeManifest } from '../../src/endorsements/bundle/manifest.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay } from './run-assay.js';
import { type StubServer, startStubServer } from './stub-server.js';

let place: GuestPlace;
let server: StubServer;
let reach: readonly string[];

beforeAll(async () => {
  place = await makeGuestPlace();
  server = await startStubServer();
  reach = ['--server', server.url, '--key', 'ak_test'];
});
afterAll(async () => {
  await server.close();
  await place.remove();
});

const DAY = 86_400_000;
const later = (days: number): string => new Date(SIMULATED_AT.getTime() + days * DAY).toISOString();
const item = (changes: object) => ({
  kind: 'snp-vcek-crl',
  subject: 'Milan',
  state: 'current',
  issued_at: later(-3),
  expires_at: later(27.5),
  source: 'vendor',
  stored_at: later(-3),
  last_used_at: later(0),
  ...changes,
});
const status = (...args: readonly string[]) => assay(['endorsements', 'status', ...reach, ...args]);

describe('assay endorsements status', () => {
  test('says of each document in use how old it is, from where, and until when', async () => {
    server.answer(200, {
      items: [
        item({}),
        item({ kind: 'tdx-tcb-info', subject: 'a55a6f000000/standard', expires_at: later(2) }),
        item({ kind: 'snp-bulletins', subject: 'amd', expires_at: '9999-12-31T23:59:59.000Z' }),
      ],
    });
    const { code, out } = await status();
    expect(server.onlyAsked().path).toBe('/v1/endorsements?state=current&limit=200');
    expect(code).toBe(0);
    expect(out).toContain('✓ snp-vcek-crl Milan\n    good for 27 days, until');
    expect(out).toContain('issued 3 days ago; from: vendor');
    expect(out).toContain('! tdx-tcb-info a55a6f000000/standard\n    good for 2 days');
    expect(out).toContain('good for ever');
    expect(out).toContain('3 documents in use, none has ended.');
    // What ends first comes first.
    expect(out.indexOf('tdx-tcb-info')).toBeLessThan(out.indexOf('snp-vcek-crl'));
  });

  test('ends with 4 when one has ended, and says since when and what went wrong last', async () => {
    server.answer(200, {
      items: [
        item({}),
        item({ subject: 'Genoa', expires_at: later(-1), last_error: 'amd-kds answered 500' }),
      ],
    });
    const { code, out } = await status();
    expect(code).toBe(4);
    expect(out).toContain(`✗ snp-vcek-crl Genoa\n    ended 1 day ago, on ${later(-1)}`);
    expect(out).toContain('last error: amd-kds answered 500');
    expect(out).toContain('1 of 2 documents have ended');
    const json = await status('--json');
    expect(json.code).toBe(4);
    const { stale, items } = JSON.parse(json.out) as { stale: number; items: { stale: boolean }[] };
    expect([stale, items.map((one) => one.stale)]).toEqual([1, [false, true]]);
  });

  test('leaves out what nobody used for 30 days, though it has ended; what came of late is in use', async () => {
    const gone = { subject: 'Rome', expires_at: later(-40), stored_at: later(-70), last_used_at: later(-31) };
    const unused = { subject: 'Genoa', stored_at: later(-70), last_used_at: null };
    const imported = { subject: 'Turin', stored_at: later(-29), last_used_at: null };
    server.answer(200, { items: [item({}), item(gone), item(unused), item(imported)] });
    const { code, out } = await status();
    expect(code).toBe(0);
    expect(out).not.toMatch(/Rome|Genoa/u);
    expect(out).toContain('✓ snp-vcek-crl Turin');
    expect(out).toContain('2 more that nothing used for 30 days');
    expect(out).toContain('2 documents in use, none has ended.');
    const { out: json } = await status('--json');
    expect(JSON.parse(json)).toMatchObject({ stale: 0, items: [{ subject: 'Milan' }, { subject: 'Turin' }] });
  });

  test('says that nothing is there', async () => {
    server.answer(200, { items: [] });
    const { code, out } = await status();
    expect([code, out]).toEqual([0, expect.stringMatching(/No vendor document is at hand/u)]);
  });
});

describe('assay endorsements export', () => {
  const manifest: BundleManifest = {
    format: 'assay-endorsements/1',
    created_at: later(0),
    issuer: 'https://attest.example',
    realm: 'genuine',
    entries: [],
    left_out: [],
  };
  const bundle = async (changes: Partial<BundleManifest> = {}): Promise<Buffer> =>
    Buffer.from(
      await packArchive([{ path: 'manifest.json', bytes: writeManifest({ ...manifest, ...changes }) }]),
    );
  const run = (...args: readonly string[]) => assay(['endorsements', 'export', ...args, ...reach]);

  test('writes the archive as it came, for what was asked', async () => {
    const archive = await bundle();
    server.answer(200, archive);
    const file = place.path('bundle.tar');
    const { code, out } = await run(
      file,
      '--generations',
      '--kind',
      'snp-vcek-crl',
      '--kind',
      'tdx-root-crl',
    );
    expect([code, out]).toEqual([0, `✓ ${file}: 0 files of https://attest.example\n`]);
    expect(await readFile(file)).toEqual(archive);
    const { method, path, body } = server.onlyAsked();
    expect([method, path]).toEqual(['POST', '/v1/endorsements/bundles']);
    expect(JSON.parse(body.toString())).toEqual({
      generations: true,
      kinds: ['snp-vcek-crl', 'tdx-root-crl'],
    });
  });

  test('names what stayed behind', async () => {
    const left = { kind: 'snp-vek', subject: 'Milan/…'.replace('…', 'aa/bb'), code: 'snp_chain_untrusted' };
    server.answer(200, await bundle({ left_out: [left] }));
    const { code, out } = await run(place.path('bundle.tar'));
    expect([code, out]).toEqual([1, expect.stringMatching(/✗ snp-vek Milan\/aa\/bb .*snp_chain_untrusted/u)]);
  });

  test('prints the keys, and nothing else on standard output', async () => {
    server.answer(200, { keys: [{ kty: 'EC' }] });
    const { code, out } = await run('--print-key');
    expect([code, JSON.parse(out)]).toEqual([0, { keys: [{ kty: 'EC' }] }]);
    expect(server.onlyAsked().path).toBe('/v1/endorsements/bundles/jwks');
  });

  test('needs a file, and tells the service’s problem in words', async () => {
    expect(await run()).toMatchObject({ code: 2, err: expect.stringMatching(/Name the file/u) });
    server.answer(403, { code: 'role_missing', detail: 'Vendor documents are shared.' });
    const refused = await run(place.path('none.tar'));
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/role_missing/u) });
  });
});

describe('assay endorsements import of a bundle', () => {
  test('prints what its signature means, and why a file was not taken', async () => {
    server.answer(200, {
      imported: [],
      rejected: [{ file: 'x/bulletins.json', code: 'request_invalid', why: 'No vendor signs it.' }],
      bundle: { note: 'Nobody’s signature was checked.' },
    });
    const archive = place.path('bundle.tar');
    const { code, out } = await assay(['endorsements', 'import', archive, ...reach]);
    expect(code).toBe(1);
    expect(out).toContain('✗ x/bulletins.json: request_invalid (No vendor signs it.)');
    expect(out).toContain('Nobody’s signature was checked.');
  });
});
