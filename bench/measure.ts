/** Cost of an operation: CPU time of this process, thread pool included, and the rate that a clock on the wall sees. */
export interface Cost {
  /** Milliseconds of CPU per operation. */
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly count: number;
}

/** Runs `operation` one after another, `count` times after a tenth as many that do not count. */
export async function measure(count: number, operation: (index: number) => Promise<void>): Promise<Cost> {
  const warmUp = Math.ceil(count / 10);
  for (let index = 0; index < warmUp; index += 1) await operation(index);
  const before = process.cpuUsage();
  const started = performance.now();
  for (let index = 0; index < count; index += 1) await operation(warmUp + index);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 / count, perSecond: count / seconds, count };
}

/** How many distinct inputs `measure(count, …)` asks for. */
export function inputsFor(count: number): number {
  return count + Math.ceil(count / 10);
}
