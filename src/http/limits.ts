/** How much one address may ask, and how much is verified at once. */
import { isIPv6 } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { refuse } from '../rats/refusal.js';

/** Each replica counts for itself; headers as draft-ietf-httpapi-ratelimit-headers. */
export function limitRates(perSecond: number): RequestHandler {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  const policy = `"address";q=${perSecond};w=1`;
  return async (request: Request, response: Response, next: NextFunction) => {
    const state = await limiter.consume(addressKey(request.ip ?? '')).catch((rejected: unknown) => rejected);
    if (!(state instanceof RateLimiterRes)) throw state;
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    response.set('RateLimit-Policy', policy);
    response.set('RateLimit', `"address";r=${state.remainingPoints};t=${seconds}`);
    if (state.consumedPoints > perSecond) {
      refuse('rate_limited', 'request', `This address may send ${perSecond} requests a second.`, {
        retryAfter: seconds,
      });
    }
    next();
  };
}

/** An IPv6 subscriber has a whole /64 to send from, so that is what counts as one address. */
function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? front : [...front, ...Array(8 - front.length - back.length).fill('0'), ...back];
  return groups.slice(0, 4).join(':');
}

/** Runs work, unless too much of it is running. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** Refuses `overloaded` instead of queueing: a queue only makes everybody's challenge expire. */
export function createGate(maxConcurrent: number): Gate {
  let running = 0;
  return async (work) => {
    if (running >= maxConcurrent) {
      refuse('overloaded', 'request', 'As many verifications are running as this service takes on at once.', {
        retryAfter: 1,
      });
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };
}
