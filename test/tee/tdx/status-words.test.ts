/** What is said of a TCB status: every word that a policy accepts, dates, and the module now running. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/rats/result.js';
import { appraise, type Case } from './appraised.js';
import { CURRENT } from './sample-report.js';

const CODE = 'tdx_tcb_status_not_accepted';
const told = (common: JsonObject, others: Case = {}) => appraise({ ...others, common }).entry(CODE);
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
const GENUINE = STATUSES.slice(0, 4);

test('every status that Intel has is told where it is accepted, and a weak one is no full yes', () => {
  for (const status of STATUSES) {
    const { expected, outcome, remedy } = told({ accepted_tcb_statuses: STATUSES }, { tcb: { status } });
    expect([expected, outcome]).toEqual([STATUSES.join(' or '), 'pass']);
    expect([status, remedy === null]).toEqual([status, GENUINE.includes(status)]);
  }
});

test('a word of another vendor is not Intel’s', () => {
  expect(told({ accepted_tcb_statuses: ['NotShown', 'OutOfDate'] }).expected).toBe('OutOfDate');
});

describe('a date that is asked for', () => {
  const common = { minimum_tcb_date: '2026-05-14' };

  test('is told, and held to what was launched', () => {
    expect(told(common)).toMatchObject({
      outcome: 'pass',
      expected: 'UpToDate; TCB date 2026-05-14 or later',
    });
    expect(told({}).expected).toBe('UpToDate');
    const old = told(common, { tcb: { date: '2026-05-13' } });
    expect(old.outcome).toBe('fail');
    expect(old.observed).toMatch(/^TCB date 2026-05-13 is too old; UpToDate, tcbDate 2026-05-13/u);
  });

  test('is held to what is running now as well', () => {
    const running = { current: { ...CURRENT, date: '2026-05-12' } };
    const entry = told(common, running);
    expect(entry.outcome).toBe('fail');
    expect(entry.observed).toMatch(/^TCB date 2026-05-12 is too old; UpToDate, tcbDate 2026-05-14/u);
    expect(entry.observed).toContain('; with the module now running UpToDate, tcbDate 2026-05-12');
    expect(told(common, { current: CURRENT }).outcome).toBe('pass');
  });
});

describe('a grace', () => {
  const until = '2026-12-31T00:00:00Z';
  const grace = { statuses: ['OutOfDate'], advisories: [], until };
  const at = new Date('2026-12-30T00:00:00Z');

  test('is there for those that need it', () => {
    expect(appraise({ at, tcb: { status: 'OutOfDate' } }).graceUntil).toBeNull();
    expect(appraise({ at, tcb: { status: 'OutOfDate' }, common: { grace } }).graceUntil).toEqual(
      new Date(until),
    );
    expect(appraise({ at, common: { grace } }).graceUntil).toBeNull();
    const entry = told({ grace }, { at, tcb: { status: 'OutOfDate' } });
    expect(entry.observed).toMatch(/^in grace until 2026-12-31T00:00:00.000Z; OutOfDate/u);
    expect(entry.expected).toBe(`UpToDate; before ${until} also OutOfDate`);
  });
});
