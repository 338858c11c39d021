/**
 * The metrics of all workers, in the primary process. What a worker last said counts until it says something newer:
 * one that is busy or has just died makes no scrape fail, and counts never go down because a worker ended.
 */
import { countsOf, expositionOf } from '../platform/metric-totals.js';
import type { Exposition, MetricSnapshot } from '../platform/metrics.js';
import type { WorkerProcess } from './worker-process.js';

/** Milliseconds to wait for a worker; an idle one answers in less than ten. */
const ANSWER_LIMIT = 1_000;

export class Totals {
  private readonly latest = new Map<WorkerProcess, MetricSnapshot>();
  private readonly waiting = new Map<WorkerProcess, () => void>();
  /** Counts of workers that have ended. */
  private retired: MetricSnapshot = [];
  private retiring: Promise<void> = Promise.resolve();
  private running: Promise<Exposition> | null = null;
  private next: Promise<Exposition> | null = null;

  constructor(private readonly workers: () => readonly WorkerProcess[]) {}

  /** Asks every worker. Calls that come while it is being done share one more round: no round is older than its call. */
  expose(): Promise<Exposition> {
    if (this.running === null) {
      this.running = this.round().finally(() => {
        this.running = null;
      });
      return this.running;
    }
    this.next ??= this.running
      .catch(() => {})
      .then(() => {
        this.next = null;
        return this.expose();
      });
    return this.next;
  }

  received(worker: WorkerProcess, metrics: MetricSnapshot): void {
    this.latest.set(worker, metrics);
    this.waiting.get(worker)?.();
  }

  /** The worker has ended: its counts stay, its gauges go. One at a time, each in one step. */
  retire(worker: WorkerProcess): Promise<void> {
    this.waiting.get(worker)?.();
    this.retiring = this.retiring.then(async () => {
      const retired = await countsOf([this.retired, this.latest.get(worker) ?? []]);
      this.retired = retired;
      this.latest.delete(worker);
    });
    return this.retiring;
  }

  private async round(): Promise<Exposition> {
    await Promise.all(this.workers().map((worker) => this.ask(worker)));
    return expositionOf([this.retired, ...this.latest.values()]);
  }

  private ask(worker: WorkerProcess): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(overdue);
        this.waiting.delete(worker);
        resolve();
      };
      const overdue = setTimeout(done, ANSWER_LIMIT);
      this.waiting.set(worker, done);
      worker.tell({ kind: 'measure' });
    });
  }
}
