/** Where a policy names several, or a TD breaks several: each is told, and told apart from the next. */
import { describe, expect, test } from '@jest/globals';
import { appraise } from './appraised.js';
import { attributesOf, bits, FMSPC, INSTANCE, moduleSvn } from './sample-report.js';

const SERVICE_TDS = ['2a'.repeat(48), '3b'.repeat(48)];

describe('what a policy allows', () => {
  test('of families, and of none', () => {
    const fmspcs = ['aabbccddeeff', '112233445566'];
    const told = (allowed: string[]) => appraise({ tdx: { fmspcs: allowed } }).entry('tdx_fmspc_not_allowed');
    expect(told(fmspcs)).toMatchObject({ expected: 'aabbccddeeff or 112233445566', observed: FMSPC });
    expect(told([])).toMatchObject({ outcome: 'fail', expected: 'none' });
  });

  test('of service TDs', () => {
    const { entry } = appraise({ tdx: { service_tds: SERVICE_TDS } });
    expect(entry('tdx_service_td_not_allowed').expected).toBe(
      `none bound or ${SERVICE_TDS[0]} or ${SERVICE_TDS[1]}`,
    );
  });

  test('of modules: every floor, and both modules of a report', () => {
    const floors = [
      { major: 1, isvsvn: 6 },
      { major: 2, isvsvn: 1 },
    ];
    const report = { teeTcbSvn: moduleSvn(1, 5), teeTcbSvn2: moduleSvn(2, 3) };
    const told = (module_floors: typeof floors) =>
      appraise({ tdx: { module_floors }, report }).entry('tdx_module_below_minimum');
    expect(told(floors)).toMatchObject({
      outcome: 'fail',
      expected: 'module 1 with ISVSVN at least 6 or module 2 with ISVSVN at least 1',
      observed: 'launched by module 1 with ISVSVN 5, running module 2 with ISVSVN 3',
    });
    expect(told([])).toMatchObject({ outcome: 'fail', expected: 'no module' });
  });
});

test('advisories that are denied: all of the policy’s, and those that are open', () => {
  const denied_advisories = ['INTEL-SA-00960', 'INTEL-SA-00982', 'INTEL-SA-01036'];
  const told = (advisories: string[]) =>
    appraise({ common: { denied_advisories }, tcb: { advisories } }).entry('tdx_advisory_not_accepted');
  expect(told(['INTEL-SA-00837'])).toMatchObject({
    outcome: 'pass',
    expected: 'none of INTEL-SA-00960, INTEL-SA-00982, INTEL-SA-01036',
  });
  expect(told(['INTEL-SA-01036', 'INTEL-SA-00837', 'INTEL-SA-00960']).expected).toMatch(
    /; denied and open: INTEL-SA-01036, INTEL-SA-00960$/,
  );
});

describe('bits', () => {
  test('of the untrusted group, one after another', () => {
    const tdAttributes = attributesOf('sept_ve_disable') | bits(0) | bits(7);
    expect(appraise({ report: { tdAttributes } }).entry('tdx_debug_td').observed).toBe(
      `DEBUG (bit 0), reserved bit 7 set, TDATTRIBUTES 0x${tdAttributes.toString(16).padStart(16, '0')}`,
    );
  });

  test('of the untrusted group, each by its name', () => {
    const tdAttributes = attributesOf('sept_ve_disable') | bits(4, 5, 6);
    const { observed } = appraise({ report: { tdAttributes } }).entry('tdx_debug_td');
    expect(observed).toBe(
      `HGS_PLUS_PROF (bit 4), PERF_PROF (bit 5), PMT_PROF (bit 6) set, TDATTRIBUTES 0x${tdAttributes.toString(16).padStart(16, '0')}`,
    );
  });

  test('where none has to be set, those alone that must be clear', () => {
    const rules = [
      'icssd',
      'servtd_ext',
      'lass',
      'sept_ve_disable',
      'migratable',
      'pks',
      'kl',
      'tpa',
      'perfmon',
    ];
    const attributes = Object.fromEntries(rules.map((name) => [name, name === 'lass' ? 'forbidden' : 'any']));
    expect(appraise({ tdx: { attributes } }).entry('tdx_attributes_forbidden').expected).toBe(
      'lass, reserved bits clear',
    );
  });

  test('that have to be set, that must not be, and reserved ones, in the order of the layout', () => {
    const attributes = {
      sept_ve_disable: 'required',
      migratable: 'forbidden',
      pks: 'required',
      kl: 'forbidden',
    };
    const tdAttributes = attributesOf('migratable', 'kl') | bits(9) | bits(10);
    const told = appraise({ report: { tdAttributes }, tdx: { attributes } }).entry(
      'tdx_attributes_forbidden',
    );
    const word = `TDATTRIBUTES 0x${tdAttributes.toString(16).padStart(16, '0')}`;
    expect(told.observed).toBe(
      `sept_ve_disable clear, migratable set, pks clear, kl set, reserved bit 9 set, reserved bit 10 set, ${word}`,
    );
  });

  test('one policy’s rules are not another’s', () => {
    const told = (rule: string) =>
      appraise({
        report: { tdAttributes: attributesOf('sept_ve_disable', 'pks') },
        tdx: { attributes: { pks: rule } },
      });
    expect(told('any').failures).toEqual([]);
    expect(told('forbidden').failures).toEqual(['tdx_attributes_forbidden']);
    expect(told('required').entry('tdx_attributes_forbidden').expected).toMatch(/^[^;]*\bpks\b[^;]* set;/);
    expect(told('forbidden').entry('tdx_attributes_forbidden').expected).toMatch(/; .*\bpks\b.* clear$/);
  });
});

test('lists of platforms: one list or both, each with its length', () => {
  const others = ['2f'.repeat(16), '3f'.repeat(16)];
  const told = (tdx: Readonly<Record<string, string[]>>) =>
    appraise({ tdx }).entry('tdx_platform_not_allowed');
  expect(told({ platform_instances_allowed: [...others, INSTANCE] })).toMatchObject({
    outcome: 'pass',
    expected: 'one of 3 allowed platform instances',
  });
  expect(told({ platform_instances_denied: others })).toMatchObject({
    outcome: 'pass',
    expected: 'none of 2 denied platform instances',
    observed: `platform instance ${INSTANCE}`,
  });
});
