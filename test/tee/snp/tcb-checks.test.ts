import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appraise } from './appraised.js';
import { ACTIVE } from './assessed.js';
import { guest, platform } from './sample-report.js';

describe('TCB', () => {
  const SMT = { policy: guest('smt'), platformInfo: platform('smt_en', 'ecc_en', 'alias_check_complete') };
  const GENOA = { processor: '19/11/1' };

  test('out_of_date_default_policy_fails, and the entry names bulletin and component', () => {
    const { entry, vector } = appraise({ report: { ...GENOA, committed: { microcode: 0x55 } } });
    const check = entry('snp_tcb_status_not_accepted');
    expect(check.outcome).toBe('fail');
    expect(check.observed).toContain('OutOfDate');
    expect(check.observed).toContain(
      'AMD-SB-3020 vulnerable (committed microcode 85 below 86; confidence B)',
    );
    expect(check.source).toContain('assay-amd-bulletins@');
    expect(`${check.expected} ${check.observed} ${check.source}`).not.toMatch(/AMD says/i);
    expect(vector.hardware).toBe(96);
  });

  test('shipped_default_not_below_any_active_row', () => {
    for (const { cpuid, floor, bulletin } of ACTIVE) {
      for (const [component, least] of Object.entries(floor)) {
        const report = { processor: cpuid, tcb: { [component]: least - 1 } };
        expect([bulletin, cpuid, appraise({ report }).failures]).toEqual([
          bulletin,
          cpuid,
          ['snp_tcb_status_not_accepted'],
        ]);
      }
    }
  });

  test('accepted advisories decide acceptance and never the status', () => {
    const vulnerable = { ...GENOA, tcb: { microcode: 0x55 } };
    const advisories = ['AMD-SB-3020', 'AMD-SB-3023', 'AMD-SB-3027'];
    const accepted = appraise({ report: vulnerable, common: { accepted_advisories: advisories } });
    expect(accepted.failures).toEqual([]);
    expect(accepted.entry('snp_tcb_status_not_accepted').observed).toContain('OutOfDate');
    expect(accepted.vector.hardware).toBe(32);
    const partly = { accepted_advisories: ['AMD-SB-3020', 'AMD-SB-3027'] };
    expect(appraise({ report: vulnerable, common: partly }).failures).toEqual([
      'snp_tcb_status_not_accepted',
    ]);
  });

  test('SMT is accepted by default, and costs the configuration its approval', () => {
    const { failures, vector } = appraise({ report: { ...GENOA, ...SMT } });
    expect(failures).toEqual([]);
    expect(vector).toMatchObject({ hardware: 2, configuration: 3 });
    const strict = { accepted_advisories: [] };
    expect(appraise({ report: { ...GENOA, ...SMT }, common: strict }).failures).toEqual([
      'snp_tcb_status_not_accepted',
    ]);
  });

  test('what an older report does not show stands in the way only of a policy that wants it shown', () => {
    const report = { ...GENOA, ...SMT, version: 3 };
    expect(appraise({ report }).failures).toEqual([]);
    const shown = { accepted_tcb_statuses: ['UpToDate'] };
    expect(appraise({ report, common: shown }).failures).toEqual(['snp_tcb_status_not_accepted']);
    expect(appraise({ report: { ...GENOA, version: 5 }, common: shown }).failures).toEqual([]);
  });

  test('a retracted bulletin stands in nobody’s way', () => {
    const { entry } = appraise({
      report: GENOA,
      common: { accepted_tcb_statuses: ['UpToDate'], accepted_advisories: [] },
    });
    expect(entry('snp_tcb_status_not_accepted')).toMatchObject({ outcome: 'pass' });
    expect(entry('snp_tcb_status_not_accepted').observed).toContain('AMD-SB-3034 retracted');
  });

  test('no_tcb_policy_is_reported_as_unjudged, unknown processors are a warning', () => {
    const { entry, vector, failures } = appraise({ report: { processor: '19/01/3' } });
    expect(failures).toEqual([]);
    expect(entry('snp_tcb_status_not_accepted')).toMatchObject({ outcome: 'not_run' });
    expect(entry('snp_tcb_below_minimum')).toMatchObject({ outcome: 'not_run' });
    expect(vector.hardware).toBe(32);
    const listed = { accepted_tcb_statuses: ['UpToDate', 'Unknown'] };
    expect(appraise({ report: { processor: '19/01/3' }, common: listed }).vector.hardware).toBe(32);
  });

  test('a status word that nobody knows is not accepted', () => {
    expect(appraise({ tcb: { status: 'Fine', advisories: [] } }).failures).toEqual([
      'snp_tcb_status_not_accepted',
    ]);
  });

  test('UpToDate itself has to be listed', () => {
    const common = { accepted_tcb_statuses: ['NotShown'] };
    expect(appraise({ report: { processor: '1a/02/1' }, common }).failures).toEqual([
      'snp_tcb_status_not_accepted',
    ]);
  });

  test('explicit_policy_below_table_is_flagged', () => {
    const snp = { tcb_floors: [{ cpuid: '19/01/1', tcb: { microcode: 0xa9, bootloader: 4 } }] };
    const { entry, failures } = appraise({ snp, report: { tcb: { microcode: 0xdb } } });
    expect(entry('snp_tcb_below_minimum').outcome).toBe('pass');
    expect(entry('snp_tcb_below_minimum').expected).toMatch(
      /below assay-amd-bulletins@.*asks for microcode 222\)/,
    );
    expect(failures).toEqual(['snp_tcb_status_not_accepted']);
  });

  test('svn_higher_passes_lower_fails, per component and TCB', () => {
    const level = fc.integer({ min: 1, max: 254 });
    const which = fc.constantFrom('reported', 'committed', 'launch');
    const component = fc.constantFrom('fmc', 'bootloader', 'tee', 'snp', 'microcode');
    fc.assert(
      fc.property(level, which, component, (least, tcb, name) => {
        const snp = { tcb_floors: [{ cpuid: '1a/02/1', tcb: { [name]: least } }] };
        const outcome = (value: number) =>
          appraise({
            snp,
            report: { processor: '1a/02/1', tcb: { [name]: 255 }, [tcb]: { [name]: value } },
          }).entry('snp_tcb_below_minimum').outcome;
        expect([outcome(least - 1), outcome(least), outcome(least + 1)]).toEqual(['fail', 'pass', 'pass']);
      }),
    );
  });

  test('a floor for the line cannot be dodged with a report that names no processor', () => {
    const snp = { tcb_floors: [{ cpuid: '19/01/1', tcb: { snp: 1 } }] };
    const { entry } = appraise({ snp, report: { version: 2 } });
    expect(entry('snp_tcb_below_minimum')).toMatchObject({ outcome: 'fail' });
    expect(appraise({ snp, report: { processor: '19/11/1', version: 2 } }).failures).toEqual([]);
  });

  test('range_boundaries_both_sides of the firmware floor', () => {
    const outcome = (major: number, minor: number, build: number) =>
      appraise({
        snp: { minimum_firmware: '1.55.40' },
        report: { committedVersion: { major, minor, build } },
      }).entry('snp_firmware_below_minimum').outcome;
    expect([outcome(1, 55, 39), outcome(1, 54, 255), outcome(0, 255, 255)]).toEqual(['fail', 'fail', 'fail']);
    expect([outcome(1, 55, 40), outcome(1, 56, 0), outcome(2, 0, 0)]).toEqual(['pass', 'pass', 'pass']);
  });

  test('mitigations that the policy wants are not assumed of a report without vectors', () => {
    const { entry } = appraise({ snp: { mitigation_bits: [1] }, report: { version: 4 } });
    expect(entry('snp_mitigation_missing')).toMatchObject({ outcome: 'fail' });
    expect(entry('snp_mitigation_missing').observed).toContain('unknown');
  });
});
