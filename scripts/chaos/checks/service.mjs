// The process itself: it starts in time, dies only when killed, and shares its directory with nobody.

/**
 * Milliseconds from spawning to ready, after a kill; the first start makes the vendors and may take longer. What counts
 * is the processor time where it is known: with a core to itself a start takes no longer than it computes, and beside
 * guests, checks and a database on two cores the clock on the wall measures those.
 */
export const START_LIMIT = 5_000;
/** By the clock on the wall: a start that waits for something instead of computing. */
export const HUNG_LIMIT = 60_000;
/** Milliseconds from the moment that PostgreSQL accepts connections again. */
export const RECOVERY_LIMIT = 5_000;

export function serviceViolations({ starts, outages, surprises }) {
  return [
    ...starts
      .filter(({ ms, cpuMs, first }) => {
        return !first && (ms > HUNG_LIMIT || Math.min(ms, cpuMs ?? ms) > START_LIMIT);
      })
      .map(({ ms, cpuMs, after }) => ({
        rule: 'slow_restart',
        what: `ready ${Math.round(ms)} ms after it was started (kill ${after}), of which it computed ${cpuMs ?? 'nobody knows how many'} ms; at most ${START_LIMIT} ms of computing are allowed, and ${HUNG_LIMIT} ms in all`,
      })),
    ...outages
      .filter(({ ms }) => ms === null || ms > RECOVERY_LIMIT)
      .map(({ how, ms }) => ({
        rule: 'slow_recovery',
        what: `${ms === null ? 'not ready' : `ready ${Math.round(ms)} ms`} after a restart of the database (${how})`,
      })),
    ...surprises.map(({ rule, what, said }) => ({ rule, what: `${what}: ${said}` })),
  ];
}
