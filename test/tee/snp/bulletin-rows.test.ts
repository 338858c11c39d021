import { describe, expect, test } from '@jest/globals';
import { BULLETINS, type BulletinRow } from '../../../src/tee/snp/bulletin-table.js';
import { tableFloor } from '../../../src/tee/snp/table-floor.js';
import { componentsBelow, decodeTcb, TCB_COMPONENTS } from '../../../src/tee/snp/tcb.js';
import { ACTIVE, assess, outcomes } from './assessed.js';
import {
  bits,
  NOW,
  PROCESSORS,
  platform,
  productOf,
  type ReportOptions,
  sampleReport,
  type Tcb,
} from './sample-report.js';

describe('rows by processor', () => {
  test('floor_by_cpuid', () => {
    const milanX = assess({ processor: '19/01/2', tcb: { microcode: 0x47 } });
    expect(milanX.status).not.toBe('OutOfDate');
    expect(assess({ processor: '19/01/1', tcb: { microcode: 0xa9 } }).status).toBe('OutOfDate');
    expect(tableFloor(BULLETINS, '19/01/2', NOW).microcode).toBe(0x47);
    expect(tableFloor(BULLETINS, '19/01/1', NOW).microcode).toBe(0xde);
  });

  test('unknown_stepping_is_unknown', () => {
    const newer = assess({ processor: '19/01/3' });
    expect(newer).toMatchObject({ status: 'Unknown', advisories: [], date: '' });
    expect(tableFloor(BULLETINS, '19/01/3', NOW)).toEqual({});
  });

  const COMPONENTS = ACTIVE.flatMap((row) =>
    TCB_COMPONENTS.flatMap((component) => {
      const least = row.floor[component];
      return least === undefined ? [] : [{ row, component, least, name: `${row.bulletin} ${row.cpuid}` }];
    }),
  );
  test.each(COMPONENTS)(
    '$name: $component $least is enough, one less is not',
    ({ row, component, least }) => {
      const judged = (level: number) =>
        outcomes({ processor: row.cpuid, tcb: { [component]: level } }).get(row.bulletin);
      expect(judged(least)?.outcome).not.toBe('vulnerable');
      expect(judged(least - 1)?.outcome).toBe('vulnerable');
      expect(judged(least - 1)?.reason).toBe(`${component} ${least - 1} below ${least}`);
    },
  );

  const MITIGATIONS = ACTIVE.flatMap((row) =>
    row.mitigationBits.map((bit) => ({ row, bit, name: `${row.bulletin} ${row.cpuid}` })),
  );
  test.each(MITIGATIONS)('$name: mitigation bit $bit must be set at launch and now', ({ row, bit }) => {
    const clear = 0x3fn & ~bits(bit);
    const open = row.hostPart ? 'not_shown' : 'vulnerable';
    const judged = (options: ReportOptions) =>
      outcomes({ processor: row.cpuid, ...options }).get(row.bulletin)?.outcome;
    expect(judged({})).toBe('fixed');
    expect(judged({ launchMitVector: clear })).toBe(open);
    expect(judged({ currentMitVector: clear })).toBe(open);
    expect(judged({ version: 3 })).toBe('not_shown');
  });

  test('an IOMMU bit that Turin shows clear is not shown, never vulnerable', () => {
    const clear = { processor: '1a/02/1', platformInfo: platform('ecc_en', 'alias_check_complete') };
    expect(outcomes(clear).get('AMD-SB-3016')?.outcome).toBe('not_shown');
    expect(assess(clear)).toMatchObject({ status: 'NotShown', advisories: ['AMD-SB-3016'] });
  });

  // The bulletin of 3023 named bit 3 by mistake: it belongs to another matter.
  test('bit 3 of the mitigation vectors decides nothing', () => {
    expect(BULLETINS.rows.filter(({ mitigationBits }) => mitigationBits.includes(3))).toEqual([]);
    for (const processor of PROCESSORS) {
      expect(assess({ processor, mitigations: 0x3fn & ~bits(3) })).toEqual(assess({ processor }));
    }
  });

  test('retracted_row_never_counts, retracted_row_never_yields_fixed_or_vulnerable', () => {
    const retracted = BULLETINS.rows.filter(({ state }) => state === 'retracted');
    expect(retracted.map(({ bulletin }) => bulletin)).toContain('AMD-SB-3034');
    for (const { bulletin, cpuid, floor } of retracted) {
      for (const snp of [floor.snp ?? 0, 0xff, 0]) {
        expect(outcomes({ processor: cpuid, tcb: { snp } }).get(bulletin)?.outcome).toBe('retracted');
      }
      expect(assess({ processor: cpuid })).toMatchObject({ status: 'UpToDate', advisories: [bulletin] });
    }
  });

  test('a bulletin that no report can answer is never a flag', () => {
    const unanswerable = BULLETINS.rows.filter(({ state }) => state === 'no_attestable_value');
    expect(unanswerable.map(({ bulletin }) => bulletin)).toContain('AMD-SB-3021');
    for (const { bulletin, cpuid } of unanswerable) {
      expect(assess({ processor: cpuid }).advisories).not.toContain(bulletin);
    }
  });
});

