/** The command of `--exec`: what restarts, reloads or notifies whoever uses the token. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemCodeOf } from '../platform/file-access.js';

export interface HookOptions {
  readonly command: string;
  /** `$1`; null: there is none. */
  readonly tokenFile: string | null;
  readonly stop: AbortSignal;
}

/** Milliseconds. A command that hangs must not keep the next token away. */
const WITHIN = 60_000;

/**
 * Null when it ended well, else how it ended. The token is in no argument and no variable: `ps` shows both. What it
 * writes goes to standard error, since standard output may be the token’s.
 */
export async function runHook({ command, tokenFile, stop }: HookOptions): Promise<string | null> {
  const child = spawn('/bin/sh', ['-c', command, 'sh', ...(tokenFile === null ? [] : [tokenFile])], {
    stdio: ['ignore', 2, 2],
    // A group of its own, so that what the shell started ends with it.
    detached: true,
  });
  const late = AbortSignal.any([stop, AbortSignal.timeout(WITHIN)]);
  const end = (): void => endGroup(child.pid);
  late.addEventListener('abort', end);
  try {
    const exited = once(child, 'exit');
    // An abort that came before is not told again.
    if (late.aborted) end();
    const [code, signal] = await exited;
    if (late.aborted) return 'it did not end in time';
    if (code === 0) return null;
    return code === null ? `it was ended by ${signal}` : `it ended with ${code}`;
  } catch (error) {
    return `it does not start: ${systemCodeOf(error)}`;
  } finally {
    late.removeEventListener('abort', end);
  }
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // Ended by itself meanwhile.
    if (systemCodeOf(error) !== 'ESRCH') throw error;
  }
}
