import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readArchive } from '../../src/endorsements/archive.js';
import { intelFiles } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel } from '../simulated-vendor.js';
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

describe('assay endorsements import', () => {
  const imported = [{ kind: 'snp-vcek-crl', sha256: 'ab'.repeat(32), state: 'current' }];

  test('sends the documents below the directory, and nothing else', async () => {
    const { dir } = await place.write();
    await mkdir(`${dir}/genoa`);
    await writeFile(`${dir}/genoa/vcek_crl.der`, 'list');
    server.answer(200, { imported, rejected: [] });
    const { code, out } = await assay(['endorsements', 'import', dir, ...reach]);
    expect(code).toBe(0);
    expect(out).toContain('✓ snp-vcek-crl');
    expect(out).toContain('`assay endorsements list` shows when each ends');
    const { method, path, headers, body } = server.onlyAsked();
    expect([method, path]).toEqual(['POST', '/v1/endorsements/import?track=standard']);
    expect(headers).toMatchObject({ authorization: 'Bearer ak_test', 'content-type': 'application/x-tar' });
    const files = await readArchive(new Uint8Array(body));
    expect(files.map((file) => file.path).sort()).toEqual([
      'chain.pem',
      'genoa/vcek_crl.der',
      'vcek.der',
      'vcek_crl.der',
      'vlek_crl.der',
    ]);
  });

  test('sends Intel’s documents of each directory with the chains beside them', async () => {
    const files = await intelFiles(await simulatedIntel(), SIMULATED_AT);
    const dir = place.path('intel');
    for (const { path, bytes } of files) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), bytes);
    }
    await writeFile(join(dir, 'headers'), 'TCB-Info-Issuer-Chain: …');
    server.answer(200, { imported, rejected: [] });
    expect((await assay(['endorsements', 'import', dir, ...reach])).code).toBe(0);
    const sent = await readArchive(new Uint8Array(server.onlyAsked().body));
    expect(sent.map(({ path }) => path).sort()).toEqual(files.map(({ path }) => path).sort());
    expect(sent.find(({ path }) => path.endsWith('tcb_info.json'))?.bytes).toEqual(
      files.find(({ path }) => path.endsWith('tcb_info.json'))?.bytes,
    );
  });

  test('sends an archive as it is', async () => {
    const archive = Buffer.from('whatever is in it: the service reads it');
    await writeFile(place.path('documents.tar'), archive);
    server.answer(200, { imported, rejected: [] });
    const { code } = await assay(['endorsements', 'import', place.path('documents.tar'), ...reach]);
    expect(code).toBe(0);
    const { headers, body } = server.onlyAsked();
    expect(headers['content-type']).toBe('application/x-tar');
    expect(body).toEqual(archive);
  });

  test.each([
    [[], 'standard'],
    [['--track', 'standard'], 'standard'],
    [['--track', 'early'], 'early'],
  ])('%j says which series the documents are of', async (flags, track) => {
    const { dir } = await place.write();
    server.answer(200, { imported, rejected: [] });
    expect((await assay(['endorsements', 'import', dir, ...reach, ...flags])).code).toBe(0);
    expect(server.onlyAsked().path).toBe(`/v1/endorsements/import?track=${track}`);
  });

  test('knows no other series', async () => {
    const { dir } = await place.write();
    server.answer(200, {});
    const { code, err } = await assay(['endorsements', 'import', dir, ...reach, '--track', 'late']);
    expect([code, server.asked.length]).toEqual([2, 0]);
    expect(err).toContain('standard, early');
  });

  test.each([
    ['current', 'is now the current one'],
    ['past', 'is kept for past instants: a newer one is there'],
    ['known', 'was there already'],
  ])('says what %s means', async (state, words) => {
    const { dir } = await place.write();
    server.answer(200, { imported: [{ ...imported[0], state }], rejected: [] });
    const { code, out } = await assay(['endorsements', 'import', dir, ...reach]);
    expect([code, out.split('\n')[0]]).toEqual([0, `✓ snp-vcek-crl abababababababab… ${words}`]);
  });

  test('exits 1 when one document was rejected, and names it', async () => {
    const { dir } = await place.write();
    const rejected = [{ file: 'vcek_crl.der', code: 'snp_crl_signature_invalid' }];
    server.answer(200, { imported, rejected });
    const { code, out } = await assay(['endorsements', 'import', dir, ...reach]);
    expect(code).toBe(1);
    expect(out).toContain('✗ vcek_crl.der: snp_crl_signature_invalid');
  });

  test('exits 1 when every document was rejected, and speaks of no list', async () => {
    const { dir } = await place.write();
    const rejected = [{ file: 'tcb_info.json', code: 'tdx_tcb_info_signature_invalid' }];
    server.answer(200, { imported: [], rejected });
    const { code, out } = await assay(['endorsements', 'import', dir, ...reach]);
    expect([code, out]).toEqual([1, '✗ tcb_info.json: tdx_tcb_info_signature_invalid\n']);
  });

  test('exits 1 with --json too when one was rejected', async () => {
    const { dir } = await place.write();
    const reply = { imported, rejected: [{ file: 'tcb_info.json', code: 'collateral_malformed' }] };
    server.answer(200, reply);
    const { code, out } = await assay(['endorsements', 'import', dir, ...reach, '--json']);
    expect([code, JSON.parse(out)]).toEqual([1, reply]);
  });

  test('--json prints the reply', async () => {
    const { dir } = await place.write();
    server.answer(200, { imported, rejected: [] });
    const { out } = await assay(['endorsements', 'import', dir, ...reach, '--json']);
    expect(JSON.parse(out)).toEqual({ imported, rejected: [] });
  });

  test('exits 2 without asking anybody when there is nothing to send', async () => {
    await mkdir(place.path('empty'));
    server.answer(200, {});
    const { code, err } = await assay(['endorsements', 'import', place.path('empty'), ...reach]);
    expect([code, server.asked.length]).toEqual([2, 0]);
    expect(err).toContain('vcek_crl.der');
    expect(err).toContain('tcb_info.json');
    const absent = await assay(['endorsements', 'import', place.path('absent'), ...reach]);
    expect([absent.code, server.asked.length]).toEqual([2, 0]);
    expect(absent.err).toContain('there is no such file');
  });
});
