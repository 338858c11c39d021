// The load: guests that never stop asking for challenges, minting and submitting, and that submit once more what
// was cut off and what they had an answer for.
import { setTimeout as pause } from 'node:timers/promises';
import { isSettled, submit } from './attester.mjs';

const SENDERS = 6;
/** Prepared requests at hand, so that minting never holds up sending; minting goes on while the service is down. */
const STOCK = 24;
/** Of the latest requests that were answered, how many are sent again after the next restart. */
const REMEMBERED = 8;
const RETRY_MS = 25;
/** Between two requests of a sender while the service is looked at. */
const CALM_MS = 250;
const FINISH_LIMIT_MS = 300_000;
const TWICE = 0.25;
const AGAIN_AT_ONCE = 0.1;

export function startGuests(world, attesters) {
  const stock = [];
  const owed = [];
  const answered = [];
  let minting = true;
  let sending = true;

  async function fill(attester) {
    while (minting) {
      await world.up();
      const prepared = stock.length < STOCK ? await attester.prepare() : null;
      if (prepared === null) await pause(20);
      else stock.push(prepared);
    }
  }

  async function send(dice) {
    while (sending) {
      await world.up();
      if (world.calm) await pause(CALM_MS);
      const prepared = owed.shift() ?? stock.shift();
      if (prepared === undefined) {
        await pause(5);
        continue;
      }
      const copies = dice.chance(TWICE) ? dice.whole(2, 3) : 1;
      await Promise.all(Array.from({ length: copies }, () => submit(world, prepared)));
      if (!isSettled(prepared.challenge)) {
        owed.push(prepared);
        await pause(RETRY_MS);
        continue;
      }
      if (dice.chance(AGAIN_AT_ONCE)) await submit(world, prepared);
      answered.push(prepared);
      if (answered.length > REMEMBERED) answered.shift();
    }
  }

  const fillers = attesters.map(fill);
  const senders = Array.from({ length: SENDERS }, (_, index) => send(world.dice.branch(`sender ${index}`)));
  return {
    /** To be called between a kill and the next requests. */
    afterKill() {
      owed.push(...answered.splice(0));
    },
    /** Sends what is owed to its end, then stops. What is not decided on by then never will be. */
    async finish() {
      minting = false;
      const limit = performance.now() + FINISH_LIMIT_MS;
      while (owed.length + stock.length > 0 && performance.now() < limit) await pause(20);
      sending = false;
      await Promise.all([...fillers, ...senders]);
    },
  };
}