describe('recorded platforms', () => {
  const legacy = (bootloader: number, snp: number, microcode: number): Tcb => ({
    fmc: 0,
    bootloader,
    tee: 0,
    snp,
    microcode,
  });
  /** TCBs of genuine reports, and of live platforms that were written about. */
  const RECORDED: readonly (readonly [string, Tcb])[] = [
    ['19/01/1', legacy(4, 24, 219)],
    ['19/01/1', legacy(4, 27, 222)],
    ['19/01/1', legacy(4, 29, 222)],
    ['19/11/1', legacy(10, 23, 84)],
    ['19/a0/2', legacy(10, 27, 27)],
    ['1a/02/1', { fmc: 1, bootloader: 1, tee: 1, snp: 4, microcode: 81 }],
    ['1a/02/1', { fmc: 1, bootloader: 3, tee: 2, snp: 5, microcode: 97 }],
  ];
  /** Floors that no recorded report reaches yet: of these processors none is recorded, or only older ones. */
  const UNPROVEN = (row: BulletinRow): boolean =>
    ['19/01/2', '19/11/2', '1a/11/0'].includes(row.cpuid) ||
    (row.cpuid === '19/11/1' &&
      ['AMD-SB-3016', 'AMD-SB-3020', 'AMD-SB-3023', 'AMD-SB-3027'].includes(row.bulletin));

  test('each_floor_accepts_one_recorded_live_report', () => {
    const withFloor = ACTIVE.filter(({ floor }) => Object.keys(floor).length > 0);
    for (const row of withFloor) {
      const accepted = RECORDED.some(([processor, tcb]) => {
        if (processor !== row.cpuid) return false;
        const product = productOf(processor);
        const raw = sampleReport({ processor, tcb }).reportedTcb;
        return componentsBelow(decodeTcb(raw, product), row.floor).length === 0;
      });
      expect([row.bulletin, row.cpuid, accepted]).toEqual([row.bulletin, row.cpuid, !UNPROVEN(row)]);
    }
  });

  test.each([
    ['Google Milan v5', '2026-01-04', '19/01/1', legacy(4, 27, 222), { mitigations: 0xbn }, 'UpToDate'],
    [
      'the same after the IOMMU bulletin',
      '2026-04-14',
      '19/01/1',
      legacy(4, 27, 222),
      { mitigations: 0xbn },
      'NotShown',
    ],
    ['Azure Genoa v3', '2025-02-23', '19/11/1', legacy(10, 23, 84), { version: 3 }, 'UpToDate'],
    ['the same a year later', '2026-02-23', '19/11/1', legacy(10, 23, 84), { version: 3 }, 'OutOfDate'],
    ['Siena v5', '2026-03-19', '19/a0/2', legacy(10, 27, 27), { mitigations: 0xbn }, 'UpToDate'],
  ])('%s on %s', (_, date, processor, tcb, change, status) => {
    expect(assess({ processor, tcb, ...change }, new Date(`${date}T12:00:00Z`)).status).toBe(status);
  });

  test('Azure Turin v5 with SMT on needs a configuration', () => {
    const tcb = { fmc: 1, bootloader: 1, tee: 1, snp: 4, microcode: 81 };
    const found = assess(
      { processor: '1a/02/1', tcb, platformInfo: 0x65n, policy: 0x3001fn },
      new Date('2026-03-07'),
    );
    expect(found).toMatchObject({ status: 'ConfigurationNeeded', advisories: ['AMD-SB-3027'] });
  });
});
