/** The rules of the gate, with work that ends when the test says so. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createGate, type Gate, type GateLimits } from '../../src/http/gate.js';
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

/** Work that steps aside when told to, comes back when told to, and notes each step. */
function walker(gate: Gate, source: string, steps: string[]) {
  let returns: () => void = () => {};
  let ends: () => void = () => {};
  const waited = new Promise<void>((resolve) => {
    returns = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    ends = resolve;
  });
  const done = gate
    .run(source, async (aside) => {
      steps.push(`${source} away`);
      await aside(() => waited);
      steps.push(`${source} back`);
      await ended;
    })
    .catch((error) => steps.push(`${source} ${error.refusal?.code ?? error.message}`));
  return { returns: () => returns(), ends: () => ends(), done };
}

describe('whoever waits for others', () => {
  test('leaves its place to the next, and has one again before it goes on', async () => {
    const { gate, entered, arrive, finish } = scene({ places: 1, line: 1 });
    const steps: string[] = [];
    const away = walker(gate, 'w', steps);
    await settled();
    await arrive('a1', 'a2');
    expect(entered).toEqual(['a1']);
    away.returns();
    await settled();
    expect(steps).toEqual(['w away']);
    // A place has become free: for one of each source in turn.
    await finish();
    expect(entered).toEqual(['a1', 'a2']);
    await finish();
    expect(steps).toEqual(['w away', 'w back']);
    expect(gate.takes('b')).toBe(true);
    away.ends();
    await away.done;
    await arrive('b1', 'b2');
    expect(entered).toEqual(['a1', 'a2', 'b1']);
  });

  test('is neither refused by newcomers on its way back nor takes their room', async () => {
    const { gate, entered, refused, arrive, finish } = scene({ places: 1, line: 1 });
    const steps: string[] = [];
    const away = walker(gate, 'a', steps);
    await settled();
    await arrive('b1');
    away.returns();
    await settled();
    // Room for one in line, as if nobody was coming back; and of its source, it goes first.
    await arrive('a1', 'b2', 'c1');
    expect(refused).toEqual(['b2: overloaded', 'c1: overloaded']);
    await finish();
    expect([steps, entered]).toEqual([['a away', 'a back'], ['b1']]);
    away.ends();
    await away.done;
    await settled();
    expect(entered).toEqual(['b1', 'a1']);
  });

  test('gives its place back when what it waited for fails', async () => {
    const { gate, entered, arrive } = scene({ places: 1, line: 1 });
    const failing = gate.run('a', (aside) => aside(() => Promise.reject(new Error('lost'))));
    await expect(failing).rejects.toThrow('lost');
    await arrive('b1', 'b2');
    expect(entered).toEqual(['b1']);
  });

  test('is told to come back where too many wait already, all together or of one source', async () => {
    const { gate } = scene({ places: 8, aside: 4 });
    const steps: string[] = [];
    const first = [walker(gate, 'a', steps), walker(gate, 'a', steps)];
    const third = walker(gate, 'a', steps);
    await third.done;
    expect(steps.at(-1)).toBe('a overloaded');
    const others = [walker(gate, 'b', steps), walker(gate, 'c', steps)];
    await settled();
    const fifth = walker(gate, 'd', steps);
    await fifth.done;
    expect(steps.at(-1)).toBe('d overloaded');
    for (const one of [...first, ...others]) {
      one.returns();
      one.ends();
      await one.done;
    }
    const after = walker(gate, 'a', steps);
    after.returns();
    after.ends();
    await after.done;
    expect(steps.at(-1)).toBe('a back');
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
