import { describe, expect, test } from '@jest/globals';

interface Options {
  readonly engines: readonly { readonly engine: string; readonly kills: number }[];
  readonly kills: number;
  readonly databaseRestarts: number;
  readonly seed: number;
}
interface Dice {
  whole(from: number, to: number): number;
  branch(name: string): Dice;
}

/** Seen from the built test: scripts are not compiled. */
const scriptAt = (name: string) => new URL(`../../../scripts/chaos/${name}`, import.meta.url).href;
const { readOptions }: { readOptions: (args: readonly string[]) => Options } = await import(
  scriptAt('options.mjs')
);
const { createDice }: { createDice: (seed: number) => Dice } = await import(scriptAt('dice.mjs'));

describe('options of the kill test', () => {
  test('by default: a hundred kills, half on each engine, and twenty restarts of the database', () => {
    expect(readOptions([])).toMatchObject({
      kills: 100,
      databaseRestarts: 20,
      engines: [
        { engine: 'postgres', kills: 50 },
        { engine: 'pglite', kills: 50 },
      ],
    });
  });

  test('by night five hundred; an odd one goes to the first engine; one engine takes all', () => {
    expect(readOptions(['--nightly']).kills).toBe(500);
    expect(readOptions(['--kills', '7']).engines.map(({ kills }) => kills)).toEqual([4, 3]);
    expect(readOptions(['--kills', '7', '--engine', 'pglite']).engines).toEqual([
      { engine: 'pglite', kills: 7 },
    ]);
  });

  test.each([
    [['--engine', 'oracle'], /postgres, pglite or both/],
    [['--kills', 'many'], /--kills takes a whole number, not many/],
    [['--seed', '-1'], /seed/],
    [['--gently'], /--gently/],
  ])('%j is refused in words', (args, words) => {
    expect(() => readOptions(args)).toThrow(words);
  });
});

test('a seed repeats what the dice decide, a branch does not follow its neighbour', () => {
  const draw = (dice: Dice) => Array.from({ length: 8 }, () => dice.whole(0, 1_000));
  const numbers = draw(createDice(7).branch('run'));
  expect(draw(createDice(7).branch('run'))).toEqual(numbers);
  expect(draw(createDice(8).branch('run'))).not.toEqual(numbers);
  expect(draw(createDice(7).branch('guests'))).not.toEqual(numbers);
  expect(Math.max(...numbers)).toBeLessThanOrEqual(1_000);
});
