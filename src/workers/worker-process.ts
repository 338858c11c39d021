/** One worker as the primary process sees it: when it listens, how it ends, what it is told. */
import cluster, { type Worker } from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import { startStopwatch } from '../platform/clock.js';
import { systemCodeOf } from '../platform/file-access.js';
import type { Handovers } from './handover.js';
import type { FromWorker, ToWorker } from './messages.js';

/** Seconds to wait for the last words of a process that is gone. */
const HEARING_LIMIT = 1;

export interface Ending {
  /** Exit status; null when a signal ended it, or it never began. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it refused to start, in words for the operator; null: it said nothing of the kind. */
  readonly words: string | null;
  /** Seconds. */
  readonly lived: number;
}

export interface WorkerProcess {
  readonly number: number;
  readonly pid: number | undefined;
  /** Its URL once it serves; null when it ended before. */
  readonly listening: Promise<string | null>;
  readonly ended: Promise<Ending>;
  tell(message: ToWorker): void;
  kill(): void;
}

/** Other things that a worker says than that it listens or refuses. */
export type Said = Exclude<FromWorker, { readonly kind: 'listening' | 'refused' }>;

export interface WorkerPlan {
  /** The script. */
  readonly exec: string;
  /** Wins over this process's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly number: number;
  /** In the place of port 0; null: the configuration names one. */
  readonly port: number | null;
  readonly handovers: Handovers;
}

export function forkWorker(
  { exec, env, number, port, handovers }: WorkerPlan,
  hear: (message: Said, from: WorkerProcess) => void,
): WorkerProcess {
  cluster.setupPrimary({
    exec,
    args: [String(number), ...(port === null ? [] : [String(port)])],
    execArgv: inheritedOptions(process.execArgv),
  });
  const worker = begin(env);
  if (typeof worker === 'string') return stillborn(number, worker);
  let words: string | null = null;
  let nowListening: (url: string) => void = () => {};
  const ended = endingOf(worker, () => words);
  // Without a process there is no line.
  if (worker.process.pid !== undefined) {
    const { over } = handovers.watch(worker);
    void ended.then(over);
  }
  const listening = new Promise<string>((resolve) => {
    nowListening = resolve;
  });
  const self: WorkerProcess = {
    number,
    pid: worker.process.pid,
    listening: Promise.race([listening, ended.then(() => null)]),
    ended,
    tell(message) {
      // The callback takes the failure: a worker that ends meanwhile is reported by its end.
      if (worker.isConnected()) worker.send(message, () => {});
    },
    kill: () => void worker.process.kill('SIGKILL'),
  };
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'listening') nowListening(message.url);
    else if (message.kind === 'refused') words = message.message;
    else hear(message, self);
  });
  return self;
}

/** The process, or why the machine has no room for it. */
function begin(env: WorkerPlan['env']): Worker | string {
  try {
    return cluster.fork(env);
  } catch (error) {
    return `No process could be made for a worker: ${systemCodeOf(error) ?? String(error)}.`;
  }
}

function stillborn(number: number, words: string): WorkerProcess {
  return {
    number,
    pid: undefined,
    listening: Promise.resolve(null),
    ended: Promise.resolve({ code: null, signal: null, words, lived: 0 }),
    tell: () => {},
    kill: () => {},
  };
}

/** The end is when the process is gone and all that it had said has been heard. */
async function endingOf(worker: Worker, words: () => string | null): Promise<Ending> {
  const seconds = startStopwatch();
  const exit = await new Promise<Pick<Ending, 'code' | 'signal'>>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }));
    // A process that could not be made emits nothing else. Errors of sending are of no interest.
    worker.on('error', () => {
      if (worker.process.pid === undefined) resolve({ code: null, signal: null });
    });
  });
  const lived = seconds();
  // Its line may have more to read. The event `disconnect` does not come when a connection was on its way.
  while (worker.isConnected() && seconds() < lived + HEARING_LIMIT) await pause(10);
  await pause(0);
  return { ...exit, words: words(), lived };
}

/** Options of Node for the workers, without the script that `--eval` brings. Those of NODE_OPTIONS come by themselves. */
export function inheritedOptions(options: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < options.length; index += 1) {
    const option = options[index] ?? '';
    if (/^(-e|--eval|-p|-pe|--print)$/.test(option)) index += 1;
    else if (!/^--(eval|print|input-type)=/.test(option)) kept.push(option);
  }
  return kept;
}
