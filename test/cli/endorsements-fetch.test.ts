/** Vendors asked from the command line, and what was got judged by the same command line. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pemOf } from '../../src/endorsements/bundle/pem.js';
import { authoritiesOf } from '../../src/simulator/amd/vendor.js';
import { intelAnchorsOf, intelFiles } from '../../src/simulator/index.js';
import { type LocalServer, startServer } from '../endorsements/local-server.js';
import { guestWith, tdWith } from '../http/guest.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay, type Run } from './run-assay.js';

let place: GuestPlace;
let server: LocalServer;
let amdRoot: string;
let intelRoot: string;
let leaf: Uint8Array;
/** Paths that answer otherwise than usual. */
const otherwise = new Map<string, number>();

beforeAll(async () => {
  place = await makeGuestPlace();
  // Version 2 does not name its processor: only the certificate tells which line it is of.
  const guest = await guestWith(Buffer.alloc(64), { reportVersion: 2 });
  leaf = guest.leafDer ?? new Uint8Array(0);
  await writeFile(place.path('report.bin'), guest.evidence);
  await writeFile(place.path('quote.bin'), (await tdWith(Buffer.alloc(64))).evidence);
  amdRoot = place.path('ark.der');
  await writeFile(amdRoot, guest.arkDer);
  intelRoot = place.path('intel-root.der');
  const [root = new Uint8Array(0)] = intelAnchorsOf(await simulatedIntel()).vendors.intel?.roots ?? [];
  await writeFile(intelRoot, root);
  server = await startServer(await answering());
}, 60_000);
afterAll(async () => {
  await server.close();
  await place.remove();
});

/** The miniature vendors at the paths of the real ones. */
async function answering(): Promise<RequestListener> {
  const vendor = await simulatedVendor();
  const { ark, ask, asvk } = authoritiesOf(vendor, 'Milan');
  const lists = vendor.products.get('Milan')?.crls;
  const files = await intelFiles(await simulatedIntel(), SIMULATED_AT);
  const intel = (name: string) =>
    Buffer.from(files.find(({ path }) => path.endsWith(`/platform/${name}`))?.bytes ?? []);
  const chain = (...certificates: readonly Uint8Array[]) => Buffer.concat(certificates.map(pemOf));
  const header = (name: string, file: string) => ({ [name]: encodeURIComponent(intel(file).toString()) });
  const signing = 'tcb_signing_chain.pem';
  const answers: readonly (readonly [RegExp, Uint8Array, Readonly<Record<string, string>>?])[] = [
    [/^\/vcek\/v1\/Milan\/[0-9a-f]{128}\?blSPL=/u, leaf],
    [/^\/vcek\/v1\/Milan\/cert_chain$/u, chain(ask.certificate, ark.certificate)],
    [/^\/vlek\/v1\/Milan\/cert_chain$/u, chain(asvk.certificate, ark.certificate)],
    [/^\/vcek\/v1\/Milan\/crl$/u, lists?.vcek.der ?? leaf],
    [/^\/vlek\/v1\/Milan\/crl$/u, lists?.vlek.der ?? leaf],
    [
      /^\/tdx\/certification\/v4\/tcb\?fmspc=a55a6f000000/u,
      intel('tcb_info.json'),
      header('TCB-Info-Issuer-Chain', signing),
    ],
    [
      /^\/tdx\/certification\/v4\/qe\/identity/u,
      intel('qe_identity.json'),
      header('SGX-Enclave-Identity-Issuer-Chain', signing),
    ],
    [
      /^\/sgx\/certification\/v4\/pckcrl\?ca=platform/u,
      intel('pck_crl.der'),
      header('SGX-PCK-CRL-Issuer-Chain', 'pck_crl_issuer_chain.pem'),
    ],
    [/^\/IntelSGXRootCA\.der$/u, intel('root_ca_crl.der')],
  ];
  return ({ url = '' }, response) => {
    const status = [...otherwise].find(([path]) => url.startsWith(path))?.[1];
    const [, body, headers = {}] = answers.find(([path]) => path.test(url)) ?? [];
    response.writeHead(status ?? (body === undefined ? 404 : 200), headers);
    response.end(status === undefined ? body : '');
  };
}

function fetchInto(dir: string, ...args: readonly string[]): Promise<Run> {
  const env = { ASSAY_SIMULATED_VENDOR_URL: `http://127.0.0.1:${server.port}` };
  return assay(['endorsements', 'fetch', place.path(dir), ...args], { env });
}

const judged = (evidence: string, dir: string, root: string): Promise<Run> =>
  assay(['verify', place.path(evidence), '--endorsements', place.path(dir), '--trust-anchor', root]);

