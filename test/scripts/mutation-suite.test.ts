import { describe, expect, test } from '@jest/globals';

type Body = (...values: never[]) => unknown;
interface Globals {
  readonly describe: ((name: string, body: () => void) => void) & {
    readonly each: (rows: readonly unknown[]) => (name: string, body: Body) => void;
  };
  readonly test: ((name: string, body: Body) => void) & {
    readonly each: (rows: readonly unknown[]) => (name: string, body: Body) => void;
  };
  readonly beforeAll: (body: Body) => void;
  readonly beforeEach: (body: Body) => void;
  readonly afterEach: (body: Body) => void;
  readonly afterAll: (body: Body) => void;
}
interface Collected {
  readonly name: string;
}
interface Listener {
  readonly enter: (test: Collected) => void;
  readonly interruptible: (run: () => Promise<unknown>) => Promise<unknown>;
  readonly onTest: (test: Collected, error: Error | null) => unknown;
}

/** Seen from the built test: scripts are not compiled. */
const SCRIPT = new URL('../../../scripts/mutants/suite.mjs', import.meta.url).href;
const {
  collectTests,
  runTests,
}: {
  collectTests: (load: (globals: Globals) => void) => Collected[];
  runTests: (tests: readonly Collected[], listener: Listener) => Promise<void>;
} = await import(SCRIPT);

/** Runs the tests of the names, or all; returns name and error message of each. */
async function outcomes(load: (globals: Globals) => void, names?: readonly string[]): Promise<string[]> {
  const seen: string[] = [];
  const tests = collectTests(load).filter(({ name }) => names === undefined || names.includes(name));
  await runTests(tests, {
    enter: () => undefined,
    interruptible: (run) => run(),
    onTest: ({ name }, error) => seen.push(`${name}: ${error?.message ?? 'passed'}`),
  });
  return seen;
}

const fail = (message: string) => () => {
  throw new Error(message);
};

describe('tests that mutants face', () => {
  test('have names of their own, rows by number, whatever the rows say', () => {
    const tests = collectTests((jest) => {
      jest.describe('a', () => {
        jest.test('b', () => undefined);
        jest.test('b', () => undefined);
        jest.describe.each([['x', 1], 2])('%s', () => jest.test.each([3])('c', () => undefined));
      });
      jest.test('d', () => undefined);
    });
    expect(tests.map(({ name }) => name)).toEqual([
      'a > b',
      'a > b (2)',
      'a > %s [0] > c [0]',
      'a > %s [1] > c [0]',
      'd',
    ]);
  });

  test('get the values of their row', async () => {
    const rows: unknown[] = [];
    await outcomes((jest) => {
      jest.test.each([['x', 1], 'y'])('%s', (...values) => void rows.push(values));
    });
    expect(rows).toEqual([['x', 1], ['y']]);
  });

  test('fail when they throw, and when they reject; the others go on', async () => {
    const seen = await outcomes((jest) => {
      jest.test('throws', fail('one'));
      jest.test('rejects', () => Promise.reject(new Error('two')));
      jest.test('passes', () => undefined);
    });
    expect(seen).toEqual(['throws: one', 'rejects: two', 'passes: passed']);
  });

  test('fail when what goes before or after them does', async () => {
    const seen = await outcomes((jest) => {
      jest.describe('all', () => {
        jest.beforeAll(fail('before all'));
        jest.test('a', () => undefined);
        jest.test('b', () => undefined);
      });
      jest.describe('each', () => {
        jest.afterEach(fail('after each'));
        jest.test('c', () => undefined);
      });
    });
    expect(seen).toEqual(['all > a: before all', 'all > b: before all', 'each > c: after each']);
  });

  test('run in the order of jest, with the blocks around them, once each', async () => {
    const steps: string[] = [];
    const step = (name: string) => () => void steps.push(name);
    const load = (jest: Globals) => {
      jest.beforeAll(step('all'));
      jest.beforeEach(step('outer'));
      jest.describe('a', () => {
        jest.beforeAll(step('all of a'));
        jest.beforeEach(step('inner'));
        jest.afterEach(step('after'));
        jest.afterAll(step('end of a'));
        jest.test('one', step('one'));
        jest.test('two', step('two'));
      });
      jest.describe('b', () => {
        jest.beforeAll(step('all of b'));
        jest.test('three', step('three'));
      });
    };
    await outcomes(load, ['a > one', 'a > two']);
    expect(steps.join(', ')).toBe(
      'all, all of a, outer, inner, one, after, outer, inner, two, after, end of a',
    );
  });
});
