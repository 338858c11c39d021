/** How long to wait: before another try, and until a token is renewed. Spread, so that a fleet that boots together does not ask together. */

export interface PauseLimits {
  /** Milliseconds. */
  readonly first: number;
  readonly longest: number;
}

/** Milliseconds before try `failures` + 1: doubled each time, the upper half of it at random. */
export function pauseBefore(failures: number, random: number, { first, longest }: PauseLimits): number {
  const whole = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (0.5 + random / 2));
}

const SERVICE_LIMITS: PauseLimits = { first: 1_000, longest: 60_000 };
/** Seconds. Whoever asks for more made a mistake. */
const LONGEST_RETRY_AFTER = 3_600;
/** Part of what was asked for that is added at most. */
const SPREAD = 0.25;

/** Milliseconds before the service is asked again: never sooner than it asked for. */
export function pauseForService(failures: number, random: number, retryAfter: number | null): number {
  const asked = Math.min(retryAfter ?? 0, LONGEST_RETRY_AFTER) * 1_000;
  const spread = Math.round(asked * (1 + SPREAD * random));
  return Math.max(spread, pauseBefore(failures, random, SERVICE_LIMITS));
}

/** Milliseconds until a token of so many seconds is renewed: at two thirds of its life, or up to a tenth of it sooner. */
export function pauseForRenewal(lifetime: number, random: number): number {
  return Math.round(lifetime * 1_000 * (2 / 3 - random / 10));
}
