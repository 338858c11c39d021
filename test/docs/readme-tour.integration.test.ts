/** The README's five-minute tour, run as printed against a service that `npm start` started. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { requireNoneBroken, WATCHING } from '../http/contract/child.js';
import { type Block, blocksOf, ROOT, readPage, sectionOf } from './markdown.js';

const MARK = '<<< end of block >>>';

/** A block of commands with what the page says that it prints; nothing, where no `text` block follows. */
interface Step {
  readonly commands: string;
  readonly printed: string;
}

function stepsOf(blocks: readonly Block[]): readonly Step[] {
  return blocks.flatMap((block, index) => {
    const next = blocks[index + 1];
    if (block.language !== 'sh') return [];
    return [{ commands: block.content, printed: next?.language === 'text' ? next.content : '' }];
  });
}

/** `…` stands for what differs from run to run, within a line. */
function patternOf(printed: string): RegExp {
  const literal = printed.trim().replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
  return new RegExp(`^${literal.replaceAll('…', '.+')}$`, 'u');
}

async function freePort(): Promise<number> {
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

const steps = stepsOf(blocksOf(sectionOf(await readPage('README.md'), 'Five-minute tour')));

describe('the five-minute tour', () => {
  let directory = '';
  let service: ChildProcess | null = null;
  let outputs: readonly string[] = [];
  let complaints = '';
  let said = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'assay-tour-'));
    const port = await freePort();
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      ASSAY_DATA_DIR: directory,
      ASSAY_DATABASE_URL: `pglite:${join(directory, 'db')}`,
      ASSAY_LISTEN: `localhost:${port}`,
    };
    service = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: ROOT,
      env: { ...env, ...WATCHING },
    });
    service.stdout?.on('data', (chunk) => {
      said += String(chunk);
    });
    service.stderr?.on('data', (chunk) => {
      said += String(chunk);
    });
    const url = `http://localhost:${port}`;
    await waitUntilReady(url, service, () => said);

    const script = steps
      .map((step) => `${step.commands}\nprintf '\\n%s\\n' '${MARK}'\n`)
      .join('')
      .replaceAll('http://localhost:8080', url)
      .replace(/(?<![\w-])data\//gu, `${directory}/`);
    const run = await promisify(execFile)('bash', ['--noprofile', '--norc', '-c', script], {
      cwd: ROOT,
      env,
    });
    outputs = run.stdout.split(MARK).map((output) => output.trim());
    complaints = run.stderr;
  }, 180_000);

  afterAll(async () => {
    if (service !== null && !hasEnded(service)) {
      service.kill('SIGTERM');
      await once(service, 'exit');
    }
    requireNoneBroken(said);
    await rm(directory, { recursive: true, force: true });
  });

  test('complains about nothing', () => {
    expect(complaints).toBe('');
    expect(steps.length).toBeGreaterThan(5);
    expect(outputs).toHaveLength(steps.length + 1);
  });

  test.each(steps.map((step, index) => [index + 1, step] as const))(
    'block %i prints what it says',
    (n, step) => {
      expect(outputs[n - 1]).toMatch(patternOf(step.printed));
    },
  );
});
