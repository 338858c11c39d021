/** A TLS key that somebody else holds: the agent attests it, and writes what its server serves. */
import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { calculateJwkThumbprint, decodeJwt, type JWK } from 'jose';
import { EXIT } from '../../src/agent/ending.js';
import { runAgent } from '../../src/agent/main.js';
import { mintRequest, pemOfRequest } from '../pki/miniature-request.js';
import { makeTlsAuthority, makeTlsKey } from '../tls-authority.js';
import { fakeTsm, SNP } from './fake-tsm.js';
import { type Served, startServed } from './serving.js';
import { type TestWorld, testWorld, type WorldOptions } from './test-world.js';

// Vendors are minted first, and a machine that does other things as well takes its time for that.
jest.setTimeout(240_000);

let served: Served;
let home: string;
beforeAll(async () => {
  served = await startServed();
  home = await mkdtemp(join(tmpdir(), 'assay-endpoint-'));
});
afterEach(async () => {
  for (const name of await readdir(home)) await rm(join(home, name), { force: true });
});
afterAll(async () => {
  await served.close();
  await rm(home, { recursive: true, force: true });
});

const file = (name: string) => join(home, name);
const key = makeTlsKey('P-384');
const thumbprint = await calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }) as JWK);

function world(options: Omit<WorldOptions, 'tsm'> = {}): TestWorld {
  return testWorld({ tsm: fakeTsm(SNP), clock: served.service.clock, ...options });
}

const args = (...more: readonly string[]) => [
  ...served.args(),
  ...['--public-key-file', file('server'), '--endpoint-file', file('document'), ...more],
];

async function readDocument(): Promise<{ readonly v: number; readonly token: string }> {
  return JSON.parse(await readFile(file('document'), 'utf8'));
}

test.each<[string, () => Promise<string>]>([
  ['certificate signing request', async () => pemOfRequest(mintRequest({ key }))],
  ['certificate', async () => (await (await makeTlsAuthority()).issue('localhost', { key })).cert],
  ['public key', async () => String(createPublicKey(key).export({ type: 'spki', format: 'pem' }))],
])('the %s of a TLS server is attested, and its document written', async (_name, content) => {
  await writeFile(file('server'), await content());
  const at = world();
  expect(await runAgent(args('--once'), at)).toBe(EXIT.token);
  const { v, token, ...others } = await readDocument();
  expect([v, others]).toEqual([1, {}]);
  expect(decodeJwt(token)).toMatchObject({ aud: 'vault', cnf: { jkt: thumbprint } });
  expect((await stat(file('document'))).mode & 0o777).toBe(0o600);
  // What is in a file need not be in a terminal too.
  expect(at.outLines).toEqual([]);
});

test('a new key is attested with the next token, and a file that is being replaced is waited for', async () => {
  await writeFile(file('server'), mintRequest({ key }));
  const next = makeTlsKey();
  const seen: string[] = [];
  const at = world({
    paused: async (count, { end }) => {
      const { cnf } = decodeJwt((await readDocument()).token);
      seen.push((cnf as { readonly jkt: string }).jkt);
      if (count === 1) await writeFile(file('server'), 'half a fi');
      if (count === 2) await writeFile(file('server'), mintRequest({ key: next }));
      if (count === 3) end();
    },
  });
  expect(await runAgent(args(), at)).toBe(EXIT.token);
  const jkt = await calculateJwkThumbprint(createPublicKey(next).export({ format: 'jwk' }) as JWK);
  expect(seen).toEqual([thumbprint, thumbprint, jkt]);
  // Nobody renews it any more.
  expect(existsSync(file('document'))).toBe(false);
});

test('a replaced key that is the one for encryption is waited for too', async () => {
  await writeFile(file('server'), mintRequest({ key }));
  const enc = makeTlsKey();
  await writeFile(file('enc'), String(enc.export({ type: 'pkcs8', format: 'pem' })), { mode: 0o600 });
  const pauses: number[] = [];
  const at = world({
    paused: async (count, { end }) => {
      pauses.push(count);
      if (count === 1) await writeFile(file('server'), mintRequest({ key: enc }));
      if (count === 2) await writeFile(file('server'), mintRequest({ key }));
      if (count === 3) end();
    },
  });
  expect(await runAgent(args('--enc-key-file', file('enc')), at)).toBe(EXIT.token);
  expect(pauses).toEqual([1, 2, 3]);
  expect(at.logged()).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: expect.stringContaining('each use has its own') }),
  );
});

test('a document that an agent before this one left is taken away when its token ends', async () => {
  await writeFile(file('server'), mintRequest({ key }));
  expect(await runAgent(args('--once'), world())).toBe(EXIT.token);
  const left = await readFile(file('document'), 'utf8');
  served.front((_request, response) => void response.writeHead(503).end());
  const seen: boolean[] = [];
  const at = world({
    paused: async (count, { end, pass }) => {
      seen.push(existsSync(file('document')));
      if (count === 1) await pass(300);
      if (count === 2) end();
    },
  });
  await runAgent(args('--deadline', '900'), at);
  served.front(null);
  expect(left).toContain('"v":1');
  expect(seen).toEqual([true, false]);
});

test.each<[string, string | Buffer, string]>([
  ['a private key', String(key.export({ type: 'pkcs8', format: 'pem' })), 'is labelled PRIVATE KEY'],
  ['an RSA key', mintRequest({ key: makeTlsKey('RSA') }), 'must be EC P-256'],
])('%s ends the agent at its start', async (_name, content, words) => {
  await writeFile(file('server'), content);
  const at = world();
  expect(await runAgent(args('--once'), at)).toBe(EXIT.usage);
  expect(at.logged()).toMatchObject([{ level: 'error', msg: expect.stringContaining(words) }]);
});

test('a request that its own key did not sign is refused by the service', async () => {
  await writeFile(file('server'), mintRequest({ key, signingKey: makeTlsKey('P-384') }));
  const at = world();
  expect(await runAgent(args('--once'), at)).toBe(EXIT.usage);
  expect(at.logged()).toMatchObject([{ code: 'key_invalid' }]);
  expect(existsSync(file('document'))).toBe(false);
});
