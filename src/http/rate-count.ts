/** Counting the requests of an address, in one process or for several. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** What is known of an address after one more request of it. */
export interface RateState {
  /** Requests in the second that runs, this one included. */
  readonly consumedPoints: number;
  readonly remainingPoints: number;
  /** Until the next second begins. */
  readonly msBeforeNext: number;
}

/** Counts a request of an address. */
export type CountRequest = (address: string) => Promise<RateState>;

/** Counts in this process. */
export function countInMemory(perSecond: number): CountRequest {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async (address) => {
    const state = await limiter.consume(address).catch((rejected: unknown) => rejected);
    if (!(state instanceof RateLimiterRes)) throw state;
    const { consumedPoints, remainingPoints, msBeforeNext } = state;
    return { consumedPoints, remainingPoints, msBeforeNext };
  };
}

/** Counts together with others; alone while they cannot be asked, so that there is always a limit. */
export function countTogether(shared: CountRequest, perSecond: number): CountRequest {
  const alone = countInMemory(perSecond);
  return (address) => shared(address).catch(() => alone(address));
}