describe('assay endorsements fetch', () => {
  test('brings everything that a report needs, and the report is genuine by it', async () => {
    const { code, out } = await fetchInto(
      'snp',
      '--evidence',
      place.path('report.bin'),
      '--trust-anchor',
      amdRoot,
    );
    expect(code === 0 ? '' : out).toBe('');
    expect(out).toMatch(/✓ snp-vek Milan\//u);
    expect(out).not.toMatch(/Genoa/u);
    expect(
      server.requests.some(({ url }) => /^\/vcek\/v1\/Genoa\/(?:[0-9a-f]+\?|crl)/u.test(url ?? '')),
    ).toBe(false);
    expect((await readdir(place.path('snp'))).sort()).toEqual(['chain.pem', 'vcek.der', 'vcek_crl.der']);
    // No reference value was given, so nothing is more than a warning.
    expect((await judged('report.bin', 'snp', amdRoot)).code).toBe(5);
  });

  test('brings everything that a quote needs', async () => {
    const { code, out } = await fetchInto(
      'tdx',
      '--evidence',
      place.path('quote.bin'),
      '--trust-anchor',
      intelRoot,
    );
    expect({ code, out }).toMatchObject({ code: 0 });
    expect((await readdir(place.path('tdx'))).sort()).toEqual([
      'pck_crl.der',
      'pck_crl_issuer_chain.pem',
      'qe_identity.json',
      'root_ca_crl.der',
      'tcb_info.json',
      'tcb_signing_chain.pem',
    ]);
    expect((await judged('quote.bin', 'tdx', intelRoot)).code).toBe(5);
  });

  test('for a product line or a family, and for the early series when asked', async () => {
    expect((await fetchInto('milan', '--product', 'Milan', '--trust-anchor', amdRoot)).code).toBe(0);
    expect((await readFile(join(place.path('milan'), 'chain.pem'), 'utf8')).match(/BEGIN/gu)).toHaveLength(3);
    const before = server.requests.length;
    const family = ['--fmspc', 'A55A6F000000', '--track', 'early', '--trust-anchor', intelRoot];
    expect((await fetchInto('early', ...family)).code).toBe(0);
    const asked = server.requests.slice(before).map(({ url }) => url);
    expect(asked).toContain('/tdx/certification/v4/tcb?fmspc=a55a6f000000&update=early');
    expect(asked).toContain('/tdx/certification/v4/qe/identity?update=early');
  });

  test('says what a vendor did not give, and why, and keeps the rest', async () => {
    otherwise.set('/vcek/v1/Milan/crl', 429);
    otherwise.set('/vcek/v1/Milan/cert_chain', 500);
    const { code, out } = await fetchInto('half', '--product', 'Milan', '--trust-anchor', amdRoot);
    otherwise.clear();
    expect(code).toBe(4);
    expect(out).toMatch(/✗ snp-vcek-crl Milan: its vendor takes no more requests now; ask again in \d+ s/u);
    expect(out).toMatch(/✗ snp-ask Milan: amd-kds answered 500/u);
    expect((await readdir(place.path('half'))).sort()).toEqual(['chain.pem', 'vlek_crl.der']);
  });

  test('keeps nothing that is not the vendor’s', async () => {
    const stranger = ['--fmspc', '00906ed50000', '--trust-anchor', intelRoot];
    const { code, out } = await fetchInto('none', ...stranger);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ tdx-tcb-info 00906ed50000\/standard: its vendor has none \(404\)/u);
    // What there always is, and this service has not.
    const amiss = await fetchInto('amiss', '--product', 'Genoa', '--trust-anchor', amdRoot);
    expect(amiss.code).toBe(4);
    expect(amiss.out).toMatch(/✗ snp-ask Genoa: amd-kds answered 404 for snp-ask, which always exists/u);
    const foreign = await fetchInto('foreign', '--product', 'Milan', '--trust-anchor', intelRoot);
    expect(foreign.code).toBe(1);
    expect(foreign.out).toMatch(/snp_chain_untrusted/u);
    await expect(readdir(place.path('foreign'))).rejects.toThrow(/ENOENT/u);
  });

  test('is told what for, and whom to ask', async () => {
    expect((await fetchInto('x')).err).toMatch(/--evidence, --product or --fmspc/u);
    expect((await fetchInto('x', '--product', 'Venice')).err).toMatch(/there is no Venice/u);
    const alone = ['endorsements', 'fetch', place.path('x'), '--product', 'Milan'];
    const off = await assay(alone, { env: { ASSAY_VENDOR_FETCH: 'off' } });
    expect([off.code, off.err]).toEqual([2, expect.stringMatching(/ASSAY_VENDOR_FETCH is off/u)]);
    const nobody = await assay([...alone, '--trust-anchor', amdRoot]);
    expect([nobody.code, nobody.err]).toEqual([2, expect.stringMatching(/ASSAY_SIMULATED_VENDOR_URL/u)]);
    const mistaken = await assay(alone, { env: { ASSAY_AMD_KDS_URL: 'kds' } });
    expect([mistaken.code, mistaken.err]).toEqual([2, expect.stringMatching(/ASSAY_AMD_KDS_URL/u)]);
  });
});
