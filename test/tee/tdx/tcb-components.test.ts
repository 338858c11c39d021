import { describe, expect, test } from '@jest/globals';
import { evaluateTcb, type TcbInput } from '../../../src/tee/tdx/tcb-level.js';
import { components, platformLevel, qeIdentityOf, statusOf, tcbInfoOf, whyOf } from './tcb-documents.js';

describe('SVN higher passes, lower fails', () => {
  const NEEDS = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25];
  const info = tcbInfoOf({ tcbLevels: [platformLevel({ sgx: NEEDS, pceSvn: 300, tdx: NEEDS })] });
  /** Exactly what the level asks for, but for the module’s major version. */
  const exact = (major: number): TcbInput => ({
    components: NEEDS,
    pceSvn: 300,
    qeIsvSvn: 4,
    teeTcbSvn: Uint8Array.from([10, major, ...NEEDS.slice(2)]),
    teeTcbSvn2: null,
  });
  const shifted = (values: Iterable<number>, index: number, by: number): number[] =>
    [...values].map((value, at) => (at === index ? value + by : value));
  const places = NEEDS.map((_, index) => index);
  const run = (changes: Partial<TcbInput>): string =>
    statusOf(evaluateTcb({ ...exact(1), ...changes }, info, qeIdentityOf()));

  test('exactly the level passes', () => {
    expect(run({})).toBe('UpToDate');
  });

  test.each(places)('SGX component %i', (index) => {
    expect(run({ components: shifted(NEEDS, index, 1) })).toBe('UpToDate');
    expect(run({ components: shifted(NEEDS, index, -1) })).toBe('unmatched');
    const lower = evaluateTcb({ ...exact(1), components: shifted(NEEDS, index, -1) }, info, qeIdentityOf());
    const needs = 10 + index;
    expect(whyOf(lower)).toBe(
      `At launch no platform level is reached: for the lowest one SGX component ${index + 1} is ${needs - 1} ` +
        `and must be at least ${needs}.`,
    );
  });

  test('PCESVN', () => {
    expect(run({ pceSvn: 301 })).toBe('UpToDate');
    expect(run({ pceSvn: 299 })).toBe('unmatched');
  });

  test('QE ISVSVN', () => {
    expect(run({ qeIsvSvn: 5 })).toBe('UpToDate');
    expect(run({ qeIsvSvn: 3 })).toBe('unmatched');
  });

  test.each(places.slice(2))('TDX component %i', (index) => {
    const { teeTcbSvn } = exact(1);
    expect(run({ teeTcbSvn: Uint8Array.from(shifted(teeTcbSvn, index, 1)) })).toBe('UpToDate');
    expect(run({ teeTcbSvn: Uint8Array.from(shifted(teeTcbSvn, index, -1)) })).toBe('unmatched');
  });

  test('TDX components 0 and 1 are the module’s own from module 1.5 on', () => {
    expect(run({ teeTcbSvn: Uint8Array.from([0, 1, ...NEEDS.slice(2)]) })).toBe('UpToDate');
    expect(run({ teeTcbSvn: Uint8Array.from([255, 1, ...NEEDS.slice(2)]) })).toBe('UpToDate');
  });

  test('TDX components 0 and 1 are compared for module 1.0, and all the others with them', () => {
    const needs = [10, 0, ...NEEDS.slice(2)];
    const of10 = tcbInfoOf({ tcbLevels: [platformLevel({ tdx: needs })] });
    const judge = (teeTcbSvn: readonly number[], document = of10): string =>
      statusOf(evaluateTcb({ ...exact(0), teeTcbSvn: Uint8Array.from(teeTcbSvn) }, document, qeIdentityOf()));
    expect(judge(needs)).toBe('UpToDate');
    for (const index of [0, ...places.slice(2)]) {
      expect(judge(shifted(needs, index, 1))).toBe('UpToDate');
      expect(judge(shifted(needs, index, -1))).toBe('unmatched');
    }
    const asksForOne = tcbInfoOf({ tcbLevels: [platformLevel({ tdx: components(0, 1) })] });
    expect(judge(components(10, 0), asksForOne)).toBe('unmatched');
  });
});
