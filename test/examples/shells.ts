/** The shells that scripts for guests must run under, and the running of a script in one of them. */
import { spawn, spawnSync } from 'node:child_process';
import { describe } from '@jest/globals';
import { type Ended, endOf } from '../ended.js';
import { leaveOut } from '../left-out.js';

export interface Shell {
  readonly name: string;
  /** The words before the script. */
  readonly command: readonly [string, ...string[]];
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
    leaveOut(name, {
      why: `no ${shell.name} or no curl on this machine`,
      lacking: `no ${shell.name} or no curl`,
      needs: 'needs the shell',
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
  return endOf(
    spawn(program, [...rest, script, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT,
    }),
  );
}
