/**
 * Who has evidence verified now, who waits, and who is told to come back. So many verifications run at once as
 * keep the processors busy; a short line absorbs a burst; beyond it a request is refused before its body is read,
 * which costs a fraction of a verification. Whoever is admitted therefore waits a bounded time.
 *
 * Fair by source: sources take turns, whatever the length of their lines, and when there is no room left the
 * longest line gives way. One source that sends too much waits for itself and hinders nobody else.
 */
import { type Refusal, RefusalError } from '../rats/refusal.js';
import { overload } from '../rats/shared-refusals.js';

export interface GateLimits {
  /** Verifications under way at once. */
  readonly places: number;
  /** Requests that may wait for a place, of all sources together. */
  readonly line: number;
  /** Milliseconds that one may wait. */
  readonly patience: number;
}

export interface Gate {
  /** Whether work of this source would be let in or may wait, if it came now. */
  takes(source: string): boolean;
  /** The same for what leads to work: refused earlier, so that whoever has gone half the way gets to the end. */
  invites(source: string): boolean;
  /** Runs work in a place, waiting for one if need be. Refuses `overloaded`. */
  run<T>(source: string, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  enter(): void;
  refuse(): void;
}

/** After a second; who comes back should add some chance of its own. */
export const NO_ROOM: Refusal = overload(
  'request',
  'As many verifications are running and waiting as this service takes on at once.',
);

export function createGate({ places, line, patience }: GateLimits): Gate {
  let running = 0;
  let waiting = 0;
  /** Only sources with somebody in line, in the order of their turns. */
  const lines = new Map<string, Waiting[]>();

  const lengthOf = (source: string): number => lines.get(source)?.length ?? 0;

  /** Somebody stands behind more of its own than this source would: that line gives way. */
  function givesWay(source: string): string | null {
    let [longest, length] = ['', lengthOf(source) + 1];
    for (const [other, theirs] of lines) {
      if (theirs.length > length) [longest, length] = [other, theirs.length];
    }
    return longest === '' ? null : longest;
  }

  function hasRoom(source: string, room: number): boolean {
    return running < places || waiting < room || givesWay(source) !== null;
  }

  function remove(source: string, entry: Waiting): void {
    const rest = (lines.get(source) ?? []).filter((other) => other !== entry);
    waiting -= 1;
    if (rest.length === 0) lines.delete(source);
    else lines.set(source, rest);
  }

  function joinLine(source: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        enter() {
          clearTimeout(timer);
          resolve();
        },
        refuse() {
          clearTimeout(timer);
          remove(source, entry);
          reject(overloaded());
        },
      };
      const timer = setTimeout(() => entry.refuse(), patience);
      lines.set(source, [...(lines.get(source) ?? []), entry]);
      waiting += 1;
    });
  }

  async function enter(source: string): Promise<void> {
    if (running < places) {
      running += 1;
      return;
    }
    if (!hasRoom(source, line)) throw overloaded();
    if (waiting >= line)
      lines
        .get(givesWay(source) ?? '')
        ?.at(-1)
        ?.refuse();
    await joinLine(source);
  }

  /** The place goes to the source whose turn it is; that source then stands behind the others. */
  function leave(): void {
    const [next] = lines;
    if (next === undefined) {
      running -= 1;
      return;
    }
    const [source, [first]] = next;
    if (first === undefined) throw new TypeError('a source without anybody in line has no line');
    remove(source, first);
    const rest = lines.get(source);
    if (rest !== undefined) {
      lines.delete(source);
      lines.set(source, rest);
    }
    first.enter();
  }

  return {
    takes: (source) => hasRoom(source, line),
    invites: (source) => hasRoom(source, Math.ceil(line / 2)),
    async run(source, work) {
      await enter(source);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

function overloaded(): RefusalError {
  return new RefusalError(NO_ROOM);
}
