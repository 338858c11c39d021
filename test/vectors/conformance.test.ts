import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { describeWithVectors, vectorsDir } from '../vectors-home.js';
import { type ConformanceRow, conformancePage, runConformance } from './conformance-run.js';

/**
 * By hand: what policy `standard` must say about each report with its own measurement and report data.
 * `required`: with AMD's list inside both windows; null where leaf and list share no instant.
 */
const EXPECTED: Readonly<Record<string, { bestEffort: string; required: string | null }>> = {};

function pageFile(): string {
  let directory = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', directory))) directory = new URL('..', directory);
  return fileURLToPath(new URL('docs/conformance.md', directory));
}

describeWithVectors('conformance: genuine SEV-SNP reports', () => {
  let rows: readonly ConformanceRow[] = [];
  beforeAll(async () => {
    rows = await runConformance(vectorsDir() ?? '');
  });

  test('at least 17 reports were there, and each has its line in the table', () => {
    expect(rows.length).toBeGreaterThanOrEqual(17);
    expect(rows.map(({ sample }) => sample.slug).sort()).toEqual(Object.keys(EXPECTED).sort());
    process.stdout.write(`SNP vectors run: ${rows.length}\n`);
  });

  test('each has the status that the table demands', () => {
    const found = Object.fromEntries(
      rows.map(({ sample, bestEffort, required }) => [
        sample.slug,
        { bestEffort: bestEffort.status, required: required?.status ?? null },
      ]),
    );
    expect(found).toEqual(EXPECTED);
  });

  test('every one is authentic and bound, and undecided where its list is missing', () => {
    for (const { bestEffort, required, withoutList } of rows) {
      expect(bestEffort).toMatchObject({ authentic: true, binding: 'verified' });
      if (required !== null) expect(required).toMatchObject({ authentic: true, binding: 'verified' });
      expect(withoutList).toMatchObject({ authentic: null, claims: null, tcb: null });
    }
    expect(rows.filter(({ required }) => required !== null)).toHaveLength(13);
  });

  test('the page in docs is what this run says', () => {
    expect(readFileSync(pageFile(), 'utf8')).toBe(conformancePage(rows));
  });
});
