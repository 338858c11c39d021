/** The one file that is copied into guests, as a process of its own, away from everything that it was made of. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { HELP } from '../../src/agent/arguments.js';
import { importsOf } from '../architecture/source-tree.js';
import { tokensOf } from '../architecture/tokens.js';
import { openTsmFolder, type TsmFolder } from '../examples/tsm-folder.js';
import { SNP, TDX } from './fake-tsm.js';
import { problem, type Served, startServed } from './serving.js';

// Vendors are minted first, and a machine that does other things as well takes its time for that.
jest.setTimeout(240_000);

const BUILT = fileURLToPath(new URL('../../agent/assay-agent.mjs', import.meta.url));
const PRELOAD = new URL('./kernel-preload.js', import.meta.url).href;

let served: Served;
let home: string;
let agent: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-guest-'));
  agent = join(home, 'assay-agent.mjs');
  await copyFile(BUILT, agent);
  served = await startServed();
});

afterAll(async () => {
  await served.close();
  await rm(home, { recursive: true, force: true });
});

interface Process {
  readonly child: ChildProcess;
  /** What it wrote to standard error so far. */
  readonly log: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly log: string }>;
}

/** Milliseconds; far more than any of these takes, so that one that hangs is ended and fails its test. */
const LIMIT = 200_000;

function start(args: readonly string[], kernel: TsmFolder | null = null): Process {
  const preload = kernel === null ? [] : ['--import', PRELOAD];
  const child = spawn(process.execPath, [...preload, agent, ...args], {
    cwd: home,
    env: kernel === null ? {} : kernel.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const out = text(child.stdout);
  const ended = once(child, 'close').then(async ([code]) => ({ code, out: await out, log }));
  return { child, log: () => log, ended };
}

/** Resolves when the log has a line with the text. */
async function said({ child, log, ended }: Process, words: string): Promise<void> {
  const { stderr } = child;
  if (stderr === null) throw new Error('standard error is not read');
  while (!log().includes(words)) {
    await Promise.race([
      once(stderr, 'data'),
      ended.then(() => Promise.reject(new Error(`ended: ${log()}`))),
    ]);
  }
}

test('it imports nothing but Node, names what is inside, and carries the licences of that', async () => {
  const source = await readFile(BUILT, 'utf8');
  const imports = importsOf(tokensOf(source)).map(({ specifier }) => specifier);
  expect(imports.length).toBeGreaterThan(5);
  expect(imports.filter((specifier) => specifier === null || !isBuiltin(specifier))).toEqual([]);
  expect(source).toMatch(/^#!\/usr\/bin\/env node\n/u);
  const inside = [...source.matchAll(/^\/\*\n(\S+) \d+\.\d+\.\d+\n/gmu)].map(([, name]) => name);
  expect(inside).toEqual(['canonicalize', 'jose']);
  expect(source).toContain('Apache License');
  expect(source).toContain('Copyright (c) 2018 Filip Skokan');
  expect((await stat(BUILT)).mode & 0o111).toBe(0o111);
});

test('help, and a mistake', async () => {
  const help = start(['--help']);
  expect(await help.ended).toEqual({ code: 0, out: HELP, log: '' });
  const mistake = await start(['--sever', 'x']).ended;
  expect(mistake).toMatchObject({ code: 2, out: '' });
  expect(JSON.parse(mistake.log)).toMatchObject({ level: 'error' });
});

test.each([
  ['SEV-SNP', SNP, 'sev-snp'],
  ['TDX', TDX, 'tdx'],
])('a token for %s by way of the kernel’s files', async (_name, { provider, sign }, tee) => {
  const kernel = await openTsmFolder({ provider, sign });
  try {
    const args = [...served.args(), '--once', '--key-file', `${tee}.pem`, '--tsm', kernel.path];
    const { code, out, log } = await start(args, kernel).ended;
    expect({ code, lines: log.split('\n').length }).toEqual({ code: 0, lines: 2 });
    expect(decodeJwt(out.trimEnd())).toMatchObject({
      aud: 'vault',
      att: { tee },
      cnf: { jkt: expect.any(String) },
    });
    expect(await kernel.leftBehind()).toEqual([]);
    expect(kernel.requests).toHaveLength(1);
  } finally {
    await kernel.close();
  }
});

test('somebody else who keeps writing to the kernel’s files', async () => {
  const kernel = await openTsmFolder({ ...SNP, otherWrites: 1 });
  try {
    const args = [...served.args('open'), '--once', '--no-key', '--deadline', '1', '--tsm', kernel.path];
    const { code, out, log } = await start(args, kernel).ended;
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(log).toContain('its generation is 3, not 2');
    expect(await kernel.leftBehind()).toEqual([]);
  } finally {
    await kernel.close();
  }
});

test('no confidential guest', async () => {
  const args = [
    ...served.args('open'),
    '--once',
    '--no-key',
    '--tsm',
    join(home, 'absent'),
    '--deadline',
    '1',
  ];
  const { code, log } = await start(args).ended;
  // It might have become one.
  expect(code).toBe(4);
  expect(log).toContain('no confidential guest');
});

async function askSocket(path: string, method: string, url: string, body?: object): Promise<unknown> {
  const asking = request({ socketPath: path, method, path: url });
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(asking, 'response');
  return json(response);
}

test('serves until SIGTERM, and leaves nothing behind', async () => {
  const kernel = await openTsmFolder(SNP);
  try {
    const [socket, token] = [join(home, 'agent.sock'), join(home, 'token')];
    const running = start(
      [...served.args(), '--socket', socket, '--token-file', token, '--tsm', kernel.path],
      kernel,
    );
    await said(running, '"msg":"token"');
    const held = (await readFile(token, 'utf8')).trimEnd();
    expect(await askSocket(socket, 'GET', '/token')).toMatchObject({ token: held, token_type: 'DPoP' });
    const proven = { method: 'GET', url: 'https://broker.example/key' };
    const answer = await askSocket(socket, 'POST', '/proof', proven);
    const { proof } = answer as { readonly proof: string };
    expect(decodeJwt(proof)).toMatchObject({ htm: 'GET', htu: 'https://broker.example/key' });
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, out: '' });
    expect(await readdir(home)).not.toEqual(expect.arrayContaining(['agent.sock']));
    expect(await readdir(home)).not.toEqual(expect.arrayContaining(['token']));
    expect(running.log()).not.toContain(held);
  } finally {
    await kernel.close();
  }
});

test('SIGTERM ends the waiting for a service that is away', async () => {
  served.front(problem(503, 'overloaded', 30));
  try {
    const running = start([
      ...served.args('open'),
      '--no-key',
      '--token-file',
      'waiting',
      '--deadline',
      '600',
    ]);
    await said(running, '"code":"overloaded"');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, out: '' });
    expect(await readdir(home)).not.toContain('waiting');
  } finally {
    served.front(null);
  }
});
