/**
 * Mutants of one format, one after another, each held to four things: it is not accepted unless it says what the sound
 * input says; nothing is thrown but refusals; it takes the event loop for no more than 50 ms; memory stays flat.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import fc from 'fast-check';
import type { Answer, Format, Sound } from './format.js';
import { CHANGES, mutate } from './mutation.js';

export interface Finding {
  readonly format: string;
  readonly what: 'accepted' | 'threw' | 'hung' | 'slow' | 'grew';
  readonly detail: string;
  /** The run, and the number of the mutant in it. */
  readonly seed: number;
  readonly index: number;
  /** Null: the finding is about the run as a whole. */
  readonly sound: Sound | null;
  readonly mutant: Uint8Array | null;
}

export interface RunReport {
  readonly format: string;
  readonly seed: number;
  readonly count: number;
  readonly seconds: number;
  /** By refusal code; `same` counts mutants that say what the sound input says. */
  readonly answers: Readonly<Record<string, number>>;
  /** Milliseconds of event-loop time of the slowest mutant. */
  readonly slowestMs: number;
  /** Its number. */
  readonly slowestIndex: number;
  /** Longest time that the loop was held up by anything, garbage collection included. */
  readonly delayMs: number;
  /** From a tenth of the run to its end, after a collection. */
  readonly grownBytes: number;
  readonly findings: readonly Finding[];
}

export interface RunOptions {
  readonly count: number;
  readonly seed: number;
  /** Told now and then how many are done. */
  readonly progress?: (done: number) => void;
  readonly collectGarbage?: () => void;
  readonly limits?: Limits;
}

export interface Limits {
  readonly slowMs: number;
  readonly grownBytes: number;
}

export const LIMITS: Limits = { slowMs: 50, grownBytes: 12 * 1024 * 1024 };

const BATCH = 250;
/** What takes long takes long every time; other work on the machine does not. */
const REPEATS = 5;
/** Far beyond the slowest honest answer; whoever waits longer waits for ever. */
const PATIENCE_MS = 10_000;
const SETTLING_TURNS = 4;
/** Findings of one kind are most often one mistake. */
const MAX_FINDINGS = 10;

