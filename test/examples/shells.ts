/** The shells that scripts for guests must run under, and the running of a script in one of them. */
import { spawn, spawnSync } from 'node:child_process';
import { describe, test } from '@jest/globals';

export interface Shell {
  readonly name: string;
  /** The words before the script. */
  readonly command: readonly [string, ...string[]];
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Milliseconds after which a script that waits for something is ended; the test then sees no exit code. */
const LIMIT = 40_000;

const SHELLS: readonly Shell[] = [
  { name: 'dash', command: ['dash'] },
  { name: 'BusyBox', command: ['busybox', 'sh'] },
];

/** A suite for each shell; where one is not installed it is skipped by name, and in CI that is an error. */
export function describeInEachShell(name: string, suite: (shell: Shell) => void): void {
  for (const shell of SHELLS) {
    const [program, ...rest] = shell.command;
    const present = spawnSync(program, [...rest, '-c', 'curl --version']).status === 0;
    if (present) {
      describe(`${name}, ${shell.name}`, () => suite(shell));
      continue;
    }
    if (process.env.CI !== undefined && process.env.CI !== '') {
      throw new Error(`${name}: CI has no ${shell.name} or no curl`);
    }
    process.stderr.write(`skipped, no ${shell.name} or no curl on this machine: ${name}\n`);
    describe.skip(`${name} (no ${shell.name} or no curl on this machine)`, () => {
      test.todo('needs the shell');
    });
  }
}

export function runScript(
  shell: Shell,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [program, ...rest] = shell.command;
  const child = spawn(program, [...rest, script, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
