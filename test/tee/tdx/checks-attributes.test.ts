import { describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import { isDebuggable } from '../../../src/tee/tdx/attribute-checks.js';
import { ATTRIBUTE_BIT, type AttributeName } from '../../../src/tee/tdx/layout.js';
import { appraise } from './appraised.js';
import { attributesOf, bits, REPORT_10, sampleReport } from './sample-report.js';

const HEALTHY = attributesOf('sept_ve_disable');
const BITS = Array.from({ length: 64 }, (_, bit) => bit);
/** Bits that policy `standard` lets be set. */
const PERMITTED = [16, 27, 28, 30, 31, 62, 63];

function wanted(bit: number): RefusalCode[] {
  if (bit < 8) return ['tdx_debug_td'];
  return PERMITTED.includes(bit) ? [] : ['tdx_attributes_forbidden'];
}

describe('TDATTRIBUTES', () => {
  test.each(BITS)('bit %i, set, under policy standard', (bit) => {
    const { failures, entry } = appraise({ report: { tdAttributes: HEALTHY | bits(bit) } });
    expect(failures).toEqual(wanted(bit));
    for (const code of failures) {
      const word = (HEALTHY | bits(bit)).toString(16).padStart(16, '0');
      expect(entry(code).observed).toContain(`TDATTRIBUTES 0x${word}`);
    }
  });

  test.each(BITS.filter((bit) => !PERMITTED.includes(bit) && bit >= 8 && bit !== 17 && bit !== 29))(
    'reserved bit %i is denied by number, whatever the policy permits',
    (bit) => {
      const attributes = Object.fromEntries(Object.keys(ATTRIBUTE_BIT).map((name) => [name, 'any']));
      const { failures, entry } = appraise({
        report: { tdAttributes: bits(bit) },
        tdx: { attributes },
      });
      expect(failures).toEqual(['tdx_attributes_forbidden']);
      expect(entry('tdx_attributes_forbidden').observed).toContain(`reserved bit ${bit} set`);
    },
  );

  test.each([
    [0, 'DEBUG (bit 0)'],
    [1, 'reserved bit 1'],
    [4, 'HGS_PLUS_PROF (bit 4)'],
    [5, 'PERF_PROF (bit 5)'],
    [6, 'PMT_PROF (bit 6)'],
    [7, 'reserved bit 7'],
  ])('bit %i of the untrusted group is named', (bit, name) => {
    const report = { tdAttributes: HEALTHY | bits(bit) };
    expect(appraise({ report }).entry('tdx_debug_td').observed).toContain(`${name} set`);
    expect(isDebuggable(sampleReport(report))).toBe(true);
  });

  test('beyond the low byte nothing makes a TD debuggable', () => {
    expect(isDebuggable(sampleReport({ tdAttributes: ~0xffn & 0xffffffffffffffffn }))).toBe(false);
  });

  const NAMES = Object.keys(ATTRIBUTE_BIT) as AttributeName[];
  const EXPOSING: readonly AttributeName[] = ['servtd_ext', 'migratable'];

  test.each(NAMES.filter((name) => name !== 'sept_ve_disable'))('%s forbidden: set is denied', (name) => {
    const tdx = { attributes: { [name]: 'forbidden' } };
    expect(appraise({ tdx, report: { tdAttributes: HEALTHY } }).failures).toEqual([]);
    const set = appraise({ tdx, report: { tdAttributes: HEALTHY | attributesOf(name) } });
    expect(set.failures).toEqual(['tdx_attributes_forbidden']);
    expect(set.entry('tdx_attributes_forbidden').observed).toContain(`${name} set`);
    expect(set.entry('tdx_attributes_forbidden').expected).toContain(name);
  });

  test.each(NAMES.filter((name) => !EXPOSING.includes(name)))('%s required: clear is denied', (name) => {
    const tdx = { attributes: { [name]: 'required' } };
    expect(appraise({ tdx, report: { tdAttributes: HEALTHY | attributesOf(name) } }).failures).toEqual([]);
    const clear = appraise({ tdx, report: { tdAttributes: HEALTHY & ~attributesOf(name) } });
    expect(clear.failures).toEqual(['tdx_attributes_forbidden']);
    expect(clear.entry('tdx_attributes_forbidden').observed).toContain(`${name} clear`);
  });

  test.each(NAMES)('%s any: set and clear are accepted', (name) => {
    const tdx = { attributes: { [name]: 'any' } };
    for (const word of [HEALTHY | attributesOf(name), HEALTHY & ~attributesOf(name)]) {
      expect(appraise({ tdx, report: { tdAttributes: word } }).failures).toEqual([]);
    }
  });
});

describe('XFAM', () => {
  test.each([0x3n, 0x207n, 0x600e7n, 0x602e7n, 0x618e7n, 0x61ae7n, 0x642e7n, 0x6dbe7n])(
    '%s is accepted',
    (xfam) => {
      expect(appraise({ report: { xfam } }).failures).toEqual([]);
    },
  );

  test.each(BITS)('bit %i beside x87 and SSE', (bit) => {
    const known = [0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 14, 15, 17, 18].includes(bit);
    const { failures, entry } = appraise({ report: { xfam: 0x3n | bits(bit) } });
    expect(failures).toEqual(known ? [] : ['tdx_xfam_invalid']);
    if (!known) expect(entry('tdx_xfam_invalid').observed).toMatch(new RegExp(`^bit ${bit} set, XFAM 0x`));
  });

  test.each([
    [0x6dbe6n, 'bit 0 clear'],
    [0x6dbe5n, 'bit 1 clear'],
    [0n, 'bit 0 clear, bit 1 clear'],
    [0xffffffffffffffffn, 'bit 3 set, bit 4 set'],
  ])('%s is denied and told why', (xfam, why) => {
    const { failures, entry } = appraise({ report: { xfam } });
    expect(failures).toEqual(['tdx_xfam_invalid']);
    expect(entry('tdx_xfam_invalid').observed).toContain(why);
    expect(entry('tdx_xfam_invalid').expected).toBe('bits 0x3 set, none outside 0x6dbe7');
  });
});

describe('MRSERVICETD', () => {
  test('passes where TD report 1.0 knows none, and says so', () => {
    expect(appraise({ report: REPORT_10 }).entry('tdx_service_td_not_allowed')).toMatchObject({
      outcome: 'pass',
      observed: 'none bound: TD report 1.0 knows no service TD',
    });
  });

  test('nonzero_mrservicetd_needs_policy: a single bit is a service TD, and only its own hash lets it pass', () => {
    for (let bit = 0; bit < 8 * 48; bit += 1) {
      const mrServiceTd = Uint8Array.from({ length: 48 }, (_, at) => (at === bit >> 3 ? 1 << (bit & 7) : 0));
      const hash = Buffer.from(mrServiceTd).toString('hex');
      const { failures, entry } = appraise({ report: { mrServiceTd } });
      expect([bit, failures]).toEqual([bit, ['tdx_service_td_not_allowed']]);
      expect(entry('tdx_service_td_not_allowed')).toMatchObject({ expected: 'none bound', observed: hash });
      const under = (service_tds: string[]) => appraise({ report: { mrServiceTd }, tdx: { service_tds } });
      expect(under(['5d'.repeat(48), hash]).failures).toEqual([]);
      expect(under(['5d'.repeat(48), '00'.repeat(48)]).failures).toEqual(['tdx_service_td_not_allowed']);
    }
  });

  test('a list of service TDs does not demand one', () => {
    expect(appraise({ tdx: { service_tds: ['5d'.repeat(48)] } }).failures).toEqual([]);
  });
});
