import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { AgentFailed, EXIT } from '../../src/agent/ending.js';
import type { HeldToken } from '../../src/agent/held-token.js';
import { type LocalSocket, openSocket, type SocketOptions } from '../../src/agent/local-socket.js';
import { makeKey, type PrivateKey } from '../../src/agent/private-key.js';
import { DpopRefused, verifyDpopProof } from '../../src/token/dpop.js';

const AT = new Date('2026-11-20T12:00:00Z');
const HELD: HeldToken = {
  token: 'aaa.bbb.ccc',
  tokenType: 'DPoP',
  expiresAt: new Date('2026-11-20T12:05:00Z'),
  lifetime: 300,
  workload: 'llm-serving',
  decision: 'dec_1',
};
const MEMBERS = { token: 'aaa.bbb.ccc', token_type: 'DPoP', expires_at: '2026-11-20T12:05:00.000Z' };

let home: string;
let key: PrivateKey;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-sock-'));
  key = await makeKey('sig');
});
afterAll(() => rm(home, { recursive: true, force: true }));

const open: LocalSocket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.close();
});

const path = (): string => join(home, 'agent.sock');

async function serve(changes: Partial<SocketOptions> = {}): Promise<void> {
  open.push(
    await openSocket({ path: path(), owner: null, key, token: () => HELD, now: () => AT, ...changes }),
  );
}

interface Said {
  readonly status: number | undefined;
  readonly body: unknown;
}

async function ask(method: string, url: string, body: string | null = null): Promise<Said> {
  const asking = request({ socketPath: path(), method, path: url });
  asking.end(body ?? undefined);
  const [response] = await once(asking, 'response');
  return { status: response.statusCode, body: await json(response) };
}

const prove = (body: unknown): Promise<Said> => ask('POST', '/proof', JSON.stringify(body));

test('the token, to whoever may open a socket of mode 0600, and gone with the agent', async () => {
  await serve();
  expect((await stat(path())).mode & 0o777).toBe(0o600);
  expect(await ask('GET', '/token')).toEqual({ status: 200, body: MEMBERS });
  for (const socket of open.splice(0)) await socket.close();
  await expect(stat(path())).rejects.toThrow('ENOENT');
});

test('a token and a proof for one request: of the agent’s key, for that method, address and token', async () => {
  await serve();
  const { status, body } = await prove({ method: 'POST', url: 'https://Broker.example:443/v1/key?id=7#x' });
  expect(status).toBe(200);
  const { proof, ...rest } = body as { readonly proof: string };
  expect(rest).toEqual(MEMBERS);
  const question = {
    proof,
    method: 'POST',
    url: 'https://broker.example/v1/key',
    token: HELD.token,
    thumbprint: key.thumbprint,
    at: AT,
    window: 0,
  };
  expect(await verifyDpopProof(question)).toMatchObject({ iat: AT.getTime() / 1_000 });
  const others = [
    { method: 'GET' },
    { url: 'https://broker.example/v1/other' },
    { token: 'aaa.bbb.ddd' },
    { thumbprint: (await makeKey('sig')).thumbprint },
    { at: new Date(AT.getTime() + 1_000) },
  ];
  for (const other of others) {
    await expect(verifyDpopProof({ ...question, ...other })).rejects.toBeInstanceOf(DpopRefused);
  }
});

test('no proof is given twice', async () => {
  await serve();
  const said = await Promise.all([1, 2].map(() => prove({ method: 'GET', url: 'https://broker.example/' })));
  const proofs = said.map(({ body }) => (body as { readonly proof: string }).proof);
  expect(new Set(proofs).size).toBe(2);
});

test.each<[unknown]>([
  [null],
  [{}],
  [{ method: 'GET' }],
  [{ method: 'GET', url: 7 }],
  [{ method: 'get', url: 'https://broker.example/' }],
  [{ method: 'GET /', url: 'https://broker.example/' }],
  [{ method: 'GET', url: '/v1/key' }],
  [{ method: 'GET', url: 'http://broker.example/' }],
  [{ method: 'GET', url: 'ftp://localhost/' }],
  [{ method: 'GET', url: 'https://user:secret@broker.example/' }],
  [{ method: 'GET', url: `https://broker.example/${'x'.repeat(2_100)}` }],
  [{ method: 'GET', url: 'https://broker.example/', token: 'other' }],
  ['x'.repeat(9_000)],
])('no proof for %j', async (body) => {
  await serve();
  expect(await prove(body)).toMatchObject({ status: 400, body: { code: 'unclear_request' } });
});

