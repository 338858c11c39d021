import { describe, expect, test } from '@jest/globals';
import { firstFailure, reservations } from '../../../src/rats/check.js';
import { TDX_APPRAISAL_CODES } from '../../../src/tee/tdx/checks.js';
import { appraise, type Case } from './appraised.js';
import { CASES, CODES } from './check-cases.js';
import { attributesOf, bits, CURRENT, INSTANCE, REPORT_10 } from './sample-report.js';

const LOG_CODES = ['event_log_malformed', 'event_log_replay_mismatch', 'event_digest_mismatch'] as const;

describe('every code of the policy group', () => {
  test('has one entry, passed or not or not run, in the order of the procedure', () => {
    const compared: readonly string[] = ['measurement_not_allowed', 'event_log_required'];
    const listed = TDX_APPRAISAL_CODES.filter((code) => !compared.includes(code));
    expect(appraise().checks.map(({ id }) => id)).toEqual(listed);
    expect(appraise({ report: REPORT_10 }).checks.map(({ id }) => id)).toEqual(listed);
    expect(listed.filter((code) => CODES.includes(code))).toEqual(CODES);
  });

  test('fails in one case at least', () => {
    expect(new Set(CASES.map(([code]) => code))).toEqual(new Set(CODES));
  });

  test.each(CASES)('%s: %s', (code, _, clean, faulty) => {
    expect(appraise(clean).failures).toEqual([]);
    const appraisal = appraise(faulty);
    expect(appraisal.failures).toEqual([code]);
    const { expected, observed, source, remedy } = appraisal.entry(code);
    for (const text of [expected, observed, source, remedy]) expect(text).toMatch(/\w/);
    expect(expected).not.toBe(observed);
  });

  test('a denial leaves all other checks made', () => {
    const both = appraise({
      tcb: { status: 'OutOfDate' },
      report: { tdAttributes: bits(0), xfam: 0n },
    });
    expect(both.failures).toEqual([
      'tdx_tcb_status_not_accepted',
      'tdx_debug_td',
      'tdx_attributes_forbidden',
      'tdx_xfam_invalid',
    ]);
    expect(firstFailure(both.checks)?.id).toBe('tdx_tcb_status_not_accepted');
  });

  test('of a log is not run, and is no reservation', () => {
    const { entry, checks } = appraise();
    for (const code of LOG_CODES) {
      expect(entry(code)).toMatchObject({
        outcome: 'not_run',
        observed: 'no event log came with this evidence',
      });
    }
    expect(reservations(checks)).toEqual([]);
  });
});

describe('the TCB status', () => {
  const STATUSES = [
    'UpToDate',
    'SWHardeningNeeded',
    'ConfigurationNeeded',
    'ConfigurationAndSWHardeningNeeded',
    'TDRelaunchAdvised',
    'TDRelaunchAdvisedConfigurationNeeded',
    'OutOfDate',
    'OutOfDateConfigurationNeeded',
  ];

  test.each(STATUSES)('%s is accepted where it is listed, and nowhere else', (status) => {
    expect(appraise({ tcb: { status }, common: { accepted_tcb_statuses: [status] } }).failures).toEqual([]);
    const others = STATUSES.filter((other) => other !== status);
    expect(appraise({ tcb: { status }, common: { accepted_tcb_statuses: others } }).failures).toEqual([
      'tdx_tcb_status_not_accepted',
    ]);
  });

  test.each(['Revoked', 'Unknown', '', 'uptodate'])('%j is accepted by no list', (status) => {
    expect(appraise({ tcb: { status }, common: { accepted_tcb_statuses: STATUSES } }).failures).toEqual([
      'tdx_tcb_status_not_accepted',
    ]);
  });

  test('is told with date, advisories and whose it is', () => {
    const { entry } = appraise({
      tcb: {
        status: 'OutOfDate',
        date: '2023-08-09',
        advisories: ['INTEL-SA-00960', 'INTEL-SA-00982'],
        platform: { status: 'OutOfDate', date: '2023-08-09', advisories: ['INTEL-SA-00960'] },
        module: null,
      },
    });
    expect(entry('tdx_tcb_status_not_accepted')).toMatchObject({
      expected: 'UpToDate',
      observed:
        'OutOfDate, tcbDate 2023-08-09, INTEL-SA-00960 INTEL-SA-00982; platform OutOfDate (tcbDate 2023-08-09, INTEL-SA-00960); QE UpToDate (tcbDate 2026-05-14, no advisories)',
    });
  });

  test('of a module updated under the TD is cured by launching it again', () => {
    for (const status of ['TDRelaunchAdvised', 'TDRelaunchAdvisedConfigurationNeeded']) {
      expect(appraise({ tcb: { status } }).entry('tdx_tcb_status_not_accepted').remedy).toContain(
        'launch the TD again',
      );
    }
  });

  test('is told beside what the module now running would come to', () => {
    const { entry } = appraise({ tcb: { status: 'TDRelaunchAdvised' }, current: CURRENT });
    expect(entry('tdx_tcb_status_not_accepted').observed).toMatch(
      /^TDRelaunchAdvised, .*; with the module now running UpToDate, tcbDate/,
    );
  });

  test('of a denied advisory that only the module now running has', () => {
    const current = { ...CURRENT, status: 'OutOfDate', advisories: ['INTEL-SA-00960'] } as const;
    expect(appraise({ current }).failures).toEqual([]);
    const common = { denied_advisories: ['INTEL-SA-00960'] };
    expect(appraise({ current: CURRENT, common }).failures).toEqual([]);
    expect(appraise({ current, common }).failures).toEqual(['tdx_advisory_not_accepted']);
  });

  test('of a denied advisory: it is named', () => {
    const common = { denied_advisories: ['INTEL-SA-00960'] };
    const { entry } = appraise({ common, tcb: { advisories: ['INTEL-SA-00837', 'INTEL-SA-00960'] } });
    expect(entry('tdx_advisory_not_accepted')).toMatchObject({
      expected: 'none of INTEL-SA-00960; denied and open: INTEL-SA-00960',
      // What is denied of them is the policy’s own.
      observed: 'INTEL-SA-00837 INTEL-SA-00960',
    });
  });
});

