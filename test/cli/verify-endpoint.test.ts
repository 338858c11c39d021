import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startEndpoint, type TlsEndpoint, thumbprintOf } from '../client/endpoint-rig.js';
import { type IssuerServer, startIssuerServer } from '../client/issuer-server.js';
import { SAMPLE_ATT, SAMPLE_AUDIENCE } from '../client/sample-issuer.js';
import { makeTlsAuthority, type TlsAuthority, type TlsIdentity } from '../tls-authority.js';
import { assay } from './run-assay.js';

let authority: TlsAuthority;
let issuer: IssuerServer;
let identity: TlsIdentity;
let endpoint: TlsEndpoint;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-endpoint-'));
  [authority, issuer] = await Promise.all([makeTlsAuthority(), startIssuerServer()]);
  await writeFile(join(folder, 'ca.pem'), authority.ca);
  identity = await authority.issue('localhost');
});
beforeEach(async () => {
  endpoint = await startEndpoint(identity);
  endpoint.token = await issuer.tokenFor(await thumbprintOf(identity.keyObject));
});
afterEach(() => endpoint.close());
afterAll(async () => {
  await issuer.close();
  await rm(folder, { recursive: true, force: true });
});

const look = (options: readonly string[] = [], workload = 'llm-serving', url = endpoint.url) =>
  assay([
    ...['relying-party', 'verify-endpoint', url, '--issuer', issuer.url, '--audience', SAMPLE_AUDIENCE],
    ...['--workload', workload, '--ca', join(folder, 'ca.pem'), ...options],
  ]);

describe('assay relying-party verify-endpoint', () => {
  test('says what was proven, what was not, and how to send on that key', async () => {
    const { code, out, err } = await look();
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`${endpoint.url} is served with a key of the attested workload\nllm-serving.`);
    expect(out).toMatch(/^Proven on one connection of TLS 1\.3:$/mu);
    expect(out).toMatch(/^Not proven:$/mu);
    expect(out).toMatch(/--pinnedpubkey 'sha256\/\/[A-Za-z0-9+/]{43}='/u);
    expect(out).toContain(`  curl --cacert '${join(folder, 'ca.pem')}' \\\n       --tlsv1.3 --pinnedpubkey`);
    expect(out).toContain(SAMPLE_ATT.decision);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('prints one JSON object', async () => {
    const { code, out } = await look(['--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ url: endpoint.url, proven: true, code: null, status: 'affirming' },
      key: { thumbprint: await thumbprintOf(identity.keyObject), pin: expect.stringMatching(/^sha256\/\//u) },
      certificate: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/u) },
      claims: { att: { workload: 'llm-serving' } },
    });
  });

  test('refuses a man in the middle who has a certificate for the name', async () => {
    endpoint.use(await authority.issue('localhost'));
    const { code, out, err } = await look();
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^key_mismatch: /u);
    expect(err).toContain('Send nothing.');
    const asJson = await look(['--json']);
    expect([asJson.code, JSON.parse(asJson.out)]).toMatchObject([1, { proven: false, code: 'key_mismatch' }]);
  });

  test('tells what is not wanted from what cannot be told', async () => {
    expect((await look([], 'other')).code).toBe(3);
    endpoint.answer = (_request, response) => void response.writeHead(404).end();
    expect((await look()).code).toBe(1);
    const gone = await look(['--json'], 'llm-serving', 'https://absent.invalid/');
    expect([gone.code, JSON.parse(gone.out)]).toMatchObject([
      4,
      { url: 'https://absent.invalid', proven: null, code: 'endpoint_unreachable' },
    ]);
  });

  test('takes a warning where it is asked to, and says so by its exit code', async () => {
    const submods = { cpu0: { ear_status: 'warning' } };
    const jkt = await thumbprintOf(identity.keyObject);
    endpoint.token = await issuer.tokenFor(jkt, { ear_status: 'warning', submods });
    expect((await look()).code).toBe(3);
    expect((await look(['--minimum-status', 'warning'])).code).toBe(5);
    endpoint.token = await issuer.tokenFor(jkt, { att: { ...SAMPLE_ATT, simulated: true } });
    expect((await look()).code).toBe(3);
    const simulated = await look(['--allow-simulated']);
    expect([simulated.code, simulated.out]).toMatchObject([
      0,
      expect.stringContaining('this proves nothing'),
    ]);
  });

  test.each<[string, readonly string[], string]>([
    ['an address with a path', ['https://model.example/v1'], 'origin'],
    ['an address without TLS', ['http://localhost'], 'origin'],
    ['an authority that cannot be read', ['https://localhost', '--ca', '/absent'], '/absent'],
    [
      'an authority that is none',
      ['https://localhost', '--ca', fileURLToPath(import.meta.url)],
      'no certificate',
    ],
    ['an issuer that is none', ['https://localhost', '--issuer', 'attest.example'], '--issuer'],
  ])('is used wrongly with %s', async (_name, [url = '', ...options], words) => {
    const { code, err } = await look(options, 'llm-serving', url);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });
});
