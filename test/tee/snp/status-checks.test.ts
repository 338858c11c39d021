import { describe, expect, test } from '@jest/globals';
import { appraise } from './appraised.js';
import { guest, platform } from './sample-report.js';

const CODE = 'snp_tcb_status_not_accepted';
const UNTIL = '2026-12-31T00:00:00Z';
const BEFORE = new Date('2026-12-30T23:59:59Z');
/** Microcode one below AMD-SB-3020 for Genoa. */
const OLD = { processor: '19/11/1', tcb: { microcode: 0x55 } };

describe('grace', () => {
  const grace = { statuses: ['OutOfDate'], until: UNTIL };

  test('accepts an old status before its end, says so, and stays a warning', () => {
    expect(appraise({ report: OLD, at: BEFORE }).failures).toEqual([CODE]);
    const { failures, entry, graceUntil, vector } = appraise({ report: OLD, at: BEFORE, common: { grace } });
    expect(failures).toEqual([]);
    expect(graceUntil).toEqual(new Date(UNTIL));
    expect(entry(CODE).observed).toContain('in grace until 2026-12-31T00:00:00.000Z');
    expect(entry(CODE).expected).toContain(`before ${UNTIL} also OutOfDate`);
    expect(vector.hardware).toBe(32);
  });

  test('ends at its end', () => {
    const { failures, graceUntil } = appraise({ report: OLD, at: new Date(UNTIL), common: { grace } });
    expect([failures, graceUntil]).toEqual([[CODE], null]);
  });

  test('is not said of firmware that needs none', () => {
    const { failures, graceUntil, entry } = appraise({ at: BEFORE, common: { grace } });
    expect([failures, graceUntil]).toEqual([[], null]);
    expect(entry(CODE).observed).not.toContain('grace');
  });

  test('goes by bulletin too: every finding behind the status has to be spared', () => {
    const smt = { policy: guest('smt'), platformInfo: platform('smt_en', 'ecc_en', 'alias_check_complete') };
    const report = { processor: '19/11/1', ...smt };
    const firm = { accepted_advisories: [] };
    const spared = (...advisories: string[]) => ({ ...firm, grace: { advisories, until: UNTIL } });
    expect(appraise({ report, at: BEFORE, common: firm }).failures).toEqual([CODE]);
    expect(appraise({ report, at: BEFORE, common: spared('AMD-SB-3020') }).failures).toEqual([CODE]);
    const held = appraise({ report, at: BEFORE, common: spared('AMD-SB-3027') });
    expect([held.failures, held.graceUntil]).toEqual([[], new Date(UNTIL)]);
    expect(held.entry(CODE).expected).toContain(`before ${UNTIL} also every finding among AMD-SB-3027`);
  });

  test('lifts neither a denied bulletin nor the minimum date', () => {
    const denied = appraise({
      report: OLD,
      at: BEFORE,
      common: { grace, denied_advisories: ['AMD-SB-3020'] },
    });
    expect(denied.failures).toEqual([CODE]);
    // An attester may be told what was observed, and so neither what is denied nor until when one is patient.
    expect(denied.entry(CODE).expected).toContain('none of AMD-SB-3020; denied and open: AMD-SB-3020');
    expect(denied.entry(CODE).observed).not.toMatch(/denied|grace/);
    const dated = appraise({ report: OLD, at: BEFORE, common: { grace, minimum_tcb_date: '2099-01-01' } });
    expect(dated.failures).toEqual([CODE]);
  });
});

describe('a denied bulletin', () => {
  test('denies what is not shown to be fixed, whatever is accepted', () => {
    const common = { accepted_tcb_statuses: ['UpToDate', 'OutOfDate'], accepted_advisories: ['AMD-SB-3027'] };
    expect(
      appraise({ report: OLD, common: { ...common, denied_advisories: ['AMD-SB-3019'] } }).failures,
    ).toEqual([]);
    expect(
      appraise({ report: OLD, common: { ...common, denied_advisories: ['AMD-SB-3020'] } }).failures,
    ).toEqual([CODE]);
  });
});

describe('the minimum TCB date', () => {
  test('is met by the newest bulletin found fixed, to the day', () => {
    const date = '2026-04-14';
    const report = { processor: '19/11/1' };
    const tcb = { date };
    expect(appraise({ report, tcb, common: { minimum_tcb_date: date } }).failures).toEqual([]);
    const failed = appraise({ report, tcb, common: { minimum_tcb_date: '2026-04-15' } });
    expect(failed.failures).toEqual([CODE]);
    expect(failed.entry(CODE).observed).toContain('TCB date 2026-04-14 is too old');
    expect(failed.entry(CODE).observed).not.toContain('2026-04-15');
  });

  test('is not met where nothing is known of the processor', () => {
    const unknown = { processor: '19/01/3' };
    expect(appraise({ report: unknown }).failures).toEqual([]);
    expect(appraise({ report: unknown, common: { minimum_tcb_date: '2020-01-01' } }).failures).toEqual([
      CODE,
    ]);
  });
});

describe('floors by product', () => {
  test('count beside those by cpuid, the highest of each component', () => {
    const snp = {
      tcb_floors: [
        { product: 'Genoa', tcb: { snp: 0x1b, bootloader: 11 } },
        { cpuid: '19/11/1', tcb: { bootloader: 10 } },
        { product: 'Milan', tcb: { snp: 0xff } },
      ],
    };
    const report = { processor: '19/11/1' };
    expect(appraise({ report, snp }).failures).toEqual(['snp_tcb_below_minimum']);
    expect(appraise({ report, snp }).entry('snp_tcb_below_minimum').observed).toContain('bootloader 10');
    expect(appraise({ report: { ...report, tcb: { bootloader: 11 } }, snp }).failures).toEqual([]);
  });

  test('reach a report that names no processor', () => {
    const report = { processor: '19/01/1', version: 2 };
    const floor = (least: number) => ({ tcb_floors: [{ product: 'Milan', tcb: { snp: least } }] });
    expect(appraise({ report, snp: floor(0x1d) }).failures).toEqual([]);
    expect(appraise({ report, snp: floor(0x1e) }).failures).toEqual(['snp_tcb_below_minimum']);
  });

  test('of firmware and mitigations are asked of that product alone', () => {
    const committedVersion = { major: 1, minor: 58, build: 1 };
    const firmware = (product: string) => ({ firmware_floors: [{ product, minimum: '1.58.2' }] });
    const report = { processor: '19/11/1', version: 5, committedVersion };
    expect(appraise({ report, snp: firmware('Milan') }).failures).toEqual([]);
    expect(appraise({ report, snp: firmware('Genoa') }).failures).toEqual(['snp_firmware_below_minimum']);
    const bit = (product: string) => ({ mitigation_floors: [{ product, bits: [40] }] });
    expect(appraise({ report, snp: bit('Turin') }).failures).toEqual([]);
    expect(appraise({ report, snp: bit('Genoa') }).failures).toEqual(['snp_mitigation_missing']);
  });

  test('by cpuid cannot be dodged with a report that names no processor', () => {
    const report = { processor: '19/01/1', version: 2 };
    const firmware = { firmware_floors: [{ cpuid: '19/01/1', minimum: '0.0.0' }] };
    expect(appraise({ report, snp: firmware }).failures).toEqual(['snp_firmware_below_minimum']);
    const bits = { mitigation_floors: [{ cpuid: '19/01/1', bits: [1] }] };
    expect(appraise({ report, snp: bits }).failures).toEqual(['snp_mitigation_missing']);
  });
});
