/** The one place that reads the time of day. */
import type { Clock } from '../verifier/ports.js';

export const systemClock: Clock = { now: () => new Date() };

/** Seconds since the call that made it, from a clock that never goes back. */
export type Stopwatch = () => number;

export function startStopwatch(): Stopwatch {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}