export async function runFormat(format: Format, options: RunOptions): Promise<RunReport> {
  const { count, seed, progress, collectGarbage, limits = LIMITS } = options;
  const sound = await format.sound();
  const meanings = await Promise.all(sound.map((one) => meaningOf(format, one)));
  const material = {
    structure: format.structure,
    places: format.places,
    others: sound.map(({ bytes }) => bytes),
  };
  const answers = new Map<string, number>();
  const findings: Finding[] = [];
  const found = (finding: Omit<Finding, 'format' | 'seed'>): void => {
    if (findings.length < MAX_FINDINGS) findings.push({ format: format.name, seed, ...finding });
  };
  const held = async (): Promise<number> => {
    // What streams and finalizers let go of in later turns of the loop is free only after another collection.
    for (let turn = 0; turn < SETTLING_TURNS; turn += 1) {
      collectGarbage?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const started = performance.now();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let [slowestMs, slowestIndex] = [0, 0];
  let atTenth: number | null = null;
  for (let first = 0; first < count && findings.length < MAX_FINDINGS; first += BATCH) {
    const programs = fc.sample(CHANGES, {
      numRuns: Math.min(BATCH, count - first),
      seed: seed * 1_000_003 + first,
    });
    for (const [offset, changes] of programs.entries()) {
      const index = first + offset;
      const which = index % sound.length;
      const one = sound[which];
      if (one === undefined) throw new TypeError(`${format.name} has no sound input`);
      const mutant = mutate(one.bytes, changes, material);
      const context = { index, sound: one, mutant };
      const measured = await timed(() => judged(format, mutant, one));
      let { milliseconds } = measured;
      for (let again = 1; again < REPEATS && milliseconds > limits.slowMs / 5; again += 1) {
        milliseconds = Math.min(milliseconds, (await timed(() => judged(format, mutant, one))).milliseconds);
      }
      if (milliseconds > slowestMs) [slowestMs, slowestIndex] = [milliseconds, index];
      if (milliseconds > limits.slowMs) {
        found({ ...context, what: 'slow', detail: `${milliseconds.toFixed(1)} ms of event-loop time` });
      }
      const { answer } = measured;
      if ('what' in answer) found({ ...context, ...answer });
      else if (
        answer.accepted &&
        !saysNoMore(answer.meaning, meanings) &&
        !isOneOf(mutant, material.others)
      ) {
        found({ ...context, what: 'accepted', detail: `accepted as ${answer.meaning.slice(0, 400)}` });
      }
      const label = 'what' in answer ? answer.what : answer.accepted ? 'same' : answer.code;
      answers.set(label, (answers.get(label) ?? 0) + 1);
    }
    if (atTenth === null && first + BATCH >= count / 10) atTenth = await held();
    progress?.(Math.min(count, first + BATCH));
  }
  delay.disable();
  const grownBytes = collectGarbage === undefined || atTenth === null ? 0 : (await held()) - atTenth;
  if (grownBytes > limits.grownBytes) {
    const detail = `${grownBytes} bytes more after ${count} mutants than after a tenth of them`;
    found({ what: 'grew', detail, index: count, sound: null, mutant: null });
  }
  return {
    format: format.name,
    seed,
    count,
    seconds: (performance.now() - started) / 1000,
    answers: Object.fromEntries([...answers].sort(([, a], [, b]) => b - a)),
    slowestMs,
    slowestIndex,
    delayMs: delay.max / 1e6,
    grownBytes,
    findings,
  };
}

/**
 * Line by line: of a chain or an archive a part may be left out, and nothing may come to it. A mutant may turn out to be
 * another sound input as a whole.
 */
function saysNoMore(meaning: string, sound: readonly string[]): boolean {
  const known = new Set(sound.flatMap((text) => text.split('\n')));
  return meaning.split('\n').every((line) => known.has(line));
}

/** A splice in what two inputs share makes the other one whole, which is no mutant, whatever it is judged by. */
function isOneOf(bytes: Uint8Array, inputs: readonly Uint8Array[]): boolean {
  return inputs.some((input) => Buffer.compare(input, bytes) === 0);
}

/** A fuzzer whose sound inputs are refused would find nothing, ever. */
async function meaningOf(format: Format, { name, bytes, setting }: Sound): Promise<string> {
  const answer = await format.judge(bytes, setting);
  if (!answer.accepted) throw new Error(`${format.name}: the sound input ${name} is refused: ${answer.code}`);
  return answer.meaning;
}

type Judged = Answer | { readonly what: 'threw' | 'hung'; readonly detail: string };

async function judged(format: Format, mutant: Uint8Array, { setting }: Sound): Promise<Judged> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<Judged>((resolve) => {
    const detail = `no answer after ${PATIENCE_MS} ms`;
    timer = setTimeout(() => resolve({ what: 'hung', detail }), PATIENCE_MS);
  });
  try {
    return await Promise.race([format.judge(mutant, setting), hung]);
  } catch (error) {
    return { what: 'threw', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The time for which the loop was busy; waiting for the thread pool is none of it. Nor is waiting for a core that others
 * use: no more than the CPU time of this process can have been spent.
 */
async function timed(
  act: () => Promise<Judged>,
): Promise<{ readonly answer: Judged; readonly milliseconds: number }> {
  const [loop, cpu] = [performance.eventLoopUtilization(), process.cpuUsage()];
  const answer = await act();
  const { active } = performance.eventLoopUtilization(loop);
  const { user, system } = process.cpuUsage(cpu);
  return { answer, milliseconds: Math.min(active, (user + system) / 1000) };
}
