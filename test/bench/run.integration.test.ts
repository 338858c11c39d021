/** Every section once, far too small for figures that mean anything: what it takes, tells and leaves. */
import { beforeAll, describe, expect, test } from '@jest/globals';

/** Plain scripts, seen from the built test. */
const module = (name: string) => import(new URL(`../../../bench/${name}.mjs`, import.meta.url).href);

const rounds = { rounds: 1, count: 4, warmUp: 4 };
const SIZES = {
  bare: rounds,
  peers: { rounds: 1, milliseconds: 20 },
  library: rounds,
  // Enough that a round takes several of the kernel's ticks.
  http: { ...rounds, count: 16 },
  latency: { count: 10, warmUp: 4, seconds: 1 },
  flat: { ...rounds, rounds: 2, workloads: 50, decisions: 200 },
  replicas: rounds,
};

/** Every number of a result, with the path to it. */
function numbersIn(value: unknown, path = ''): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => numbersIn(member, `${path}/${name}`));
}

/**
 * The embedded database has no process of its own; that nobody was shed is well; sixteen challenges alone take less
 * than the ten milliseconds in which some kernels count.
 */
const mayBeZero = (path: string): boolean =>
  /^http\/pglite.*databaseCpuMs$|\/shed$|\/challengeCpuMs$/u.test(path);

describe('a run', () => {
  let run: Readonly<Record<string, unknown>>;
  const said: string[] = [];
  beforeAll(async () => {
    const { runBench } = await module('run');
    const { SECTIONS } = await module('sizes');
    run = await runBench({ sections: SECTIONS, sizes: SIZES, say: (text: string) => said.push(text) });
  }, 600_000);

  test('fills in every section with numbers above zero', () => {
    const { machine, sizes, native, peers, ...sections } = run;
    expect(Object.keys(sections).sort()).toEqual(['bare', 'flat', 'http', 'latency', 'library', 'replicas']);
    for (const [name, section] of Object.entries(sections)) {
      const numbers = numbersIn(section, name);
      expect(numbers.length).toBeGreaterThan(0);
      expect(numbers.filter(([path, number]) => !(number >= 0 && (number > 0 || mayBeZero(path))))).toEqual(
        [],
      );
    }
    expect(said).toContain('replicas');
  });

  test.each([
    ['native', 'npm run build:native', ['bare', 'http', 'latency', 'library']],
    ['peers', 'verifiers by others are left out', ['snp', 'tdx']],
  ])('has %s where it is built, and says so where it is not', (name, words, members) => {
    const section = run[name];
    if (process.env.CI !== undefined && process.env.CI !== '') expect(section).not.toBeNull();
    if (section === null) {
      expect(said.join()).toContain(words);
      return;
    }
    expect(Object.keys(section as object).sort()).toEqual(members);
    const numbers = numbersIn(section);
    expect(numbers.filter(([path, number]) => !(number > 0 || mayBeZero(path)))).toEqual([]);
  });

  test('becomes a page that lists each target, reached or missed', async () => {
    const { performancePage } = await module('page');
    const { targetsOf } = await module('targets');
    if (run.native === null || run.peers === null) {
      expect(() => performancePage(run)).toThrow(run.native === null ? 'lacks native' : 'lacks peers');
      return;
    }
    const page: string = performancePage(run);
    expect(page).not.toMatch(/undefined|NaN|Infinity|null/u);
    const verdicts = page.split('\n').filter((line) => /\| (reached|missed) \|$/u.test(line));
    const targets = 15;
    expect(verdicts).toHaveLength(targets);
    expect(targetsOf(run)).toHaveLength(targets);
    expect(() => performancePage({ ...run, flat: null })).toThrow('lacks flat');
  });
});
