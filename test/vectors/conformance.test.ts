import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import type { TrustTier } from '../../src/rats/result.js';
import { describeWithVectors, vectorsDir } from '../vectors-home.js';
import {
  type ConformanceRun,
  conformancePage,
  extentOf,
  MINIMUM,
  runConformance,
  shortfallOf,
} from './conformance-run.js';

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
const REPORTS: Readonly<Record<string, Expected>> = {
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

/**
 * By hand, for each quote with its own MRTD, RTMR1 and RTMR2, its report data and Intel's documents of its time: the
 * status with both lists, from TCB info, TDATTRIBUTES and registers. `none`: refused, for want of a level.
 */
const QUOTES: Readonly<Record<string, TrustTier>> = {
  'v4-gcp-cos-ccel': 'affirming',
  'v5-tdx15-a': 'affirming',
  'v4-dstack-uptodate': 'affirming',
  'v4-near-gas': 'affirming',
  // Nothing was measured into RTMR2.
  'v4-edgeless-tdx10': 'warning',
  // SEPT_VE_DISABLE clear.
  'v4-azure-ita': 'contraindicated',
  // OutOfDate; the first with DEBUG set, the last with SEPT_VE_DISABLE clear too.
  'v4-debug-td': 'contraindicated',
  'v4-granite-rapids': 'contraindicated',
  'v4-onchain-gcp': 'contraindicated',
  'v4-azure-hcl': 'contraindicated',
  // Platforms below the lowest level of their TCB info.
  'v4-spr-e4': 'none',
  'v5-azure-tcb-unmatched': 'none',
  'v5-alibaba-a': 'none',
  'v4-dstack-pck1': 'none',
};

function pageFile(): string {
  let directory = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', directory))) directory = new URL('..', directory);
  return fileURLToPath(new URL('docs/conformance.md', directory));
}

describeWithVectors('conformance: genuine reports and quotes', () => {
  let run: ConformanceRun = { reports: [], quotes: [], negatives: [] };
  beforeAll(async () => {
    run = await runConformance(vectorsDir() ?? '');
  });

  test('at least 17 reports and 14 quotes were there, and each has its line in a table', () => {
    expect(MINIMUM).toEqual({ reports: 17, quotes: 14, negatives: 53 });
    expect(shortfallOf(run)).toBeNull();
    expect(run.reports.map(({ sample }) => sample.slug).sort()).toEqual(Object.keys(REPORTS).sort());
    expect(run.quotes.map(({ sample }) => sample.slug).sort()).toEqual(Object.keys(QUOTES).sort());
    process.stdout.write(`SNP vectors run: ${run.reports.length}\nTDX vectors run: ${run.quotes.length}\n`);
  });

  test('fewer are too few', () => {
    for (const list of ['reports', 'quotes', 'negatives'] as const) {
      const fewer = { ...run, [list]: run[list].slice(1) };
      expect(shortfallOf(fewer)).toMatch(
        new RegExp(`^Only .*${MINIMUM[list] - 1} ${list}.* ran; 17 reports, 14 quotes and 53 negatives must`),
      );
    }
    expect(extentOf(run)).toBe('17 reports, 14 quotes and 53 negatives');
  });

  test('each report has the status that the table demands', () => {
    const found = Object.fromEntries(
      run.reports.map(({ sample, bestEffort, required }) => [
        sample.slug,
        { bestEffort: bestEffort.status, required: required?.status ?? null },
      ]),
    );
    expect(found).toEqual(REPORTS);
  });

  test('every report is authentic and bound, and undecided where its list is missing', () => {
    for (const { bestEffort, required, withoutList } of run.reports) {
      expect(bestEffort).toMatchObject({ authentic: true, binding: 'verified' });
      if (required !== null) expect(required).toMatchObject({ authentic: true, binding: 'verified' });
      expect(withoutList).toMatchObject({ authentic: null, claims: null, tcb: null });
    }
    expect(run.reports.filter(({ required }) => required !== null)).toHaveLength(13);
  });

  test('each quote has the status that the table demands', () => {
    const found = Object.fromEntries(
      run.quotes.map(({ sample, required }) => [sample.slug, required.status]),
    );
    expect(found).toEqual(QUOTES);
  });

  test('a quote is authentic and bound, or its platform has no level; lists are not done without', () => {
    for (const { sample, required, bestEffort, withoutLists } of run.quotes) {
      const status = QUOTES[sample.slug];
      if (status === 'none') {
        const refused = { authentic: false, code: 'tdx_tcb_not_supported', claims: null, tcb: null };
        for (const verdict of [required, bestEffort, withoutLists]) expect(verdict).toMatchObject(refused);
        continue;
      }
      expect(required).toMatchObject({ authentic: true, binding: 'verified' });
      const less = status === 'affirming' ? 'warning' : status;
      expect(bestEffort).toMatchObject({ authentic: true, binding: 'verified', status: less });
      expect(withoutLists).toMatchObject({ authentic: null, code: 'collateral_unavailable', claims: null });
    }
    expect(run.quotes.filter(({ required }) => required.authentic === true)).toHaveLength(10);
  });

  test('the page in docs is what this run says', () => {
    expect(readFileSync(pageFile(), 'utf8')).toBe(conformancePage(run));
  });
});
