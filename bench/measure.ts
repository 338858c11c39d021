/**
 * Cost of an operation: CPU time of this process, thread pool included, and the rate that a clock on the wall
 * sees. Taken in short rounds, of which the cheap ones count: other work on the machine makes a round dearer by
 * what it takes from the caches, never cheaper.
 */

export interface Round {
  /** Milliseconds per operation. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

export interface Cost {
  /** Milliseconds of CPU per operation: the figure, a low quantile over the rounds. */
  readonly cpuMs: number;
  /** The same, the median. */
  readonly medianCpuMs: number;
  readonly perSecond: number;
  readonly rounds: number;
  /** Operations over all rounds. */
  readonly count: number;
}

/** Which part of the rounds, from the cheapest on, is at or below the figure. */
export const LOW = 0.1;

export interface Size {
  readonly rounds: number;
  /** Operations of a round. */
  readonly count: number;
  /** Operations before the first round, until the compiler of the engine has settled. */
  readonly warmUp: number;
}

/**
 * One operation after another. Where the process lets programs ask for it (`--expose-gc`), what making the inputs left
 * behind among the young objects is collected before: a round pays for its own litter. A full collection would make the
 * round after it dearer by more than a third, which no service sees.
 */
export async function runRound<T>(
  inputs: readonly T[],
  operation: (input: T) => Promise<void>,
): Promise<Round> {
  globalThis.gc?.({ type: 'minor' });
  const before = process.cpuUsage();
  const started = performance.now();
  for (const input of inputs) await operation(input);
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 / inputs.length, wallMs: wall / inputs.length };
}

export function costOf(rounds: readonly Round[], { count }: Pick<Size, 'count'>): Cost {
  const cpu = rounds.map((round) => round.cpuMs);
  const wall = rounds.map((round) => round.wallMs);
  return {
    cpuMs: quantile(cpu, LOW),
    medianCpuMs: quantile(cpu, 0.5),
    perSecond: 1000 / quantile(wall, LOW),
    rounds: rounds.length,
    count: rounds.length * count,
  };
}

/** The smallest value that at least the part `q` (0 to 1) of all values does not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('a quantile of nothing');
  return value;
}
