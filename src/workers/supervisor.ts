/**
 * The primary process of several workers: starts them, puts another in the place of one that ended, stops them. It
 * reads no key, opens no database and handles no request; connections are accepted here and handed on in turn.
 */
import { fileURLToPath } from 'node:url';
import type { Config, Environment } from '../config.js';
import { choosePort } from '../http/free-port.js';
import { type CountRequest, countInMemory } from '../http/rate-count.js';
import { faultFields, type Log } from '../platform/log.js';
import { endsInARow, restartDelay } from './backoff.js';
import { Handovers } from './handover.js';
import { requireFiles, WorkerRefused } from './refused.js';
import { Totals } from './totals.js';
import { type Ending, forkWorker, type Said, type WorkerPlan, type WorkerProcess } from './worker-process.js';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

/**
 * Milliseconds from the signal until a worker that is still there is killed: more than it takes to drain, less than
 * this process itself waits for.
 */
const STOP_LIMIT = 9_000;

/** The service over `config.workers` processes. Rejects with WorkerRefused when it cannot start, in a worker's words. */
export async function startWorkers(
  config: Config,
  env: Environment,
  log: Log,
): Promise<{ reloadTls(): Promise<void>; drain(): Promise<void>; close(): Promise<void> }> {
  requireFiles(config);
  const [first] = config.listen;
  const port = first?.port === 0 ? await choosePort(first.host) : null;
  const supervisor = new Supervisor({ exec: WORKER, env, port, handovers: new Handovers() }, config, log);
  // Whoever is still there when this process ends does not outlive it: after a second signal, or a failed start.
  process.once('exit', () => supervisor.kill());
  const early = stopWhileStarting(supervisor);
  await supervisor.start();
  early.over();
  return {
    reloadTls: async () => supervisor.reload(),
    drain: () => supervisor.stop('drain'),
    close: () => supervisor.stop('close'),
  };
}

/** The first worker answers while the others still start, so whoever started the service may stop it by then. */
function stopWhileStarting(supervisor: Supervisor): { over(): void } {
  const stop = (how: 'drain' | 'close') => (): void => {
    supervisor.stop(how).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  const [onTerm, onInt] = [stop('drain'), stop('close')];
  process.once('SIGTERM', onTerm);
  process.once('SIGINT', onInt);
  return {
    over() {
      process.off('SIGTERM', onTerm);
      process.off('SIGINT', onInt);
    },
  };
}

class Supervisor {
  /** Whoever sits at each number; nobody while one is awaited. */
  private readonly seats = new Map<number, WorkerProcess>();
  private readonly serving = new Set<WorkerProcess>();
  private readonly totals = new Totals(() => [...this.serving]);
  private readonly count: CountRequest | null;
  private readonly keeping: Promise<void>[] = [];
  private stopping = false;
  private wake: () => void = () => {};
  private readonly stopped = new Promise<void>((resolve) => {
    this.wake = resolve;
  });

  constructor(
    private readonly plan: Omit<WorkerPlan, 'number'>,
    private readonly config: Config,
    private readonly log: Log,
  ) {
    this.count = config.rateLimit === null ? null : countInMemory(config.rateLimit);
  }

  /**
   * Starts worker 1 alone, so that what a first start makes is made once and what is wrong is said once, then the
   * others. Rejects when one of them ends before it listens.
   */
  async start(): Promise<void> {
    const { workers, issuer } = this.config;
    try {
      const url = await this.begin(1);
      const others = Array.from({ length: workers - 1 }, (_, index) => index + 2);
      await Promise.all(others.map((number) => this.begin(number)));
      this.log.info({ url, issuer, workers }, 'listening');
    } catch (error) {
      // Those that were still starting have ended as they were told; the stop ends this process.
      if (this.stopping) return new Promise(() => {});
      this.kill();
      throw error;
    }
    for (const [number, worker] of this.seats) this.keeping.push(this.keep(number, worker));
  }

  /** Tells the workers to look at the TLS files. */
  reload(): void {
    for (const worker of this.serving) worker.tell({ kind: 'reload' });
  }

  /** Lets every worker finish what it has begun. Rejects when one did not, or had to be killed. */
  async stop(how: 'drain' | 'close'): Promise<void> {
    this.stopping = true;
    this.wake();
    this.plan.handovers.stop();
    const workers = [...this.seats.values()];
    for (const worker of workers) worker.tell({ kind: how });
    const limit = setTimeout(() => {
      this.log.error({ after_ms: STOP_LIMIT }, 'workers that did not stop in time are killed');
      this.kill();
    }, STOP_LIMIT);
    const endings = await Promise.all(workers.map((worker) => worker.ended));
    clearTimeout(limit);
    await Promise.all(this.keeping);
    if (endings.some(({ code }) => code !== 0)) throw new Error('a worker did not stop as it should');
  }

  kill(): void {
    for (const worker of this.seats.values()) worker.kill();
  }

  private async begin(number: number): Promise<string> {
    const worker = this.fork(number);
    const url = await worker.listening;
    if (url !== null) {
      this.serving.add(worker);
      // What it was told before it listened it did not hear.
      if (this.stopping) worker.tell({ kind: 'close' });
      return url;
    }
    const { words, code, signal } = await worker.ended;
    if (words !== null) throw new WorkerRefused(words);
    if (this.stopping) throw new Error('a worker was stopped before it listened');
    this.log.error({ worker: number, code, signal }, 'a worker ended before it listened');
    throw new Error('a worker could not start');
  }

  private fork(number: number): WorkerProcess {
    const worker = forkWorker({ ...this.plan, number }, (message, from) => this.hear(message, from));
    this.seats.set(number, worker);
    return worker;
  }

  private async keep(number: number, first: WorkerProcess): Promise<void> {
    let worker = first;
    for (let ends = 0; ; ) {
      const ending = await worker.ended;
      this.serving.delete(worker);
      this.seats.delete(number);
      await this.totals.retire(worker);
      if (this.stopping) return;
      ends = endsInARow(ends, ending.lived);
      await this.pause(number, ending, restartDelay(ends));
      if (this.stopping) return;
      worker = this.fork(number);
      void this.welcome(worker);
    }
  }

  private async pause(number: number, { code, signal, words }: Ending, delay: number): Promise<void> {
    const why = words === null ? {} : { reason: words };
    this.log.warn(
      { worker: number, code, signal, ...why, again_in_ms: delay },
      'a worker ended; another will take its place',
    );
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, delay);
    });
    await Promise.race([over, this.stopped]);
    clearTimeout(timer);
  }

  private async welcome(worker: WorkerProcess): Promise<void> {
    const url = await worker.listening;
    if (url === null) return;
    this.serving.add(worker);
    this.log.info({ worker: worker.number, pid: worker.pid ?? null }, 'a worker took the place');
  }

  private hear(message: Said, from: WorkerProcess): void {
    if (message.kind === 'snapshot') this.totals.received(from, message.metrics);
    else this.answer(message, from).catch((error) => this.log.error(faultFields(error), 'no answer'));
  }

  private async answer(message: Exclude<Said, { kind: 'snapshot' }>, from: WorkerProcess): Promise<void> {
    const { id } = message;
    if (message.kind === 'expose') {
      from.tell({ kind: 'exposition', id, exposition: await this.totals.expose() });
    } else if (this.count !== null) {
      from.tell({ kind: 'rate', id, state: await this.count(message.address) });
    }
  }
}
