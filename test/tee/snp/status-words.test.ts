/** What is said of a TCB status: all that a policy asks of it, and every finding behind it. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/rats/result.js';
import { appraise } from './appraised.js';
import { NOW } from './sample-report.js';

const CODE = 'snp_tcb_status_not_accepted';
const UNTIL = '2026-12-31T00:00:00Z';
/** Below AMD-SB-3020’s microcode of Genoa, and what else asks for more. */
const OLD = { processor: '19/11/1', tcb: { microcode: 0x55 } };
const told = (common: JsonObject, report: object = OLD) => appraise({ common, report }).entry(CODE);

describe('what a policy asks of a status', () => {
  const plain = { accepted_tcb_statuses: ['UpToDate'], accepted_advisories: [] };

  test('is all of it, one after another', () => {
    expect(
      told({
        ...plain,
        accepted_advisories: ['AMD-SB-3015', 'AMD-SB-3020'],
        denied_advisories: ['AMD-SB-3002', 'AMD-SB-3005'],
        grace: { statuses: [], advisories: ['AMD-SB-3023', 'AMD-SB-3027'], until: UNTIL },
        minimum_tcb_date: '2026-01-01',
      }).expected,
    ).toMatch(
      new RegExp(
        [
          '^UpToDate, or every finding among AMD-SB-3015, AMD-SB-3020',
          `before ${UNTIL} also every finding among AMD-SB-3023, AMD-SB-3027`,
          'none of AMD-SB-3002, AMD-SB-3005',
          'TCB date 2026-01-01 or later',
          'the table asks for snp 27, microcode 86$',
        ].join('; '),
        'u',
      ),
    );
  });

  test('is the status alone where it asks for nothing else', () => {
    expect(told(plain).expected).toMatch(/^UpToDate; the table asks for [^;]*$/u);
    const grace = { statuses: ['OutOfDate'], advisories: [], until: UNTIL };
    expect(told({ ...plain, grace }).expected).toMatch(
      /^UpToDate; before 2026-12-31T00:00:00Z also OutOfDate; the table asks for [^;]*$/u,
    );
  });

  test('names what is denied and open', () => {
    const denied_advisories = ['AMD-SB-3002', 'AMD-SB-3020', 'AMD-SB-3023'];
    const entry = told({ ...plain, denied_advisories });
    expect(entry.outcome).toBe('fail');
    expect(entry.expected).toContain('; denied and open: AMD-SB-3020, AMD-SB-3023; ');
  });
});

describe('findings', () => {
  test('are told each with its reason and how sure it is', () => {
    const { observed } = told({});
    expect(observed).toMatch(/^OutOfDate; /u);
    expect(observed).toMatch(/AMD-SB-3020 vulnerable \(microcode 85 below 86; confidence [ABC]\)/u);
    expect(observed).toMatch(/AMD-SB-3034 retracted \(AMD withdrew its values; confidence [ABC]\)/u);
  });

  test('without a processor have no confidence', () => {
    const { observed } = told({}, { version: 2, tcb: { snp: 0x16 } });
    expect(observed).toMatch(/vulnerable \(snp 22 below \d+( or snp 22 below \d+)?\)/u);
    expect(observed).not.toContain('confidence');
  });

  test('that contradict each other need the status NotShown', () => {
    const report = { processor: '19/01/1' };
    expect(told({ accepted_tcb_statuses: ['NotShown'] }, report).outcome).toBe('pass');
    expect(told({ accepted_tcb_statuses: ['UpToDate'] }, report).outcome).toBe('fail');
    const spared = { accepted_tcb_statuses: ['UpToDate'], accepted_advisories: ['AMD-SB-3030'] };
    expect(told(spared, report).outcome).toBe('pass');
  });
});

describe('a status that nothing decides about', () => {
  const UNNAMED = { version: 2 };

  test('is left open, with what would decide', () => {
    const entry = told({}, UNNAMED);
    expect(entry.outcome).toBe('not_run');
    expect(entry.observed).toMatch(/^Unknown; .*; no row of the table decides about this processor$/u);
    expect(entry.remedy).toMatch(/^Update the firmware/u);
  });

  test('is in no grace, whatever the grace is for', () => {
    const grace = { statuses: ['Unknown', 'OutOfDate'], advisories: [], until: UNTIL };
    const { graceUntil, entry } = appraise({ common: { grace }, report: UNNAMED, at: NOW });
    expect(graceUntil).toBeNull();
    expect(entry(CODE).outcome).toBe('not_run');
  });

  test('is a no where a date is asked for', () => {
    const entry = told({ minimum_tcb_date: '2026-01-01' }, UNNAMED);
    expect(entry).toMatchObject({ outcome: 'fail' });
    expect(entry.observed).toContain('Unknown; TCB date unknown is too old; ');
  });
});
