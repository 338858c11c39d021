import { describe, expect, test } from '@jest/globals';
import { costOf, quantile } from '../../bench/measure.js';

/** Plain scripts, seen from the built test. */
const module = (name: string) => import(new URL(`../../../bench/${name}.mjs`, import.meta.url).href);

const NOTHING = { bare: null, library: null, http: null, flat: null, replicas: null };

describe('targets', () => {
  test('of the library are met at their limits and missed below', async () => {
    const { targetsOf } = await module('targets');
    const shares = (snp: number, tdx: number) => ({
      ...NOTHING,
      library: {
        snp: { bare: { cpuMs: snp }, known: { cpuMs: 1 } },
        tdx: { bare: { cpuMs: tdx }, known: { cpuMs: 1 } },
      },
    });
    const reached = (run: unknown) => targetsOf(run).map((row: { reached: boolean }) => row.reached);
    expect(reached(shares(0.9, 0.65))).toEqual([true, true]);
    expect(reached(shares(0.899, 0.65))).toEqual([false, true]);
    expect(reached(shares(0.9, 0.649))).toEqual([true, false]);
  });

  test('of the service count challenge, attest and nothing of the database', async () => {
    const { targetsOf } = await module('targets');
    const cost = (cpuMs: number) => ({ known: { cpuMs, databaseCpuMs: 100 } });
    const one = { cpuMs: 0.5 };
    const bare = { verifyP384: one, verifyP256: one, sign: one };
    const run = { ...NOTHING, bare, http: { postgres: { snp: cost(1.61), tdx: cost(4) } } };
    const rows: readonly { got: string; reached: boolean }[] = targetsOf(run);
    expect(rows.map(({ got, reached }) => [got, reached])).toEqual([
      ['1.61 ×', false],
      ['4.00 ×', true],
    ]);
  });

  test('of the addon are a gain over Node and shares of its own bare rate', async () => {
    const { targetsOf } = await module('targets');
    const costs = (bare: number, known: number) => ({ bare: { cpuMs: bare }, known: { cpuMs: known } });
    const run = (snp: number, tdx: number) => ({
      ...NOTHING,
      library: { snp: costs(2.7, 2.8), tdx: costs(1, 1) },
      native: { library: { snp: costs(0.85, snp), tdx: costs(0.65, tdx) } },
    });
    const reached = (snp: number, tdx: number) =>
      targetsOf(run(snp, tdx))
        .filter(({ what }: { what: string }) => what.includes('native'))
        .map((row: { reached: boolean }) => row.reached);
    expect(reached(1, 1)).toEqual([true, true, true]);
    expect(reached(1.001, 1.001)).toEqual([false, false, false]);
  });

  test('of the service with the addon grow with Node’s own rate, and hold at their limits', async () => {
    const { targetsOf, BEFORE_ADDON } = await module('targets');
    const run = (cpuMs: number, attestSaturation: number, p99: number) => ({
      ...NOTHING,
      bare: { verifyP384: { cpuMs: 0.9, perSecond: 2900 }, sign: { cpuMs: 0.1 } },
      native: {
        library: null,
        http: { postgres: { snp: { known: { cpuMs } } } },
        latency: { snp: { attestSaturation, attest: { p99 } } },
      },
    });
    const told = (...figures: readonly [number, number, number]) =>
      targetsOf(run(...figures)).map((row: { wanted: string; reached: boolean }) => [
        row.wanted,
        row.reached,
      ]);
    const wanted = ['at most 0.45 ×', 'at least 3600', 'under 25 ms'];
    const all = (reached: boolean) => wanted.map((words) => [words, reached]);
    expect(told(0.449 * BEFORE_ADDON, 3600, 24.9)).toEqual(all(true));
    expect(told(0.451 * BEFORE_ADDON, 3599, 25)).toEqual(all(false));
  });

  test('of replicas go by the rate, or by cost where cores run out', async () => {
    const { replicaGain } = await module('targets');
    const measured = (coresBusy: number) => ({
      cores: 2,
      one: { perSecond: 100, cpuMs: 2, coresBusy },
      two: { perSecond: 150, cpuMs: 2.5, coresBusy: 2 },
    });
    expect(replicaGain(measured(0.9))).toEqual({ enough: true, gain: 1.5 });
    expect(replicaGain(measured(1.1))).toEqual({ enough: false, gain: 1.6 });
  });
});

describe('figures', () => {
  test('are low quantiles: a dear round changes nothing', () => {
    const cheap = Array.from({ length: 19 }, () => ({ cpuMs: 1, wallMs: 2 }));
    const cost = costOf([...cheap, { cpuMs: 50, wallMs: 90 }], { count: 10 });
    expect(cost).toEqual({ cpuMs: 1, medianCpuMs: 1, perSecond: 500, rounds: 20, count: 200 });
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([3, 1, 2], 0.99)).toBe(3);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

describe('two builds beside each other', () => {
  test('are told apart by their cheapest turns', async () => {
    const { differenceOf, differenceText } = await module('against');
    const turn = (bare: number, known: number) => ({ bare: { cpuMs: bare }, known: { cpuMs: known } });
    const difference = differenceOf({
      before: [turn(0.7, 1), turn(0.6, 2)],
      now: [turn(0.8, 5), turn(0.9, 1.1)],
    });
    expect(difference).toEqual({ bare: 0.6, before: 1, now: 1.1, more: expect.closeTo(0.1) });
    expect(differenceText({ snp: difference })).toMatch(
      /SNP, machine seen before +0\.600 +1\.000 +1\.100 +10\.0 %/u,
    );
  });

  test('must both be built', async () => {
    const { compareWith } = await module('against');
    const size = { rounds: 1, count: 1, warmUp: 1 };
    await expect(compareWith('/nowhere', { size, say: () => undefined })).rejects.toThrow('npm run build');
  });
});

describe('a profile', () => {
  test('is told by kind: built-in functions are their caller’s, idle time nobody’s', async () => {
    const { readProfile } = await module('profile-groups');
    const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
      id,
      callFrame: { functionName, url, lineNumber: 0 },
      children,
    });
    const { groups } = readProfile(
      {
        nodes: [
          node(1, '(root)', '', [2, 4, 5]),
          node(2, 'write', 'file:///x/node_modules/pg/lib/client.js', [3]),
          node(3, 'writev', 'node:net'),
          node(4, '(idle)', ''),
          node(5, 'toString', 'file:///x/build/src/tee/registry.js'),
        ],
        samples: [2, 3, 4, 5],
        timeDeltas: [10, 20, 40, 80],
      },
      10,
    );
    expect(groups).toEqual([
      ['Assay: tee/', 8],
      ['PostgreSQL client, its sockets where it calls them', 3],
    ]);
  });
});
