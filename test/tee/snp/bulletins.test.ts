import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BULLETINS, sourceOf } from '../../../src/tee/snp/bulletin-table.js';
import { TCB_STATUSES } from '../../../src/tee/snp/bulletins.js';
import { tableFloor } from '../../../src/tee/snp/table-floor.js';
import { TCB_COMPONENTS } from '../../../src/tee/snp/tcb.js';
import { ACTIVE, assess, outcomes } from './assessed.js';
import { guest, NOW, PROCESSORS, platform, productOf, type Tcb } from './sample-report.js';

const SMT_ON = { policy: guest('smt') };

describe('the status', () => {
  test.each(PROCESSORS)('of a healthy %s is never out of date', (processor) => {
    const { status, source } = assess({ processor });
    expect(['UpToDate', 'NotShown']).toContain(status);
    expect(source).toBe(sourceOf(BULLETINS));
  });

  test('names the revision of the table and leaves the Intel parts empty', () => {
    const { source, platform: part, module, qe } = assess();
    expect(source).toMatch(/^assay-amd-bulletins@\d{4}-\d{2}$/);
    expect([part, module, qe]).toEqual([null, null, null]);
  });

  // Genoa and Turin have no conflicting row, so nothing keeps them from UpToDate.
  test('is UpToDate when everything in force is fixed, with the newest date among the fixed', () => {
    expect(assess({ processor: '19/11/1' })).toMatchObject({
      status: 'UpToDate',
      date: '2026-04-14',
      advisories: ['AMD-SB-3034'],
    });
    expect(assess({ processor: '1a/02/1' })).toMatchObject({ status: 'UpToDate', advisories: [] });
  });

  test('is NotShown while sources about one bulletin contradict each other', () => {
    expect(assess()).toMatchObject({ status: 'NotShown', advisories: ['AMD-SB-3030'] });
    expect(outcomes().get('AMD-SB-3030')?.outcome).toBe('conflicting');
    expect(outcomes({ tcb: { snp: 0x1c } }).get('AMD-SB-3030')?.outcome).toBe('conflicting');
  });

  test.each([
    ['alias check', '19/11/1', { platformInfo: platform('ecc_en') }, 'AMD-SB-3015'],
    [
      'SMT',
      '19/11/1',
      { platformInfo: platform('smt_en', 'alias_check_complete'), ...SMT_ON },
      'AMD-SB-3027',
    ],
  ])('is ConfigurationNeeded when only the %s is missing', (_, processor, change, bulletin) => {
    const found = assess({ processor, ...change });
    expect(found.status).toBe('ConfigurationNeeded');
    expect(found.advisories).toContain(bulletin);
    expect(outcomes({ processor, ...change }).get(bulletin)?.outcome).toBe('flag_missing');
  });

  test('takes SMT as off when either the platform or the guest says so', () => {
    const on = platform('smt_en', 'alias_check_complete');
    expect(assess({ processor: '19/11/1', platformInfo: on }).status).toBe('UpToDate');
    expect(assess({ processor: '19/11/1', ...SMT_ON }).status).toBe('UpToDate');
  });

  test('is OutOfDate as soon as one thing is vulnerable, whatever else is missing', () => {
    const change = { tcb: { microcode: 0x55 }, platformInfo: platform('smt_en'), ...SMT_ON };
    const found = assess({ processor: '19/11/1', ...change });
    expect(found.status).toBe('OutOfDate');
    expect(found.advisories).toEqual(
      expect.arrayContaining(['AMD-SB-3015', 'AMD-SB-3020', 'AMD-SB-3023', 'AMD-SB-3027']),
    );
  });

  test('judges by the worst of reported, committed and launch, and not by current', () => {
    for (const which of ['reported', 'committed', 'launch'] as const) {
      expect(assess({ processor: '19/11/1', [which]: { snp: 0x1a } }).status).toBe('OutOfDate');
    }
    expect(assess({ processor: '19/11/1', current: { snp: 0x1a } }).status).toBe('UpToDate');
  });

  test('says which of the three is too low when they differ', () => {
    const reason = outcomes({ processor: '19/11/1', launch: { snp: 0x1a } }).get('AMD-SB-3020')?.reason;
    expect(reason).toBe('launch snp 26 below 27');
  });

  test('higher_bootloader_lower_snp_fails', () => {
    expect(assess({ processor: '19/11/1', tcb: { bootloader: 0xff, snp: 0x15 } }).status).toBe('OutOfDate');
  });
});