describe('the vector', () => {
  const vector = (change: Case) => appraise(change).vector;

  test('of a TD with nothing wrong', () => {
    expect(vector({})).toEqual({ hardware: 2, configuration: 2, 'runtime-opaque': 2 });
  });

  test.each([
    ['UpToDate', 2, 2],
    ['SWHardeningNeeded', 2, 3],
    ['ConfigurationNeeded', 2, 3],
    ['ConfigurationAndSWHardeningNeeded', 2, 3],
    ['TDRelaunchAdvised', 32, 2],
    ['TDRelaunchAdvisedConfigurationNeeded', 32, 3],
    ['OutOfDate', 32, 2],
    ['OutOfDateConfigurationNeeded', 32, 3],
  ])('of an accepted %s: hardware %i, configuration %i', (status, hardware, configuration) => {
    const found = vector({ tcb: { status }, common: { accepted_tcb_statuses: [status] } });
    expect(found).toMatchObject({ hardware, configuration });
  });

  test.each([
    ['UpToDate', null],
    ['SWHardeningNeeded', null],
    ['ConfigurationNeeded', null],
    ['ConfigurationAndSWHardeningNeeded', null],
    ['TDRelaunchAdvised', /launch the TD again/],
    ['TDRelaunchAdvisedConfigurationNeeded', /launch the TD again/],
    ['OutOfDate', /BIOS, microcode/],
    ['OutOfDateConfigurationNeeded', /BIOS, microcode/],
  ])('of an accepted %s is a warning only with a reason', (status, reason) => {
    const { checks, vector } = appraise({ tcb: { status }, common: { accepted_tcb_statuses: [status] } });
    const [reservation] = reservations(checks);
    expect(vector.hardware).toBe(reason === null ? 2 : 32);
    expect(reservation?.id).toBe(reason === null ? undefined : 'tdx_tcb_status_not_accepted');
    if (reason !== null) expect(reservation?.remedy).toMatch(reason);
  });

  test('says hardware 32 where revocation was not looked at', () => {
    expect(vector({ revocationChecked: false }).hardware).toBe(32);
  });

  test.each(CASES)('of %s (%s) is contraindicated in one claim at least', (_code, _name, clean, faulty) => {
    const worst = (change: Case) => Math.max(...Object.values(vector(change)));
    expect(worst(clean)).toBeLessThan(96);
    expect(worst(faulty)).toBeGreaterThanOrEqual(96);
  });

  test('makes no statement on memory that may be read', () => {
    expect(vector({ report: { tdAttributes: attributesOf('sept_ve_disable') | bits(4) } })).toEqual({
      hardware: 2,
      configuration: 96,
    });
  });

  test.each<[string, Case, number | undefined]>([
    ['nobody asks', {}, undefined],
    ['listed', { tdx: { platform_instances_allowed: [INSTANCE] } }, 2],
    ['unlisted', { tdx: { platform_instances_allowed: [] } }, 97],
    ['denied', { tdx: { platform_instances_denied: [INSTANCE] } }, 96],
    [
      'listed and denied',
      { tdx: { platform_instances_allowed: [INSTANCE], platform_instances_denied: [INSTANCE] } },
      96,
    ],
    ['others denied', { tdx: { platform_instances_denied: ['2f'.repeat(16)] } }, undefined],
    ['not named', { pck: { platformInstanceId: null }, tdx: { platform_instances_allowed: [INSTANCE] } }, 97],
  ])('knows the platform instance: %s', (_name, change, value) => {
    expect(vector(change)['instance-identity']).toBe(value);
  });
});
