/**
 * Who has evidence verified now, who waits, and who is told to come back. So many verifications run at once as
 * keep the processors busy; a short line absorbs a burst; beyond it a request is refused before its body is read,
 * which costs a fraction of a verification. Whoever is admitted therefore waits a bounded time.
 *
 * Fair by source: sources take turns, whatever the length of their lines, and when there is no room left the
 * longest line gives way. One source that sends too much waits for itself and hinders nobody else.
 *
 * Whoever waits for others, for a vendor say, steps aside meanwhile: a slow vendor takes no place from those who compute.
 * On the way back it stands in line like those who came first, and nobody's arrival refuses it.
 */
import { type Refusal, RefusalError } from '../rats/refusal.js';
import { overload } from '../rats/shared-refusals.js';
import type { Aside } from '../verifier/ports.js';

export interface GateLimits {
  /** Verifications under way at once. */
  readonly places: number;
  /** Requests that may wait for a place, of all sources together. */
  readonly line: number;
  /** Milliseconds that one may wait. */
  readonly patience: number;
  /** Requests that may wait for others at once, having left their places; of one source half as many. */
  readonly aside: number;
}

export interface Gate {
  /** Whether work of this source would be let in or may wait, if it came now. */
  takes(source: string): boolean;
  /** The same for what leads to work: refused earlier, so that whoever has gone half the way gets to the end. */
  invites(source: string): boolean;
  /** Runs work in a place, waiting for one if need be. Refuses `overloaded`. */
  run<T>(source: string, work: (aside: Aside) => Promise<T>): Promise<T>;
}

interface Waiting {
  /** Has been let in before: gives way to nobody. */
  readonly returning: boolean;
  enter(): void;
  refuse(): void;
}

/** After a second; who comes back should add some chance of its own. */
export const NO_ROOM: Refusal = overload(
  'request',
  'As many verifications are running and waiting as this service takes on at once.',
);

const NO_ROOM_ASIDE: Refusal = overload(
  'authenticate',
  'As many requests are waiting for vendor documents as this service lets wait at once.',
);

export function createGate({ places, line, patience, aside }: GateLimits): Gate {
  let running = 0;
  let waiting = 0;
  let absent = 0;
  const absentOf = new Map<string, number>();
  /** Only sources with somebody in line, in the order of their turns. */
  const lines = new Map<string, Waiting[]>();

  /** Of those who may be refused. */
  const lengthOf = (source: string): number =>
    (lines.get(source) ?? []).filter(({ returning }) => !returning).length;

  /** Somebody stands behind more of its own than this source would: that line gives way. */
  function givesWay(source: string): string | null {
    let [longest, length] = ['', lengthOf(source) + 1];
    for (const other of lines.keys()) {
      const theirs = lengthOf(other);
      if (theirs > length) [longest, length] = [other, theirs];
    }
    return longest === '' ? null : longest;
  }

  function hasRoom(source: string, room: number): boolean {
    return running < places || waiting < room || givesWay(source) !== null;
  }

  function remove(source: string, entry: Waiting): void {
    const rest = (lines.get(source) ?? []).filter((other) => other !== entry);
    if (!entry.returning) waiting -= 1;
    if (rest.length === 0) lines.delete(source);
    else lines.set(source, rest);
  }

  function joinLine(source: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        returning: false,
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
        ?.findLast(({ returning }) => !returning)
        ?.refuse();
    await joinLine(source);
  }

  /** At the head of its source's line: it has waited before. */
  function reenter(source: string): Promise<void> | undefined {
    if (running < places) {
      running += 1;
      return undefined;
    }
    return new Promise((resolve) => {
      const entry: Waiting = { returning: true, enter: resolve, refuse: resolve };
      const own = lines.get(source) ?? [];
      const ahead = own.filter(({ returning }) => returning);
      lines.set(source, [...ahead, entry, ...own.slice(ahead.length)]);
    });
  }

  function countAbsent(source: string, change: 1 | -1): void {
    absent += change;
    const own = (absentOf.get(source) ?? 0) + change;
    if (own === 0) absentOf.delete(source);
    else absentOf.set(source, own);
  }

  /** Refuses `overloaded` before the wait begins. Whatever becomes of it, the place is there again afterwards. */
  function asideFor(source: string): Aside {
    return async (wait) => {
      if (absent >= aside || (absentOf.get(source) ?? 0) >= Math.ceil(aside / 2)) {
        throw new RefusalError(NO_ROOM_ASIDE);
      }
      countAbsent(source, 1);
      leave();
      try {
        return await wait();
      } finally {
        await reenter(source);
        countAbsent(source, -1);
      }
    };
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
        return await work(asideFor(source));
      } finally {
        leave();
      }
    },
  };
}

function overloaded(): RefusalError {
  return new RefusalError(NO_ROOM);
}
