import { describe, expect, test } from '@jest/globals';
import { appraise } from './appraised.js';
import { FMSPC, INSTANCE, moduleSvn, REPORT_10 } from './sample-report.js';

describe('settings of the platform', () => {
  test.each([
    ['dynamic_platform', 'dynamicPlatform'],
    ['cached_keys', 'cachedKeys'],
    ['smt_enabled', 'smtEnabled'],
  ] as const)('%s by every rule: unknown is neither yes nor no', (name, member) => {
    const failuresOf = (rule: string, value: boolean | null) =>
      appraise({ tdx: { platform: { [name]: rule } }, pck: { configuration: { [member]: value } } }).failures;
    const denied = ['tdx_platform_not_allowed'];
    expect([true, false, null].map((value) => failuresOf('required', value))).toEqual([[], denied, denied]);
    expect([true, false, null].map((value) => failuresOf('forbidden', value))).toEqual([denied, [], denied]);
    expect([true, false, null].map((value) => failuresOf('any', value))).toEqual([[], [], []]);
  });

  test('are told by name, the broken ones alone', () => {
    const { entry } = appraise({
      tdx: { platform: { smt_enabled: 'forbidden', cached_keys: 'required', dynamic_platform: 'forbidden' } },
      pck: { configuration: { smtEnabled: true, cachedKeys: true, dynamicPlatform: null } },
    });
    expect(entry('tdx_platform_not_allowed')).toMatchObject({
      expected: 'dynamic_platform false; cached_keys true; smt_enabled false',
      observed: 'dynamic_platform unknown (the PCK certificate does not say); smt_enabled true',
    });
  });

  test('that nobody asks for leave the check not run', () => {
    expect(appraise().entry('tdx_platform_not_allowed')).toMatchObject({
      outcome: 'not_run',
      observed: 'the policy names no platforms and asks for no setting',
    });
  });
});

describe('the platform instance', () => {
  test('is shown to the operator who must decide about it', () => {
    const { entry } = appraise({
      tdx: { platform_instances_allowed: ['2f'.repeat(16)], platform_instances_denied: ['3f'.repeat(16)] },
    });
    expect(entry('tdx_platform_not_allowed')).toMatchObject({
      expected: 'one of 1 allowed platform instances; none of 1 denied platform instances',
      observed: `platform instance ${INSTANCE}`,
    });
  });

  test('denied beats allowed, and an empty list allows none', () => {
    const both = { platform_instances_allowed: [INSTANCE], platform_instances_denied: [INSTANCE] };
    for (const tdx of [both, { platform_instances_allowed: [] }]) {
      expect(appraise({ tdx }).failures).toEqual(['tdx_platform_not_allowed']);
    }
  });
});

describe('the platform family', () => {
  test('is shown even where any will do', () => {
    expect(appraise().entry('tdx_fmspc_not_allowed')).toMatchObject({
      outcome: 'pass',
      expected: 'any',
      observed: FMSPC,
    });
  });
});

describe('the module floor', () => {
  const floors = [{ major: 1, isvsvn: 6 }];
  const failuresOf = (launch: Uint8Array, running: Uint8Array | null) =>
    appraise({
      tdx: { module_floors: floors },
      report:
        running === null ? { ...REPORT_10, teeTcbSvn: launch } : { teeTcbSvn: launch, teeTcbSvn2: running },
    }).failures;

  test.each([
    [moduleSvn(1, 6), null, true],
    [moduleSvn(1, 5), null, false],
    [moduleSvn(1, 255), null, true],
    [moduleSvn(0, 255), null, false],
    [moduleSvn(2, 6), null, false],
    [moduleSvn(1, 6), moduleSvn(1, 6), true],
    [moduleSvn(1, 6), moduleSvn(1, 5), false],
    [moduleSvn(1, 5), moduleSvn(1, 6), false],
    [moduleSvn(1, 6), moduleSvn(3, 6), false],
  ])('case %#', (launch, running, holds) => {
    expect(failuresOf(launch, running)).toEqual(holds ? [] : ['tdx_module_below_minimum']);
  });

  test('names both modules', () => {
    const tdx = { module_floors: [...floors, { major: 3, isvsvn: 0 }] };
    const { entry } = appraise({ tdx, report: { teeTcbSvn2: moduleSvn(3, 0), teeTcbSvn: moduleSvn(1, 5) } });
    expect(entry('tdx_module_below_minimum')).toMatchObject({
      outcome: 'fail',
      expected: 'module 1 with ISVSVN at least 6 or module 3 with ISVSVN at least 0',
      observed: 'launched by module 1 with ISVSVN 5, running module 3 with ISVSVN 0',
    });
  });

  test('of a policy with no module on its list accepts none', () => {
    expect(appraise({ tdx: { module_floors: [] } }).failures).toEqual(['tdx_module_below_minimum']);
  });
});
