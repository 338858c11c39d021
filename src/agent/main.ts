/** The agent: arguments in, exit code out. Shared by `assay agent` and by the one file that is copied into guests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HELP, readArguments } from './arguments.js';
import { AgentFailed, EXIT, type ExitCode } from './ending.js';
import { type AgentLog, createAgentLog } from './log.js';
import { keepToken } from './renewal.js';
import { openTsmFolder } from './tsm-folder.js';
import type { AgentWorld } from './world.js';

/** What differs between the one file and a command of `assay`. */
export type Surroundings = Pick<AgentWorld, 'out' | 'err' | 'stop'>;

/** This machine: its clock, its timers, its kernel. */
export function machine({ out, err, stop }: Surroundings): AgentWorld {
  return {
    now: () => new Date(),
    sleep: (milliseconds) => sleep(milliseconds, undefined, { signal: stop }),
    alarm: (at, ring) => {
      const timer = setTimeout(() => void ring(), at.getTime() - Date.now());
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    tsm: openTsmFolder,
    out,
    err,
    stop,
  };
}

export async function runAgent(args: readonly string[], world: AgentWorld): Promise<ExitCode> {
  const log = createAgentLog(world.err, world.now);
  try {
    const options = readArguments(args);
    if (options === null) world.out(HELP.trimEnd());
    else await keepToken(options, world, log);
    return EXIT.token;
  } catch (error) {
    return explain(error, log);
  }
}

/** A bug is told by its name and place alone: the message of a library may quote what it was given. */
function explain(error: unknown, log: AgentLog): ExitCode {
  if (error instanceof AgentFailed) {
    log.error(error.message, error.facts);
    return error.exitCode;
  }
  const [fault, place] = error instanceof Error ? [error.name, placeOf(error)] : [typeof error, null];
  log.error('the agent met a fault of its own', { fault, at: place });
  return EXIT.undecided;
}

function placeOf({ stack = '' }: Error): string | null {
  return (
    stack
      .split('\n')
      .find((line) => /^ {4}at /u.test(line))
      ?.trim() ?? null
  );
}
