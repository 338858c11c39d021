import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import type { JsonObject } from '../../src/rats/result.js';
import { acceptanceOf, acceptedText, dateShortfall } from '../../src/rats/tcb-acceptance.js';

const UNTIL = '2026-12-31T00:00:00Z';
const commonOf = (common: JsonObject) => parsePolicy({ name: 'test', common }).common;
const GRACE = commonOf({ grace: { statuses: ['OutOfDate'], advisories: ['AMD-SB-3020'], until: UNTIL } });

function kindOf(status: string, at: string): string {
  return acceptanceOf(GRACE, new Date(at), ({ statuses }) => statuses.includes(status)).kind;
}

describe('a grace', () => {
  test('accepts before its end, and no longer at it', () => {
    expect(kindOf('OutOfDate', '2026-12-30T23:59:59.999Z')).toBe('grace');
    expect(kindOf('OutOfDate', UNTIL)).toBe('none');
    expect(kindOf('SWHardeningNeeded', '2026-12-01T00:00:00Z')).toBe('none');
  });

  test('is not used by what is accepted anyway', () => {
    expect(kindOf('UpToDate', '2026-12-01T00:00:00Z')).toBe('firm');
    expect(kindOf('UpToDate', '2027-12-01T00:00:00Z')).toBe('firm');
  });

  test('tells its end', () => {
    const acceptance = acceptanceOf(GRACE, new Date('2026-12-01T00:00:00Z'), ({ advisories }) =>
      advisories.includes('AMD-SB-3020'),
    );
    expect(acceptance).toEqual({ kind: 'grace', until: new Date(UNTIL) });
  });
});

test('what is accepted is told in the words that the vendor has', () => {
  expect(acceptedText(GRACE, ['UpToDate', 'OutOfDate'])).toBe(`UpToDate; before ${UNTIL} also OutOfDate`);
  expect(acceptedText(GRACE, ['NotShown'])).toBe('NotShown');
  expect(acceptedText(GRACE, ['Revoked'])).toBe('no status');
});

describe('a minimum TCB date', () => {
  const dated = commonOf({ minimum_tcb_date: '2026-02-10' });

  test.each([
    [['2026-02-10'], null],
    [['2026-02-10T00:00:00Z'], null],
    [['2026-02-09'], 'TCB date 2026-02-09 is too old'],
    [['2026-05-01', '2025-12-31'], 'TCB date 2025-12-31 is too old'],
    [[''], 'TCB date unknown is too old'],
  ])('of %j', (dates, shortfall) => {
    expect(dateShortfall(dated, dates)).toBe(shortfall);
  });

  test('that nobody asks for', () => {
    expect(dateShortfall(commonOf({}), [''])).toBeNull();
  });
});
