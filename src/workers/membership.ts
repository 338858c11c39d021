/** A worker's ties to the others: what it counts and measures together with them, through the primary process. */
import type { RateState } from '../http/rate-count.js';
import type { Exposition, MetricSnapshot } from '../platform/metrics.js';
import type { FromWorker, ToWorker } from './messages.js';

export interface Membership {
  /** From 1; one that takes the place of another has its number. */
  readonly number: number;
  /** Does what a service does once: housekeeping, and words about its start. */
  readonly lead: boolean;
  /** Counts a request for the whole service; rejects when the primary does not answer. */
  count(address: string): Promise<RateState>;
  /** The metrics of all workers; rejects when the primary does not answer. */
  expose(): Promise<Exposition>;
  /** How this worker's own metrics are read, for when the primary asks. */
  measureWith(read: () => Promise<MetricSnapshot>): void;
}

/** Milliseconds. An answer takes less than one; a scrape waits for the slowest worker. */
const COUNT_LIMIT = 1_000;
const EXPOSE_LIMIT = 5_000;

/** Membership over a line to the primary. What `send` cannot deliver is lost; it resolves either way. */
export class Line implements Membership {
  private readonly waiting = new Map<number, (answer: ToWorker) => void>();
  private asked = 0;
  private read: () => Promise<MetricSnapshot> = async () => [];

  constructor(
    readonly number: number,
    private readonly send: (message: FromWorker) => Promise<void>,
  ) {}

  get lead(): boolean {
    return this.number === 1;
  }

  async count(address: string): Promise<RateState> {
    const answer = await this.ask((id) => ({ kind: 'count', id, address }), COUNT_LIMIT);
    if (answer.kind !== 'rate') throw new TypeError('counting is answered with a rate');
    return answer.state;
  }

  async expose(): Promise<Exposition> {
    const answer = await this.ask((id) => ({ kind: 'expose', id }), EXPOSE_LIMIT);
    if (answer.kind !== 'exposition') throw new TypeError('metrics are answered with an exposition');
    return answer.exposition;
  }

  measureWith(read: () => Promise<MetricSnapshot>): void {
    this.read = read;
  }

  /** Sends this worker's own metrics. */
  async measure(): Promise<void> {
    await this.send({ kind: 'snapshot', metrics: await this.read() });
  }

  /** Takes an answer of the primary. One that comes too late finds nobody waiting. */
  receive(answer: Extract<ToWorker, { readonly id: number }>): void {
    this.waiting.get(answer.id)?.(answer);
  }

  private ask(question: (id: number) => FromWorker, limit: number): Promise<ToWorker> {
    this.asked += 1;
    const id = this.asked;
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error('the primary process does not answer'));
      }, limit);
      this.waiting.set(id, (answer) => {
        clearTimeout(overdue);
        this.waiting.delete(id);
        resolve(answer);
      });
      void this.send(question(id));
    });
  }
}