describe('rows by date', () => {
  test('a row counts from the first instant of its day of publication', () => {
    const old = { processor: '19/11/1', tcb: { microcode: 0x54, snp: 0x17 } };
    const published = BULLETINS.rows.find(({ bulletin }) => bulletin === 'AMD-SB-3020')?.published;
    expect(published).toBe('2025-10-14');
    expect(assess(old, new Date('2025-10-13T23:59:59.999Z')).status).toBe('UpToDate');
    expect(assess(old, new Date('2025-10-14T00:00:00Z')).status).toBe('OutOfDate');
  });

  test('a row without a date counts always', () => {
    const early = new Date('2021-01-01T00:00:00Z');
    expect(ACTIVE.filter(({ published }) => published === null).map(({ bulletin }) => bulletin)).toEqual([
      'AMD-SB-3002',
    ]);
    expect(assess({ tcb: { microcode: 0xa8 } }, early).status).toBe('OutOfDate');
    expect(assess({ tcb: { microcode: 0xa9 } }, early)).toMatchObject({ status: 'UpToDate', date: '' });
    expect(assess({ processor: '19/11/1' }, early).status).toBe('Unknown');
  });
});

describe('older report versions', () => {
  test('v3_mitigation_vector_is_unknown_not_zero', () => {
    for (const processor of PROCESSORS) {
      expect(assess({ processor, version: 3 }).status).toBe('NotShown');
      expect(assess({ processor, version: 5, mitigations: 0n }).status).toBe('OutOfDate');
    }
  });

  test('version 2 names no processor: only what holds for every stepping of the line counts', () => {
    const v2 = { version: 2 };
    expect(assess({ ...v2, tcb: { snp: 0x16 } })).toMatchObject({ status: 'OutOfDate' });
    // Below Milan B1's floor and above Milan-X's: it depends on the stepping.
    expect(assess({ ...v2, tcb: { microcode: 0xdb } }).status).toBe('Unknown');
    expect(assess({ ...v2, tcb: { microcode: 0x33 } }).status).toBe('OutOfDate');
    expect(assess(v2)).toMatchObject({ status: 'Unknown', date: '' });
  });

  test('a bulletin about one stepping of the line condemns no version 2 report', () => {
    const early = new Date('2021-01-01T00:00:00Z');
    const found = assess({ version: 2, tcb: { microcode: 0xa8 } }, early);
    expect(found).toMatchObject({ status: 'Unknown', advisories: ['AMD-SB-3002'] });
  });

  test('fallback_not_below_any_row', () => {
    for (const product of ['Milan', 'Genoa', 'Turin'] as const) {
      const processors = PROCESSORS.filter((processor) => productOf(processor) === product);
      const [processor] = processors;
      const snp = Math.min(...processors.map((one) => tableFloor(BULLETINS, one, NOW).snp ?? 0));
      const microcode = Math.min(...processors.map((one) => tableFloor(BULLETINS, one, NOW).microcode ?? 0));
      for (const below of [{ snp: snp - 1 }, { microcode: microcode - 1 }]) {
        expect(assess({ processor: processor ?? '', version: 2, tcb: below }).status).toBe('OutOfDate');
      }
    }
  });

  const level = fc.integer({ min: 0, max: 255 });
  const options = fc.record({
    processor: fc.constantFrom(...PROCESSORS),
    tcb: fc.record({
      fmc: level,
      bootloader: level,
      tee: level,
      snp: fc.integer({ min: 0, max: 0x20 }),
      microcode: level,
    }),
    mitigations: fc.bigInt({ min: 0n, max: 0x3fn }),
    platformInfo: fc.bigInt({ min: 0n, max: 0xffn }),
  });
  const instant = fc.date({ min: new Date('2023-01-01'), max: new Date('2027-01-01'), noInvalidDate: true });

  test('older_report_version_never_scores_better', () => {
    fc.assert(
      fc.property(options, instant, fc.constantFrom(2, 3, 4), (report, at, version) => {
        const newer = assess({ ...report, version: 5 }, at);
        const older = assess({ ...report, version }, at);
        expect(older.advisories).toEqual(expect.arrayContaining([...newer.advisories]));
        if (older.status === 'UpToDate') expect(newer.status).toBe('UpToDate');
      }),
    );
  });

  test('a higher patch level never makes the status worse', () => {
    fc.assert(
      fc.property(options, instant, fc.constantFrom(...TCB_COMPONENTS), (report, at, component) => {
        const raised: Tcb = { ...report.tcb, [component]: Math.min(255, report.tcb[component] + 1) };
        const words: readonly string[] = TCB_STATUSES;
        const rank = (tcb: Tcb) => words.indexOf(assess({ ...report, tcb }, at).status);
        expect(rank(raised)).toBeLessThanOrEqual(rank(report.tcb));
      }),
    );
  });
});
