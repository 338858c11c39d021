/** The rules of the gate, with work that ends when the test says so. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createGate, type GateLimits } from '../../src/http/gate.js';
import { outcomeOf } from '../../src/rats/outcome.js';

/** A gate at which sources arrive, with a record of who was let in and who was refused. */
function scene(limits: Partial<GateLimits> = {}) {
  const gate = createGate({ places: 1, line: 4, patience: 60_000, aside: 2, ...limits });
  const entered: string[] = [];
  const refused: string[] = [];
  const finishers: (() => void)[] = [];
  return {
    gate,
    entered,
    refused,
    async arrive(...names: string[]): Promise<void> {
      for (const name of names) {
        const source = name.replace(/\d+$/, '');
        const work = () =>
          new Promise<void>((resolve) => {
            entered.push(name);
            finishers.push(resolve);
          });
        gate.run(source, work).catch((error) => refused.push(`${name}: ${error.refusal.code}`));
        await settled();
      }
    },
    /** The one that has run longest ends; whoever is next may enter. */
    async finish(count = 1): Promise<void> {
      for (let index = 0; index < count; index += 1) {
        finishers.shift()?.();
        await settled();
      }
    },
  };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe('the gate', () => {
  test('lets so many through at once, then as many wait, and the rest are told when to come back', async () => {
    const { gate, entered, arrive, finish } = scene({ places: 2, line: 1 });
    await arrive('a1', 'a2', 'a3');
    expect(entered).toEqual(['a1', 'a2']);
    expect(await outcomeOf(() => gate.run('a', async () => 'never'))).toMatchObject({
      ok: false,
      refusal: { code: 'overloaded', retryAfter: 1 },
    });
    await finish();
    expect(entered).toEqual(['a1', 'a2', 'a3']);
  });

  test('forgets failures, and gives the place of a failed one to the next', async () => {
    const gate = createGate({ places: 1, line: 1, patience: 60_000, aside: 2 });
    const failing = gate.run('a', () => Promise.reject(new Error('failed')));
    const next = gate.run('b', async () => 'done');
    await expect(failing).rejects.toThrow('failed');
    await expect(next).resolves.toBe('done');
    await expect(gate.run('a', async () => 'again')).resolves.toBe('again');
  });

  test('sources take turns, whatever the length of their lines; one source keeps its order', async () => {
    const { entered, arrive, finish } = scene({ line: 6 });
    await arrive('a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2');
    await finish(6);
    expect(entered).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  test('with no room left the longest line gives way, its newest first', async () => {
    const { entered, refused, arrive, finish } = scene();
    await arrive('a0', 'a1', 'a2', 'a3', 'a4', 'b1', 'b2');
    expect(refused).toEqual(['a4: overloaded', 'a3: overloaded']);
    // Two of each now: nobody has more than the newcomer would have.
    await arrive('b3', 'a5');
    expect(refused.slice(2)).toEqual(['b3: overloaded', 'a5: overloaded']);
    await arrive('c1');
    expect(refused.slice(4)).toEqual(['a2: overloaded']);
    await finish(4);
    expect(entered).toEqual(['a0', 'a1', 'b1', 'c1', 'b2']);
  });

  test('a source that floods leaves a modest one every one of its requests', async () => {
    const { entered, refused, arrive, finish } = scene({ places: 2, line: 8 });
    await arrive(...Array.from({ length: 30 }, (_, index) => `flood${index}`));
    for (let round = 0; round < 20; round += 1) {
      await arrive(`modest${round}`, `flood${round}`, `flood${round}`, `flood${round}`);
      await finish(2);
    }
    expect(refused.filter((name) => name.startsWith('modest'))).toEqual([]);
    expect(entered.filter((name) => name.startsWith('modest')).length).toBeGreaterThanOrEqual(19);
    expect(entered.filter((name) => name.startsWith('flood')).length).toBeGreaterThanOrEqual(19);
  });

  test('says beforehand what it would do, and takes no place for it', async () => {
    const { gate, arrive, finish } = scene({ line: 2 });
    for (let index = 0; index < 5; index += 1) expect(gate.takes('a')).toBe(true);
    await arrive('a1', 'a2', 'a3');
    expect(gate.takes('a')).toBe(false);
    // Another source would take the place of the longest line.
    expect(gate.takes('b')).toBe(true);
    await finish();
    expect(gate.takes('a')).toBe(true);
  });

  test('stops inviting while there is still room for those who were invited', async () => {
    const { gate, arrive, finish } = scene({ line: 4 });
    await arrive('a1', 'a2');
    expect(gate.invites('a')).toBe(true);
    await arrive('a3');
    expect(gate.invites('a')).toBe(false);
    expect(gate.invites('b')).toBe(true);
    expect(gate.takes('a')).toBe(true);
    await finish();
    expect(gate.invites('a')).toBe(true);
  });

  test('a crowd in which everybody waits once is not pushed out by newcomers', async () => {
    const { gate, refused, arrive } = scene({ line: 3 });
    await arrive('a1', 'b1', 'c1', 'd1', 'e1');
    expect(refused).toEqual(['e1: overloaded']);
    expect(gate.invites('f')).toBe(false);
  });
});

describe('patience', () => {
  test('ends a wait that got too long; the place goes to whoever still waits', async () => {
    const { entered, refused, arrive, finish } = scene({ patience: 1000 });
    await arrive('a1', 'a2');
    jest.advanceTimersByTime(600);
    await arrive('b1');
    jest.advanceTimersByTime(600);
    await settled();
    expect(refused).toEqual(['a2: overloaded']);
    await finish();
    expect(entered).toEqual(['a1', 'b1']);
    // Those who were let in or refused have no timer left.
    expect(jest.getTimerCount()).toBe(0);
  });
});
