/** Pages whose blocks are commands: run as printed, one after the other, against a service that `npm start` started. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { requireNoneBroken, WATCHING } from '../http/contract/child.js';
import { type Block, ROOT } from './markdown.js';

const MARK = '<<< end of block >>>';

/** A block of commands with what the page says that it prints; nothing, where no `text` block follows. */
export interface Step {
  readonly commands: string;
  readonly printed: string;
}

export interface Tour {
  /** Of each block, and what comes after the last. */
  readonly outputs: readonly string[];
  /** Standard error of all. */
  readonly complaints: string;
  close(): Promise<void>;
}

export function stepsOf(blocks: readonly Block[]): readonly Step[] {
  return blocks.flatMap((block, index) => {
    const next = blocks[index + 1];
    if (block.language !== 'sh') return [];
    return [{ commands: block.content, printed: next?.language === 'text' ? next.content : '' }];
  });
}

/** `…` stands for what differs from run to run, within a line. */
export function patternOf(printed: string): RegExp {
  const literal = printed.trim().replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
  return new RegExp(`^${literal.replaceAll('…', '.+')}$`, 'u');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function waitUntilReady(url: string, service: ChildProcess, said: () => string): Promise<void> {
  for (;;) {
    if (hasEnded(service)) throw new Error(`the service ended: ${said()}`);
    const reply = await fetch(`${url}/readyz`).catch(() => null);
    if (reply?.status === 200) return;
    await pause(200);
  }
}

/** `ports`: those that the page names, beside 8080 of the service; each is replaced by one that is free. */
export async function runTour(steps: readonly Step[], ports: readonly string[] = []): Promise<Tour> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-tour-'));
  const port = await freePort();
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    ASSAY_DATA_DIR: directory,
    ASSAY_DATABASE_URL: `pglite:${join(directory, 'db')}`,
    ASSAY_LISTEN: `localhost:${port}`,
  };
  let said = '';
  const service = spawn(process.execPath, ['scripts/start.mjs'], { cwd: ROOT, env: { ...env, ...WATCHING } });
  for (const stream of [service.stdout, service.stderr]) {
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  }
  const close = async (): Promise<void> => {
    if (!hasEnded(service)) {
      service.kill('SIGTERM');
      await once(service, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
    requireNoneBroken(said);
  };
  try {
    const url = `http://localhost:${port}`;
    await waitUntilReady(url, service, () => said);
    let script = steps
      .map((step) => `${step.commands}\nprintf '\\n%s\\n' '${MARK}'\n`)
      .join('')
      .replaceAll('http://localhost:8080', url)
      .replace(/(?<![\w-])data\//gu, `${directory}/`);
    const named: (readonly [string, string])[] = [];
    for (const name of ports) named.push([name, String(await freePort())]);
    for (const [name, free] of named) script = script.replaceAll(name, free);
    const run = await promisify(execFile)('bash', ['--noprofile', '--norc', '-c', script], {
      cwd: ROOT,
      env,
    });
    const asPrinted = named.reduce((text, [name, free]) => text.replaceAll(free, name), run.stdout);
    return { outputs: asPrinted.split(MARK).map((output) => output.trim()), complaints: run.stderr, close };
  } catch (error) {
    await close();
    throw error;
  }
}
