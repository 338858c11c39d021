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
    signal: AbortSignal.any([stop, AbortSignal.timeout(WITHIN)]),
    killSignal: 'SIGKILL',
  });
  try {
    const [code, signal] = await once(child, 'exit');
    if (code === 0) return null;
    return code === null ? `it was ended by ${signal}` : `it ended with ${code}`;
  } catch (error) {
    return systemCodeOf(error) === 'ABORT_ERR'
      ? 'it did not end in time'
      : `it does not start: ${systemCodeOf(error)}`;
  }
}
