/** Counts answers as a vendor does that rations them, by the look-alike's clock. */
import type { Ration } from './behaviour.js';

/** Takes an answer at an instant. Null: it may be given; otherwise the whole seconds until the next one. */
export type Take = (at: Date) => number | null;

export function rationOf({ requests, seconds }: Ration): Take {
  let given: number[] = [];
  return (at) => {
    const now = at.getTime();
    // A clock that was set back must not close the service until it has caught up.
    given = given.filter((instant) => instant <= now && now - instant < seconds * 1000);
    const [oldest] = given;
    if (given.length < requests || oldest === undefined) {
      given.push(now);
      return null;
    }
    return Math.ceil((oldest + seconds * 1000 - now) / 1000);
  };
}
