import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import type { TrustTier } from '../../src/rats/result.js';
import { describeWithVectors, vectorsDir } from '../vectors-home.js';
import { type ConformanceRow, conformancePage, runConformance } from './conformance-run.js';

interface Expected {
  /** At the pinned instant, without a list. */
  readonly bestEffort: TrustTier;
  /** With AMD's list inside both windows; null where leaf and list share no instant. */
  readonly required: TrustTier | null;
}

/**
 * By hand, from the reports' own fields and the bulletins in force at each instant: what policy `standard` must
 * say about each report with its own measurement and report data.
 */
const EXPECTED: Readonly<Record<string, Expected>> = {
  // Launched with debugging allowed: never wanted, however genuine.
  'milan-v2-debug': { bestEffort: 'contraindicated', required: 'contraindicated' },
  // Version 2 names no processor: no status before the first floor that every Milan stepping shares, then too old.
  'milan-v2-baremetal': { bestEffort: 'warning', required: 'contraindicated' },
  'milan-v2-azure-aci': { bestEffort: 'warning', required: 'contraindicated' },
  'milan-v2-azure-cvm': { bestEffort: 'warning', required: 'contraindicated' },
  // SNP 24, microcode 219: exactly the EntrySign floor, and RMPocalypse was not published yet.
  'milan-v3-azure-cvm-a': { bestEffort: 'warning', required: 'affirming' },
  'milan-v3-azure-cvm-b': { bestEffort: 'warning', required: 'affirming' },
  'milan-v3-oak-container': { bestEffort: 'warning', required: 'affirming' },
  'milan-v3-azure-aci-a': { bestEffort: 'warning', required: 'affirming' },
  // The same firmware a year later, after RMPocalypse: out of date.
  'milan-v3-azure-aci-b': { bestEffort: 'contraindicated', required: 'contraindicated' },
  // SNP 23, microcode 84: the EntrySign floor of Genoa.
  'genoa-v3-azure-cvm': { bestEffort: 'warning', required: 'affirming' },
  'genoa-v3-cert-table': { bestEffort: 'warning', required: 'affirming' },
  // The same after RMPocalypse; its leaf begins after the list at hand ends.
  'genoa-v3-inference': { bestEffort: 'contraindicated', required: null },
  // Asked for from VMPL 1; signed with a VLEK, for which there is no list at hand.
  'milan-v3-aws-vlek': { bestEffort: 'contraindicated', required: null },
  'milan-v2-aws-vlek-vmpl1': { bestEffort: 'contraindicated', required: null },
  // SNP 27, microcode 222, mitigation bit 1: everything published by then.
  'milan-v5-gcp': { bestEffort: 'warning', required: 'affirming' },
  // In order, but its leaf begins after the list at hand ends.
  'siena-v5-baremetal': { bestEffort: 'warning', required: null },
  // SMT is on, which AMD-SB-3027 minds and policy `standard` accepts.
  'turin-v5-azure-fmc1': { bestEffort: 'warning', required: 'affirming' },
};

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
