/**
 * When a look-alike's documents were issued. Vendors issue anew every day, long before the document before ends, so
 * that whoever asks on two days gets two generations.
 */

const DAY = 86_400_000;

/** Which generation to answer with. */
export interface Issue {
  /** The look-alike's present. */
  readonly now: Date;
  /** Days back, for a document that still holds; 0: the newest. */
  readonly age: number;
  /** One whose window is over. */
  readonly expired: boolean;
  /** Another document than asked for. */
  readonly another: boolean;
}

/** The newest of what was asked for. */
export function newest(now: Date): Issue {
  return { now, age: 0, expired: false, another: false };
}

/** The instant whose newest document a window of so many days is chosen by. */
export function issuedFor({ now, age, expired }: Issue, days: number): Date {
  return new Date(now.getTime() - (expired ? days + 2 : age) * DAY);
}

/** Midnight UTC. */
export function startOfDay(at: Date): Date {
  return new Date(Math.floor(at.getTime() / DAY) * DAY);
}

export function daysAfter(at: Date, days: number): Date {
  return new Date(at.getTime() + days * DAY);
}

/** True for a document of the vendor's own that is newer than what the look-alike would issue. */
export function isOfToday(from: Date, at: Date): boolean {
  return startOfDay(at) < from && from <= at;
}

/** Of the same key the same result, whoever asks; the oldest are forgotten beyond `limit`. */
export class Issued<T> {
  private readonly known = new Map<string, Promise<T>>();

  constructor(private readonly limit: number) {}

  once(key: string, make: () => Promise<T>): Promise<T> {
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const made = make();
    this.known.set(key, made);
    made.catch(() => this.known.delete(key));
    const [oldest] = this.known.keys();
    if (this.known.size > this.limit && oldest !== undefined) this.known.delete(oldest);
    return made;
  }
}
