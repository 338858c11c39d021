/** Every check of every real vector explains itself, and what people read of each fits a narrow terminal. */
import { beforeAll, expect, test } from '@jest/globals';
import pc from 'picocolors';
import { renderVerdict } from '../../src/cli/render/verdict.js';
import type { Verdict } from '../../src/rats/result.js';
import { mistakesIn } from '../faults/explained-checks.js';
import { describeWithVectors } from '../vectors-home.js';
import { runConformance } from './conformance-run.js';

const PLAIN = pc.createColors(false);
const COLOURFUL = pc.createColors(true);

describeWithVectors('real evidence', (home) => {
  const verdicts: Verdict[] = [];
  beforeAll(async () => {
    const { reports, quotes } = await runConformance(home);
    const all = [
      ...reports.flatMap(({ bestEffort, required, withoutList }) => [bestEffort, required, withoutList]),
      ...quotes.flatMap(({ bestEffort, required, withoutLists }) => [bestEffort, required, withoutLists]),
    ];
    verdicts.push(...all.filter((verdict) => verdict !== null));
  }, 60_000);

  test('leaves no check unexplained', () => {
    expect(verdicts.length).toBeGreaterThan(60);
    expect(verdicts.flatMap(({ checks }) => checks.flatMap(mistakesIn))).toEqual([]);
  });

  test('reads well in 80 columns: longer are only commands, which stay whole', () => {
    const long = verdicts.flatMap((verdict) =>
      renderVerdict({ verdict, refusal: null }, PLAIN)
        .split('\n')
        .filter((line) => [...line].length > 80 && !line.includes('`')),
    );
    expect(long).toEqual([]);
  });

  test('says the same without colour: marks and words tell the answers apart', () => {
    const firsts = new Map<string, string>();
    for (const verdict of verdicts) {
      const plain = renderVerdict({ verdict, refusal: null }, PLAIN);
      const coloured = renderVerdict({ verdict, refusal: null }, COLOURFUL);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
      expect(coloured.replace(/\u001b\[\d+m/gu, '')).toBe(plain);
      firsts.set(`${verdict.authentic} ${verdict.status}`, plain.split('\n')[0] ?? '');
    }
    expect(firsts.size).toBeGreaterThanOrEqual(5);
    expect(new Set(firsts.values()).size).toBe(firsts.size);
  });
});
