/** What single rows find, and in which words, by tables of a few rows. */
import { describe, expect, test } from '@jest/globals';
import type { BulletinDocument } from '../../../src/tee/snp/bulletin-document.js';
import { readBulletinTable } from '../../../src/tee/snp/bulletin-table.js';
import {
  assessTcb,
  findingsOf,
  mitigationsClear,
  platformBitExists,
} from '../../../src/tee/snp/bulletins.js';
import { tableFloor } from '../../../src/tee/snp/table-floor.js';
import { guest, NOW, platform, productOf, type ReportOptions, sampleReport } from './sample-report.js';

type Row = BulletinDocument['bulletins'][number]['rows'][number];

/** Bulletins AMD-SB-0001, AMD-SB-0002, … of one row each, by default about Milan B1. */
function tableOf(...rows: readonly Partial<Row>[]) {
  return readBulletinTable({
    revision: '2026-11',
    processors: { '19/01/1': 'Milan B1', '19/01/2': 'Milan-X', '19/11/1': 'Genoa' },
    bulletins: rows.map((row, index) => ({
      id: `AMD-SB-000${index + 1}`,
      published: `2025-0${index + 1}-01`,
      rows: [{ cpuid: ['19/01/1'], state: 'active', confidence: 'B', ...row }],
    })),
    not_covered: [],
  });
}

function found(rows: readonly Partial<Row>[], options: ReportOptions = {}) {
  const table = tableOf(...rows);
  const advisories = table.rows.map(({ bulletin }) => bulletin);
  const product = productOf(options.processor ?? '19/01/1');
  return findingsOf({ report: sampleReport(options), product, table, advisories });
}

function assessed(rows: readonly Partial<Row>[], options: ReportOptions = {}) {
  const product = productOf(options.processor ?? '19/01/1');
  return assessTcb({ report: sampleReport(options), product, table: tableOf(...rows), at: NOW });
}

const LOW = { floor: { snp: '0x01' } };

describe('a row', () => {
  test('that is met says nothing', () => {
    expect(found([LOW])).toEqual([
      { bulletin: 'AMD-SB-0001', published: '2025-01-01', confidence: 'B', outcome: 'fixed', reason: '' },
    ]);
  });

  test('names every component that is too low, once where the three TCBs agree', () => {
    const floor = { snp: '0x1e', microcode: '0xdf' };
    expect(found([{ floor }])[0]).toMatchObject({
      outcome: 'vulnerable',
      reason: 'snp 29 below 30, microcode 222 below 223',
    });
  });

  test('says whose component is too low where they differ', () => {
    const reasons = (options: ReportOptions) => found([{ floor: { snp: '0x1d' } }], options)[0]?.reason;
    expect(reasons({ reported: { snp: 0x1b }, committed: { snp: 0x1c } })).toBe(
      'reported snp 27 below 29, committed snp 28 below 29',
    );
    expect(reasons({ committed: { snp: 0x1c }, launch: { snp: 0x1a } })).toBe(
      'committed snp 28 below 29, launch snp 26 below 29',
    );
  });

  test('names the mitigation bits that are clear in one of the vectors', () => {
    const bits = { mitigation_bits: [0, 2, 5] };
    const reason = 'mitigation bit 0, 5 not set at launch and now';
    const options = { launchMitVector: 0x3en, currentMitVector: 0x1fn };
    expect(found([bits], options)[0]).toMatchObject({ outcome: 'vulnerable', reason });
    expect(found([{ ...bits, host_part: true }], options)[0]).toMatchObject({ outcome: 'not_shown', reason });
    expect(found([bits])[0]?.outcome).toBe('fixed');
  });

  test('names the PLATFORM_INFO bits that are clear, and SMT', () => {
    const row = { platform_bits: ['tsme_en', 'ecc_en', 'rapl_dis'], smt_off: true };
    const options = { policy: guest('smt'), platformInfo: platform('smt_en', 'ecc_en') };
    const reason = 'TSME_EN clear, RAPL_DIS clear, SMT on';
    expect(found([row], options)[0]).toMatchObject({ outcome: 'flag_missing', reason });
    expect(found([{ ...row, host_part: true }], options)[0]).toMatchObject({ outcome: 'not_shown', reason });
    const set = { platformInfo: platform('smt_en', 'tsme_en', 'ecc_en', 'rapl_dis') };
    expect(found([row], set)[0]?.outcome).toBe('fixed');
  });

  test('that an older report has no field for is not shown', () => {
    const reason = (version: number) => `a version ${version} report has no field for it`;
    expect(found([{ mitigation_bits: [1] }], { version: 4 })[0]).toMatchObject({
      outcome: 'not_shown',
      reason: reason(4),
    });
    expect(found([{ platform_bits: ['alias_check_complete'] }], { version: 2 })[0]).toMatchObject({
      outcome: 'not_shown',
      reason: reason(2),
    });
    // The other bits are older than the version.
    expect(found([{ platform_bits: ['tsme_en'] }], { version: 2 })[0]).toMatchObject({
      outcome: 'flag_missing',
      reason: 'TSME_EN clear',
    });
  });

  test('that sources contradict, or AMD withdrew, is not judged', () => {
    const floor = { snp: '0xff' };
    expect(
      found([
        { state: 'conflicting', floor },
        { state: 'retracted', floor },
      ]),
    ).toMatchObject([
      { outcome: 'conflicting', reason: 'sources contradict each other, not judged' },
      { outcome: 'retracted', reason: 'AMD withdrew its values' },
    ]);
  });

  test('that no report can answer is no finding', () => {
    const silent: Partial<Row> = { state: 'no_attestable_value' };
    expect(found([silent, LOW]).map(({ bulletin }) => bulletin)).toEqual(['AMD-SB-0002']);
    expect(found([silent], { version: 2 })).toEqual([]);
    expect(assessed([silent])).toMatchObject({ status: 'Unknown', advisories: [] });
  });
});

