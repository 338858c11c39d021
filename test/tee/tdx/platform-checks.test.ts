/** Which platform it is, and what is seen of one that the policy does not want. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/rats/result.js';
import { identityOf } from '../../../src/tee/tdx/platform-checks.js';
import { appraise } from './appraised.js';
import { INSTANCE, type PckOptions, samplePck } from './sample-report.js';

test('a platform is named by its instance, and not at all without one', () => {
  expect(identityOf(samplePck())).toEqual({ kind: 'tdx-platform-instance', value: INSTANCE });
  expect(identityOf(samplePck({ platformInstanceId: null }))).toBeNull();
});

describe('what is seen', () => {
  const told = (tdx: JsonObject, pck: PckOptions = {}) => {
    const { outcome, expected, observed } = appraise({ tdx, pck }).entry('tdx_platform_not_allowed');
    return [outcome, expected, observed];
  };
  const settings = { dynamic_platform: 'forbidden', smt_enabled: 'required' };
  const OTHER = '2f'.repeat(16);

  test('of settings that hold: each that was asked for, and the instance', () => {
    expect(told({ platform: settings })).toEqual([
      'pass',
      'dynamic_platform false; smt_enabled true',
      `dynamic_platform false; smt_enabled true; platform instance ${INSTANCE}`,
    ]);
  });

  test('of settings that do not: those alone', () => {
    expect(told({ platform: settings }, { configuration: { smtEnabled: false } })).toEqual([
      'fail',
      'dynamic_platform false; smt_enabled true',
      'smt_enabled false',
    ]);
    const silent = { dynamicPlatform: null, smtEnabled: null };
    expect(told({ platform: settings }, { configuration: silent })[2]).toBe(
      'dynamic_platform unknown (the PCK certificate does not say); smt_enabled unknown (the PCK certificate does not say)',
    );
  });

  test('of a platform that is on no list: its instance, and the settings that do not hold', () => {
    const lists = { platform_instances_allowed: [OTHER] };
    expect(told({ ...lists, platform: settings })).toEqual([
      'fail',
      'dynamic_platform false; smt_enabled true; one of 1 allowed platform instances',
      `platform instance ${INSTANCE}`,
    ]);
    expect(told({ ...lists, platform: settings }, { configuration: { dynamicPlatform: true } })[2]).toBe(
      `dynamic_platform true; platform instance ${INSTANCE}`,
    );
    expect(told(lists, { platformInstanceId: null })[2]).toBe('no platform instance id');
  });
});
