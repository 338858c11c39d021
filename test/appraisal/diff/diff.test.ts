import { describe, expect, test } from '@jest/globals';
import { diffPolicies } from '../../../src/appraisal/diff/diff.js';
import { COMPARISONS } from '../../../src/appraisal/diff/members.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { PROFILES } from '../../../src/appraisal/profiles.js';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import { common, floors, GRACE, MILAN, rule, STRICTER, snp } from './stricter.js';

const policy = (sections: JsonObject) => parsePolicy({ name: 'diffed', ...sections });

/** `stricter snp.vmpl`. */
function changes(before: JsonObject, after: JsonObject): readonly string[] {
  return diffPolicies(policy(before), policy(after)).map(({ effect, path }) => `${effect} ${path}`);
}

test.each(STRICTER)('%s is told stricter one way and looser the other', (path, before, after) => {
  expect(changes(before, after)).toEqual([`stricter ${path}`]);
  expect(changes(after, before)).toEqual([`looser ${path}`]);
});

describe('what is neither', () => {
  test.each([
    ['snp.vmpl', snp({ vmpl: [0] }), snp({ vmpl: [1] })],
    ['snp.vmpl', snp({ vmpl: [0, 1] }), snp({ vmpl: [1, 0] })],
    [
      'snp.platform_bits.ecc_en',
      snp({ platform_bits: { ecc_en: 'required' } }),
      snp({ platform_bits: { ecc_en: 'forbidden' } }),
    ],
    ['snp.tcb_floors', floors(MILAN), floors({ product: 'Genoa', tcb: { snp: 27 } })],
    [
      'snp.tcb_floors',
      floors(MILAN),
      floors({ product: 'Milan', tcb: { snp: 26 } }, { product: 'Genoa', tcb: { snp: 1 } }),
    ],
    [
      'common.grace',
      common({ grace: GRACE }),
      common({ grace: { statuses: ['SWHardeningNeeded'], until: GRACE.until } }),
    ],
    ['rules.a', rule('debug'), rule('!debug')],
    ['version', { version: 1 }, { version: 2 }],
    ['description', {}, { description: 'why' }],
    ['reasons.snp.vmpl', {}, { reasons: { 'snp.vmpl': 'why' } }],
  ])('%s', (path, before, after) => {
    expect(changes(before, after)).toEqual([`other ${path}`]);
  });
});

test('equal policies have no difference', () => {
  expect(diffPolicies(STANDARD_POLICY, STANDARD_POLICY)).toEqual([]);
});

test('every member that decides has a comparison', () => {
  const {
    common: c,
    snp: s,
    tdx: t,
  } = JSON.parse(JSON.stringify(STANDARD_POLICY)) as Record<string, JsonObject>;
  const paths = Object.entries({ common: c, snp: s, tdx: t }).flatMap(([section, members]) =>
    Object.entries(members ?? {}).map(([name, value]: [string, JsonValue]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? `${section}.${name}.*`
        : `${section}.${name}`,
    ),
  );
  expect(Object.keys(COMPARISONS).sort()).toEqual(paths.sort());
});

test('strict is nowhere looser than standard, and lab nowhere stricter', () => {
  const effectsOf = (name: string) => {
    const profile = PROFILES.get(name);
    if (profile === undefined) throw new TypeError(`no profile ${name}`);
    return diffPolicies(STANDARD_POLICY, profile)
      .filter(({ effect }) => effect !== 'other')
      .map(({ effect }) => effect);
  };
  expect(new Set(effectsOf('strict'))).toEqual(new Set(['stricter']));
  expect(new Set(effectsOf('lab'))).toEqual(new Set(['looser']));
});
