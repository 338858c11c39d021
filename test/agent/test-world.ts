/** The agent’s surroundings in a test: pauses pass at once and move the clock, and nothing that is written is lost. */

import { createAgentLog } from '../../src/agent/log.js';
import type { AgentWorld } from '../../src/agent/world.js';
import { type TestClock, testClock } from '../http/service.js';
import type { FakeTsm } from './fake-tsm.js';

export interface TestWorld extends AgentWorld {
  /** Milliseconds of each pause so far. */
  readonly pauses: readonly number[];
  readonly outLines: readonly string[];
  readonly logLines: readonly string[];
  /** The log’s lines as objects. */
  logged(): readonly Readonly<Record<string, unknown>>[];
  end(): void;
  /** Time goes by, during an exchange say, and rings the alarms that are due, each at its instant. */
  pass(seconds: number): Promise<void>;
}

export interface WorldOptions {
  readonly tsm: FakeTsm;
  readonly clock?: TestClock;
  readonly random?: () => number;
  /** Told of each pause after the clock has moved, with the number of pauses so far. */
  readonly paused?: (count: number, world: TestWorld) => void | Promise<void>;
}

export function testWorld({ tsm, clock = testClock(), random = () => 0.5, paused }: WorldOptions): TestWorld {
  const stopping = new AbortController();
  const pauses: number[] = [];
  const outLines: string[] = [];
  const logLines: string[] = [];
  const alarms = new Set<{ readonly at: Date; readonly ring: () => Promise<void> }>();
  const world: TestWorld = {
    pauses,
    outLines,
    logLines,
    logged: () => logLines.map((line) => JSON.parse(line)),
    end: () => stopping.abort(),
    now: () => clock.now(),
    async sleep(milliseconds) {
      pauses.push(milliseconds);
      await world.pass(milliseconds / 1000);
      await paused?.(pauses.length, world);
      stopping.signal.throwIfAborted();
    },
    alarm(at, ring) {
      const alarm = { at, ring };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    async pass(seconds) {
      const until = new Date(clock.now().getTime() + seconds * 1000);
      const due = [...alarms].filter(({ at }) => at <= until);
      for (const alarm of due.sort((one, other) => one.at.getTime() - other.at.getTime())) {
        if (!alarms.delete(alarm)) continue;
        if (alarm.at > clock.now()) clock.set(alarm.at);
        await alarm.ring();
      }
      clock.set(until);
    },
    random,
    tsm: () => tsm,
    out: (text) => void outLines.push(text),
    err: (text) => void logLines.push(text),
    stop: stopping.signal,
  };
  return world;
}

/** For parts that take a log of their own. */
export function logOf(world: TestWorld) {
  return createAgentLog(world.err, world.now);
}
