import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

describe('small commands', () => {
  test.each<[readonly string[], string, string, object | null]>([
    [
      ['workloads', 'create', 'llm', '--description', 'text'],
      ...['POST', '/v1/workloads'],
      { name: 'llm', description: 'text' },
    ],
    [
      ['workloads', 'create', 'llm', '--policy', 'strict'],
      ...['POST', '/v1/workloads'],
      { name: 'llm', policy: 'strict' },
    ],
    [
      ['workloads', 'change', 'llm', '--policy', 'strict'],
      ...['PATCH', '/v1/workloads/llm'],
      { policy: 'strict' },
    ],
    [['policies', 'list'], 'GET', '/v1/policies', null],
    [
      ['policies', 'activate', 'payments', '3'],
      ...['POST', '/v1/policies/payments/versions/3/activate'],
      null,
    ],
    [['platforms', 'list'], 'GET', '/v1/platforms', null],
    [
      ['platforms', 'add', '0f', '--kind', 'snp-chip-id', '--label', 'rack 7', '--owner', 'us'],
      ...['POST', '/v1/platforms'],
      { kind: 'snp-chip-id', value: '0f', label: 'rack 7', owner: 'us' },
    ],
    [['platforms', 'remove', 'plt_1'], 'DELETE', '/v1/platforms/plt_1', null],
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
    [
      [
        ...['audiences', 'create', 'kms', '--any-workload', '--renewal-seconds', '600'],
        ...['--token-encryption', 'never'],
      ],
      ...['POST', '/v1/audiences'],
      { name: 'kms', workloads: '*', renewal_seconds: 600, token_encryption: 'never' },
    ],
    [
      [
        ...['audiences', 'create', 'kbs', '--any-workload', '--profile', 'ear-compat', '--alg', 'RS256'],
        ...['--key-header', 'x5c', '--typ', 'at+jwt', '--client-id', 'loader', '--aws-tags'],
        ...['--max-token-bytes', '8000'],
      ],
      ...['POST', '/v1/audiences'],
      {
        name: 'kbs',
        workloads: '*',
        profile: 'ear-compat',
        alg: 'RS256',
        key_header: 'x5c',
        typ: 'at+jwt',
        client_id: 'loader',
        aws_tags: true,
        max_token_bytes: 8000,
      },
    ],
    [
      ['audiences', 'authority', 'https://kbs/a'],
      'GET',
      '/v1/audiences/https%3A%2F%2Fkbs%2Fa/authority',
      null,
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
    [['tenant', 'show'], 'GET', '/v1/tenant', null],
    [
      ['tenant', 'set', '--problem-detail', 'observed'],
      ...['PATCH', '/v1/tenant'],
      { problem_detail: 'observed' },
    ],
    [['tenants', 'create', 'acme'], 'POST', '/v1/tenants', { name: 'acme' }],
    [
      ['tenants', 'create', 'acme', '--description', 'contract 4711'],
      ...['POST', '/v1/tenants'],
      { name: 'acme', description: 'contract 4711' },
    ],
    [['tenants', 'list'], 'GET', '/v1/tenants?limit=200', null],
    [['tenants', 'list', '--json'], 'GET', '/v1/tenants?limit=200', null],
    [['endorsements', 'list'], 'GET', '/v1/endorsements?limit=200', null],
    [['keys', 'list'], 'GET', '/v1/keys', null],
    [['keys', 'rotate'], 'POST', '/v1/keys/rotate', {}],
    [['keys', 'rotate', '--alg', 'RS256'], 'POST', '/v1/keys/rotate', { alg: 'RS256' }],
    [
      ['keys', 'rotate', '--emergency', '--reason', 'leak'],
      ...['POST', '/v1/keys/rotate'],
      { emergency: true, reason: 'leak' },
    ],
    [
      ['keys', 'rotate', '--emergency', '--purpose', 'bundle', '--reason', 'leak'],
      ...['POST', '/v1/keys/rotate'],
      { purpose: 'bundle', emergency: true, reason: 'leak' },
    ],
  ] as [string[], string, string, object | null][])('%j', async (args, method, path, json) => {
    server.answer(200, { items: [], next_cursor: null });
    const { code } = await assay([...args, ...reach]);
    expect(code).toBe(0);
    const asked = server.onlyAsked();
    expect([asked.method, asked.path]).toEqual([method, path]);
    expect(asked.body.toString()).toBe(json === null ? '' : JSON.stringify(json));
  });

  test('reference-values add sends the file, activated when asked', async () => {
    const { dir } = await place.write();
    server.answer(201, { version: 1, state: 'active' });
    const file = `${dir}/reference-values.json`;
    const { code, out } = await assay(['reference-values', 'add', 'llm', file, '--activate', ...reach]);
    expect([code, JSON.parse(out)]).toEqual([0, { version: 1, state: 'active' }]);
    expect(JSON.parse(server.onlyAsked().body.toString())).toMatchObject({ tee: 'sev-snp', activate: true });
  });

  test('lists are tables', async () => {
    const llm = { name: 'llm', policy: 'strict', description: null, created_at: 'T' };
    server.answer(200, { items: [llm], next_cursor: null });
    const { out } = await assay(['workloads', 'list', ...reach]);
    expect(out).toBe('name  policy  description  created_at\nllm   strict  -            T\n');
  });

  test.each([
    ['create', '/v1/policies', { name: 'payments' }],
    ['add', '/v1/policies/payments/versions', {}],
  ])('policies %s sends the file, and says what the lint warns of', async (command, path, members) => {
    const file = place.path('policy.json');
    await mkdir(place.path('.'), { recursive: true });
    const document = { snp: { vmpl: [0] } };
    await writeFile(file, JSON.stringify(document));
    const warnings = [{ path: 'snp.vmpl', reason: 'asks nothing' }];
    server.answer(201, { name: 'payments', version: 1, state: 'active', digest: 'd', warnings });
    const reply = await assay(['policies', command, 'payments', file, '--activate', ...reach]);
    expect([reply.code, reply.err]).toEqual([0, 'warning: snp.vmpl asks nothing\n']);
    expect(JSON.parse(reply.out)).toMatchObject({ version: 1 });
    expect(server.onlyAsked()).toMatchObject({ method: 'POST', path });
    expect(JSON.parse(server.onlyAsked().body.toString())).toEqual({ ...members, document, activate: true });
    await writeFile(file, '[]');
    expect((await assay(['policies', command, 'payments', file, ...reach])).code).toBe(2);
  });

  test('policies show --server prints what the service keeps, of the version in force or the one named', async () => {
    const kept = { name: 'payments', version: 3, digest: 'ab'.repeat(32), document: { snp: { vmpl: [1] } } };
    server.answer(200, { ...kept, active_version: 3, latest_version: 4 });
    const { code, out } = await assay(['policies', 'show', 'payments', '--json', ...reach]);
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/v1/policies/payments',
      '/v1/policies/payments/versions/3',
    ]);
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      { version: 3, digest: kept.digest, snp: { vmpl: [1] } },
    ]);
    server.answer(200, { ...kept, version: 4 });
    await assay(['policies', 'show', 'payments@4', ...reach]);
    expect(server.onlyAsked().path).toBe('/v1/policies/payments/versions/4');
    server.answer(200, { name: 'payments', active_version: null, latest_version: 2 });
    const none = await assay(['policies', 'show', 'payments', ...reach]);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('payments@2')]);
  });

  test('a change says what changes', async () => {
    const { code, err } = await assay(['workloads', 'change', 'llm', ...reach]);
    expect(code).toBe(2);
    expect(err).toContain('--policy');
  });

  test.each([[['--emergency']], [['--reason', 'leak']]])(
    'keys rotate %j is half a sentence',
    async (half) => {
      const { code, err } = await assay(['keys', 'rotate', ...half, ...reach]);
      expect([code, err]).toEqual([2, expect.stringContaining('go together')]);
    },
  );

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
    expect(server.onlyAsked()).toMatchObject({
      path: '/v1/workloads',
      headers: { authorization: 'Bearer ak_env' },
    });
  });

  test('the admin key of the data directory', async () => {
    server.answer(200, { items: [] });
    await mkdir(place.path('data'), { recursive: true });
    await writeFile(place.path('data/admin-key'), 'ak_file\n');
    const env = { ASSAY_DATA_DIR: place.path('data') };
    await assay(['workloads', 'list', '--server', server.url], { env });
    expect(server.onlyAsked().headers.authorization).toBe('Bearer ak_file');
  });

  test('no key at all is told before anybody is asked', async () => {
    server.answer(200, { items: [] });
    const env = { ASSAY_DATA_DIR: place.path('nothing') };
    const { code, err } = await assay(['workloads', 'list', '--server', server.url], { env });
    expect([code, server.asked.length]).toEqual([2, 0]);
    expect(err).toContain('ASSAY_API_KEY');
  });
});