describe('a report that names no processor', () => {
  const both = { cpuid: ['19/01/1', '19/01/2'] };
  const stepping = { floor: { microcode: '0xff' } };

  test('is told what holds for every stepping, in each one’s words', () => {
    const [one] = found([{ ...both, floor: { snp: '0x1e' } }], { version: 2 });
    expect(one).toEqual({
      bulletin: 'AMD-SB-0001',
      published: '2025-01-01',
      confidence: null,
      outcome: 'vulnerable',
      reason: 'snp 29 below 30',
    });
    const table = readBulletinTable({
      revision: '2026-11',
      processors: { '19/01/1': 'Milan B1', '19/01/2': 'Milan-X' },
      bulletins: [
        {
          id: 'AMD-SB-0001',
          published: '2025-01-01',
          rows: ['0x1e', '0x1f'].map((snp, index) => ({
            cpuid: [`19/01/${index + 1}`],
            state: 'active',
            confidence: 'B',
            floor: { snp },
          })),
        },
      ],
      not_covered: [],
    });
    const report = sampleReport({ version: 2 });
    const [other] = findingsOf({ report, product: 'Milan', table, advisories: ['AMD-SB-0001'] });
    expect(other?.reason).toBe('snp 29 below 30 or snp 29 below 31');
  });

  test('is undecided about what holds for one stepping alone', () => {
    expect(found([stepping], { version: 2 })).toEqual([
      {
        bulletin: 'AMD-SB-0001',
        published: '2025-01-01',
        confidence: null,
        outcome: 'undecided',
        reason: 'depends on the stepping, which the report does not name',
      },
    ]);
    expect(assessed([stepping], { version: 2 })).toMatchObject({
      status: 'Unknown',
      advisories: ['AMD-SB-0001'],
    });
  });

  test('has nothing to do with rows of another line', () => {
    expect(found([{ cpuid: ['19/11/1'], floor: { snp: '0xff' } }], { version: 2 })).toEqual([]);
  });
});

describe('the status', () => {
  test('rests on no bulletin that was withdrawn', () => {
    const retracted: Partial<Row> = { state: 'retracted', floor: { snp: '0xff' } };
    expect(assessed([retracted])).toMatchObject({ status: 'Unknown', advisories: ['AMD-SB-0001'], date: '' });
    expect(assessed([retracted, LOW])).toMatchObject({ status: 'UpToDate', date: '2025-02-01' });
  });

  test('has the date of the newest that is fixed, in whatever order they stand', () => {
    expect(assessed([LOW, LOW, { floor: { snp: '0xff' } }])).toMatchObject({
      status: 'OutOfDate',
      date: '2025-02-01',
      advisories: ['AMD-SB-0003'],
    });
  });
});

describe('the floor of a table', () => {
  test('is the highest of each component, zero too', () => {
    const table = tableOf(
      { floor: { tee: '0x00', snp: '0x05', bootloader: '0x01' } },
      { floor: { snp: '0x03', microcode: '0x09' } },
      { floor: { snp: '0xff' }, cpuid: ['19/11/1'] },
    );
    expect(tableFloor(table, '19/01/1', NOW)).toEqual({ tee: 0, bootloader: 1, snp: 5, microcode: 9 });
    expect(tableFloor(table, '1a/02/1', NOW)).toEqual({});
  });

  test('is of active rows in force', () => {
    const table = tableOf({ floor: { snp: '0x05' } }, { floor: { snp: '0x09' }, state: 'conflicting' });
    expect(tableFloor(table, '19/01/1', NOW)).toEqual({ snp: 5 });
    expect(tableFloor(table, '19/01/1', new Date('2024-12-31T23:59:59.999Z'))).toEqual({});
  });
});

test('mitigations are unknown unless both vectors are there', () => {
  const report = sampleReport({ mitigations: 0x3fn });
  expect(mitigationsClear(report, [1, 6])).toEqual([6]);
  expect(mitigationsClear({ ...report, launchMitVector: null }, [1])).toBeNull();
  expect(mitigationsClear({ ...report, currentMitVector: null }, [1])).toBeNull();
  expect(mitigationsClear({ ...report, currentMitVector: null }, [])).toEqual([]);
});

test('the alias check came with version 3', () => {
  const exists = (version: number, name: 'alias_check_complete' | 'ecc_en') =>
    platformBitExists(sampleReport({ version }), name);
  expect([exists(2, 'alias_check_complete'), exists(3, 'alias_check_complete')]).toEqual([false, true]);
  expect(exists(2, 'ecc_en')).toBe(true);
});
