/** How much one source may ask, and how long anybody waits for a reply. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RefusalError } from '../rats/refusal.js';
import { refuseRate, withoutDatabase } from '../rats/shared-refusals.js';
import { countInMemory } from './rate-count.js';
import { contextOf } from './request-context.js';

/** Each replica counts for itself; headers as draft-ietf-httpapi-ratelimit-headers. */
export function limitRates(
  perSecond: number,
  count = countInMemory(perSecond),
): (response: ServerResponse) => Promise<void> {
  const policy = `"address";q=${perSecond};w=1`;
  return async (response) => {
    const state = await count(contextOf(response).source);
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    response.setHeader('RateLimit-Policy', policy);
    response.setHeader('RateLimit', `"address";r=${state.remainingPoints};t=${seconds}`);
    if (state.consumedPoints > perSecond) {
      refuseRate(`This address may send ${perSecond} requests a second.`, seconds);
    }
  };
}

/**
 * The reply, or `database_unavailable` after so many seconds: nothing else can be that slow. The work goes on and
 * its outcome is recorded, but nobody gets a token for it any more.
 */
export async function replyWithin<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late(seconds)), seconds * 1000);
  });
  try {
    return await Promise.race([work(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** For a route that may take longer than a connection may be silent: until the reply has left. */
export function bearSilence(request: IncomingMessage, response: ServerResponse, seconds: number): void {
  const { socket } = request;
  const usual = socket.timeout ?? 0;
  socket.setTimeout(seconds * 1000);
  response.once('close', () => socket.setTimeout(usual));
}

function late(seconds: number): RefusalError {
  const detail = `The database is so slow that there was no reply within ${seconds} s. Nothing was issued.`;
  return withoutDatabase('request', detail);
}