test('a body that repeats a member is no request', async () => {
  await serve();
  const twice = '{"method":"GET","url":"https://a.example/","url":"https://b.example/"}';
  expect(await ask('POST', '/proof', twice)).toMatchObject({ status: 400 });
});

test('no token yet, or none any more', async () => {
  await serve({ token: () => null });
  expect(await ask('GET', '/token')).toMatchObject({ status: 503, body: { code: 'no_token' } });
  const body = { method: 'GET', url: 'https://broker.example/' };
  expect(await prove(body)).toMatchObject({ status: 503, body: { code: 'no_token' } });
});

test('a token that is bound to no key has nothing to prove', async () => {
  await serve({ key: null });
  expect(await prove({ method: 'GET', url: 'https://broker.example/' })).toMatchObject({ status: 404 });
});

test.each([
  ['POST', '/token', 405],
  ['GET', '/proof', 405],
  ['GET', '/', 404],
  ['GET', '/token?x', 404],
  ['GET', '/token/../key', 404],
])('%s %s', async (method, url, status) => {
  await serve();
  expect(await ask(method, url)).toMatchObject({ status });
});

test('the socket of an agent that was killed is taken over; one that is answered is not', async () => {
  await serve();
  const second = openSocket({ path: path(), owner: null, key, token: () => HELD, now: () => AT });
  await expect(second).rejects.toMatchObject({
    exitCode: EXIT.usage,
    message: expect.stringContaining('another agent'),
  });
  expect(await ask('GET', '/token')).toMatchObject({ status: 200 });
  for (const socket of open.splice(0)) await socket.close();

  const stale = createNetServer().listen({ path: path() });
  await once(stale, 'listening');
  // Its file stays behind, as after kill -9: closing looks for the name that it was made under.
  await rename(path(), `${path()}.kept`);
  stale.close();
  await once(stale, 'close');
  await rename(`${path()}.kept`, path());
  await serve();
  expect(await ask('GET', '/token')).toMatchObject({ status: 200 });
});

test('what lies there and is no socket stays', async () => {
  const other = join(home, 'file');
  await writeFile(other, 'precious');
  const opening = openSocket({ path: other, owner: null, key, token: () => HELD, now: () => AT });
  await expect(opening).rejects.toBeInstanceOf(AgentFailed);
  expect((await stat(other)).size).toBe(8);
});

test('a folder that is absent, a path that is too long', async () => {
  for (const name of ['absent/agent.sock', 'x'.repeat(200)]) {
    const opening = openSocket({
      path: join(home, name),
      owner: null,
      key,
      token: () => HELD,
      now: () => AT,
    });
    await expect(opening).rejects.toMatchObject({ exitCode: EXIT.usage });
  }
});

test('whose it is', async () => {
  // Only the superuser can give it to somebody else.
  const uid = process.geteuid?.() === 0 ? 12_345 : (process.geteuid?.() ?? 0);
  const gid = process.geteuid?.() === 0 ? 12_346 : (process.getegid?.() ?? 0);
  await serve({ owner: { uid, gid } });
  expect(await stat(path())).toMatchObject({ uid, gid });
});

test.each([0o777, 0o775])(
  'is not given away in a folder of mode %o, where others may swap files',
  async (mode) => {
    const folder = join(home, `open-${mode}`);
    await mkdir(folder);
    await chmod(folder, mode);
    const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    const inside = { path: join(folder, 'agent.sock') };
    const opening = openSocket({ ...inside, owner, key, token: () => HELD, now: () => AT });
    await expect(opening).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringContaining('others may write to'),
    });
    expect(await readdir(folder)).toEqual([]);
    // Where it stays the agent's own, nothing is lost.
    await serve({ ...inside, owner: null });
    for (const socket of open.splice(0)) await socket.close();
    await chmod(folder, mode | 0o1000);
    await serve({ ...inside, owner });
  },
);
