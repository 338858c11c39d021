import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readArchive } from '../../src/endorsements/import.js';
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

const lastAsked = () => {
  const [only, ...more] = server.asked;
  if (only === undefined || more.length > 0) throw new Error(`${server.asked.length} requests`);
  return only;
};

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
    const { method, path, headers, body } = lastAsked();
    expect([method, path]).toEqual(['POST', '/v1/endorsements/import']);
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

  test('exits 1 when one document was rejected, and names it', async () => {
    const { dir } = await place.write();
    const rejected = [{ file: 'vcek_crl.der', code: 'snp_crl_signature_invalid' }];
    server.answer(200, { imported, rejected });
    const { code, out } = await assay(['endorsements', 'import', dir, ...reach]);
    expect(code).toBe(1);
    expect(out).toContain('✗ vcek_crl.der: snp_crl_signature_invalid');
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
  });
});

describe('small commands', () => {
  test.each<[readonly string[], string, string, object | null]>([
    [
      ['workloads', 'create', 'llm', '--description', 'text'],
      ...['POST', '/v1/workloads'],
      { name: 'llm', description: 'text' },
    ],
    [['workloads', 'list'], 'GET', '/v1/workloads', null],
    [
      ['audiences', 'create', 'vault', '--workload', 'a', 'b', '--lifetime', '60'],
      ...['POST', '/v1/audiences'],
      { name: 'vault', workloads: ['a', 'b'], lifetime: 60 },
    ],
    [
      ['audiences', 'create', 'vault', '--any-workload', '--key-binding', 'optional'],
      ...['POST', '/v1/audiences'],
      { name: 'vault', workloads: '*', key_binding: 'optional' },
    ],
    [['reference-values', 'list', 'llm'], 'GET', '/v1/workloads/llm/reference-values', null],
    [
      ['reference-values', 'activate', 'llm', '3'],
      ...['POST', '/v1/workloads/llm/reference-values/3/activate'],
      null,
    ],
    [
      ['reference-values', 'revoke', 'llm', '3', '--reason', 'leak'],
      ...['POST', '/v1/workloads/llm/reference-values/3/revoke'],
      { reason: 'leak' },
    ],
    [['decisions', 'show', 'dec_1'], 'GET', '/v1/decisions/dec_1', null],
    [['endorsements', 'list'], 'GET', '/v1/endorsements', null],
  ] as [string[], string, string, object | null][])('%j', async (args, method, path, json) => {
    server.answer(200, { items: [], next_cursor: null });
    const { code } = await assay([...args, ...reach]);
    expect(code).toBe(0);
    const asked = lastAsked();
    expect([asked.method, asked.path]).toEqual([method, path]);
    expect(asked.body.toString()).toBe(json === null ? '' : JSON.stringify(json));
  });

  test('reference-values add sends the file, activated when asked', async () => {
    const { dir } = await place.write();
    server.answer(201, { version: 1, state: 'active' });
    const file = `${dir}/reference-values.json`;
    const { code, out } = await assay(['reference-values', 'add', 'llm', file, '--activate', ...reach]);
    expect([code, JSON.parse(out)]).toEqual([0, { version: 1, state: 'active' }]);
    expect(JSON.parse(lastAsked().body.toString())).toMatchObject({ tee: 'sev-snp', activate: true });
  });

  test('lists are tables', async () => {
    server.answer(200, { items: [{ name: 'llm', description: null, created_at: 'T' }], next_cursor: null });
    const { out } = await assay(['workloads', 'list', ...reach]);
    expect(out).toBe('name  description  created_at\nllm   -            T\n');
  });

  test('an audience says which workloads it accepts', async () => {
    const { code, err } = await assay(['audiences', 'create', 'vault', ...reach]);
    expect(code).toBe(2);
    expect(err).toContain('--any-workload');
  });
});

describe('what a service answers', () => {
  test.each<[number, object | string, number, string]>([
    [
      403,
      { code: 'role_missing', detail: 'This needs admin.', request_id: 'r1' },
      1,
      'role_missing: This needs admin. (request r1)',
    ],
    [400, { code: 'member_unknown', detail: 'No x.' }, 2, 'member_unknown'],
    [503, { code: 'database_unavailable', detail: 'Gone.' }, 4, 'database_unavailable'],
    [502, '<html>', 4, 'not JSON'],
  ])('%d ends with its words', async (status, body, exit, words) => {
    server.answer(status, body);
    const { code, err, out } = await assay(['workloads', 'list', ...reach]);
    expect([code, out]).toEqual([exit, '']);
    expect(err).toContain(words);
  });

  test('nobody there', async () => {
    const silent = await startStubServer();
    await silent.close();
    const { code, err } = await assay(['workloads', 'list', '--server', silent.url, '--key', 'ak_test']);
    expect(code).toBe(4);
    expect(err).toContain('ECONNREFUSED');
  });
});

describe('where server and key come from', () => {
  test('the environment', async () => {
    server.answer(200, { items: [] });
    const env = { ASSAY_SERVER: `${server.url}/`, ASSAY_API_KEY: 'ak_env' };
    await assay(['workloads', 'list'], { env });
    expect(lastAsked()).toMatchObject({ path: '/v1/workloads', headers: { authorization: 'Bearer ak_env' } });
  });

  test('the admin key of the data directory', async () => {
    server.answer(200, { items: [] });
    await mkdir(place.path('data'), { recursive: true });
    await writeFile(place.path('data/admin-key'), 'ak_file\n');
    const env = { ASSAY_DATA_DIR: place.path('data') };
    await assay(['workloads', 'list', '--server', server.url], { env });
    expect(lastAsked().headers.authorization).toBe('Bearer ak_file');
  });

  test('no key at all is told before anybody is asked', async () => {
    server.answer(200, { items: [] });
    const env = { ASSAY_DATA_DIR: place.path('nothing') };
    const { code, err } = await assay(['workloads', 'list', '--server', server.url], { env });
    expect([code, server.asked.length]).toEqual([2, 0]);
    expect(err).toContain('ASSAY_API_KEY');
  });
});
