import { describe, expect, test } from '@jest/globals';
import { appraise } from './appraised.js';

const CODE = 'tdx_tcb_status_not_accepted';
const UNTIL = '2026-12-31T00:00:00Z';
const BEFORE = new Date('2026-12-30T23:59:59Z');

describe('grace', () => {
  const grace = (...statuses: string[]) => ({ grace: { statuses, until: UNTIL } });

  test('accepts an old status before its end, says so, and stays a warning', () => {
    const tcb = { status: 'OutOfDate' };
    expect(appraise({ tcb, at: BEFORE }).failures).toEqual([CODE]);
    const held = appraise({ tcb, at: BEFORE, common: grace('OutOfDate') });
    expect([held.failures, held.graceUntil, held.vector.hardware]).toEqual([[], new Date(UNTIL), 32]);
    expect(held.entry(CODE).observed).toMatch(/^in grace until 2026-12-31T00:00:00.000Z; OutOfDate/);
    expect(held.entry(CODE).expected).toBe(`UpToDate; before ${UNTIL} also OutOfDate`);
    const over = appraise({ tcb, at: new Date(UNTIL), common: grace('OutOfDate') });
    expect([over.failures, over.graceUntil]).toEqual([[CODE], null]);
  });

  test('of a status that says nothing against the platform leaves the hardware its approval', () => {
    const held = appraise({
      tcb: { status: 'ConfigurationNeeded' },
      at: BEFORE,
      common: grace('ConfigurationNeeded'),
    });
    expect([held.failures, held.vector.hardware, held.vector.configuration]).toEqual([[], 2, 3]);
    expect(held.entry(CODE).remedy).toBeNull();
  });

  test('is not said of a platform that needs none', () => {
    const { graceUntil, entry } = appraise({ at: BEFORE, common: grace('OutOfDate') });
    expect(graceUntil).toBeNull();
    expect(entry(CODE).observed).not.toContain('grace');
  });

  test('does not lift the minimum date', () => {
    const held = { tcb: { status: 'OutOfDate', date: '2024-03-13' }, at: BEFORE };
    const common = { ...grace('OutOfDate'), minimum_tcb_date: '2024-03-14' };
    expect(appraise({ ...held, common }).failures).toEqual([CODE]);
    expect(appraise({ ...held, common: { ...common, minimum_tcb_date: '2024-03-13' } }).failures).toEqual([]);
  });
});

describe('XFAM', () => {
  test('bits that a policy requires or forbids count on top of the masks', () => {
    const CODE_XFAM = 'tdx_xfam_invalid';
    const AMX = { required: [17, 18] };
    const word = 0xe7n;
    expect(appraise({ report: { xfam: word } }).failures).toEqual([]);
    expect(appraise({ report: { xfam: word }, tdx: { xfam: AMX } }).failures).toEqual([CODE_XFAM]);
    const withAmx = { report: { xfam: word | 0x60000n } };
    expect(appraise({ ...withAmx, tdx: { xfam: AMX } }).failures).toEqual([]);
    const none = appraise({ ...withAmx, tdx: { xfam: { forbidden: [17, 18] } } });
    expect(none.failures).toEqual([CODE_XFAM]);
    expect(none.entry(CODE_XFAM).observed).toContain('bit 17 set, bit 18 set');
  });
});
