/** The commands of the example's page, run as they stand there, beside the socket of the agent: only addresses are others. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import { type LocalSocket, openSocket } from '../../../src/agent/local-socket.js';
import { makeKey } from '../../../src/agent/private-key.js';
import { type IssuerServer, startIssuerServer } from '../../client/issuer-server.js';
import { makeHolder } from '../../client/sample-holder.js';
import { SAMPLE_ATT } from '../../client/sample-issuer.js';
import { blocksOf, ROOT, readPage } from '../../docs/markdown.js';
import { load } from './modules.js';

const run = promisify(execFile);
const { requestDataKey } = await load('workload');

let issuer: IssuerServer;
let agent: LocalSocket;
/** Under the checkout, as `data` is. */
let data: string;
let broker: string;
let serving: ChildProcess;
let log: Interface;
/** Blocks of the page, in order. */
let [make, serve, open, verify]: readonly string[] = [];

beforeAll(async () => {
  issuer = await startIssuerServer();
  data = await mkdtemp(join(ROOT, 'build', 'key-broker-'));
  await mkdir(data, { recursive: true });
  const port = await freePort();
  broker = `http://127.0.0.1:${port}`;
  const page = blocksOf((await readPage('examples/key-broker/README.md')).text);
  [make, serve, open, verify] = page
    .filter(({ language }) => language === 'sh')
    .map(({ content }) =>
      content
        .replaceAll('http://localhost:8080/simulated', issuer.url)
        .replaceAll('127.0.0.1:8090', `127.0.0.1:${port}`)
        .replaceAll('data/', `${data}/`),
    );
  agent = await openAgent();
});
afterAll(async () => {
  if (serving !== undefined) {
    const ended = once(serving, 'exit');
    serving.kill();
    await ended;
  }
  await agent.close();
  await issuer.close();
  await rm(data, { recursive: true, force: true });
});

/** The agent's own socket, with a token of the issuer for the key that never leaves it. */
async function openAgent(): Promise<LocalSocket> {
  const [key, other] = await Promise.all([makeKey('sig'), makeHolder()]);
  const att = { ...SAMPLE_ATT, simulated: true };
  const { authorization } = await issuer.credentials(
    { ...other, jkt: key.thumbprint },
    { method: 'GET', url: broker },
    { aud: 'key-broker', att },
  );
  const held = {
    ...({ token: authorization.slice(5), tokenType: 'DPoP', lifetime: 300 } as const),
    ...{ expiresAt: new Date(Date.now() + 300_000), workload: 'llm-serving', decision: 'dec_1' },
  };
  const path = join(data, 'agent.sock');
  return openSocket({ path, owner: null, key, token: () => held, now: () => new Date() });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const shell = (commands = '') =>
  run('bash', ['--noprofile', '--norc', '-euo', 'pipefail', '-c', commands], { cwd: ROOT });

/** The next note of the broker's log about this. */
async function noted(event: string): Promise<Readonly<Record<string, unknown>>> {
  for await (const [line] of on(log)) {
    const note = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (note.event === event) return note;
  }
  throw new Error('the log has ended');
}

async function* on(lines: Interface): AsyncGenerator<[string]> {
  for (;;) yield (await once(lines, 'line')) as [string];
}

describe('the page of the key broker', () => {
  test('has commands that make a store and seal a model, and start a broker', async () => {
    const { stdout } = await shell(make);
    expect(stdout).toMatch(/^added sample-model, [\w-]{43}\n$/u);
    serving = spawn('bash', ['--noprofile', '--norc', '-c', `exec ${serve}`], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (serving.stdout === null || serving.stderr === null) throw new Error('the broker has no output');
    log = createInterface(serving.stderr);
    const [line] = (await once(createInterface(serving.stdout), 'line')) as [string];
    expect(line).toBe(`broker listening on ${broker} for ${broker}`);
  });

  test('has commands that open the model in the guest, and verify the audit', async () => {
    const { stdout } = await shell(open);
    expect(stdout).toMatch(/^opened 20 MB at \d+ MB\/s; memory grew by \d+ MB at most\n$/u);
    const [model, opened] = await Promise.all(
      ['model', 'model.opened'].map((name) => readFile(join(data, name))),
    );
    expect(model?.length).toBe(20_000_000);
    expect(opened?.equals(model ?? Buffer.alloc(0))).toBe(true);
    expect((await shell(verify)).stdout).toMatch(/^one chain, lines: 1, head [0-9a-f]{64}\n$/u);
  });

  test('tells what a broken store and a hangup do', async () => {
    const path = join(data, 'broker', 'sample-model.policy.json');
    const policy = await readFile(path, 'utf8');
    await writeFile(path, '{}\n');
    const refused = noted('not_reloaded');
    serving.kill('SIGHUP');
    expect(await refused).toMatchObject({ detail: 'key sample-model: `issuer` is missing' });
    await expect(shell(open)).resolves.toMatchObject({ stderr: '' });

    await writeFile(path, policy.replace('llm-serving', 'another'));
    const reloaded = noted('reloaded');
    serving.kill('SIGHUP');
    expect(await reloaded).toMatchObject({ keys: 1 });
    await expect(shell(open)).rejects.toMatchObject({ stderr: expect.stringContaining('key_not_yours') });
    const { stdout } = await shell(verify);
    expect(stdout).toMatch(/^one chain, lines: 3,/u);

    const head = /[0-9a-f]{64}/u.exec(stdout)?.[0];
    const contains = (digest = '') => shell(`${verify?.trimEnd()} --contains ${digest}`);
    await expect(contains(head)).resolves.toMatchObject({ stderr: '' });
    await expect(contains('0'.repeat(64))).rejects.toMatchObject({ code: 1 });
    await appendFile(join(data, 'broker', 'audit.jsonl'), '{}\n');
    await expect(shell(verify)).rejects.toMatchObject({
      code: 1,
      stderr: 'line 4 does not follow the one before\n',
    });
  });
});

describe('the workload of the example', () => {
  /** A broker of somebody who saw the request, and answers with a reply to another question. */
  async function answering(apv: string): Promise<Buffer> {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { enc } = JSON.parse(body) as { enc: JWK };
      const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify({ kty: 'oct', k: 'AAAA' })))
        .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM' })
        .setKeyManagementParameters({ apu: Buffer.from('jti-1'), apv: Buffer.from(apv) })
        .encrypt(await importJWK(enc, 'ECDH-ES+A256KW'));
      response.end(jwe);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const holder = await makeHolder();
      return await requestDataKey({
        ...{ broker: url, name: 'model' },
        prove: async (target) => {
          const { authorization, dpop } = await issuer.credentials(holder, target, {});
          return { token: authorization.slice(5), proof: dpop };
        },
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test('takes the reply to its own question alone', async () => {
    expect(await answering('model')).toEqual(Buffer.from('AAAA', 'base64url'));
    await expect(answering('another')).rejects.toThrow('the broker’s reply is to another request');
  });
});
