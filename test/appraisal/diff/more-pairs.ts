/** Pairs of policies that differ in a bound, an order, or in several things of one member. */
import type { JsonObject } from '../../../src/rats/result.js';
import { common, floors, GRACE, MILAN, snp, tdx } from './stricter.js';

type Pair = readonly [what: string, before: JsonObject, after: JsonObject];

const rules = (...names: readonly string[]) => ({
  rules: names.map((name) => ({ name, expression: `claims.guest_svn > ${name.length}`, message: name })),
});
const firmware = (...firmware_floors: readonly JsonObject[]) => snp({ firmware_floors });
const modules = (...module_floors: readonly JsonObject[]) => tdx({ module_floors });
const mitigations = (...mitigation_floors: readonly JsonObject[]) => snp({ mitigation_floors });
const grace = (changes: JsonObject) => common({ grace: { ...GRACE, ...changes } });

export const MORE_PAIRS: readonly Pair[] = [
  ['one added, one taken away', snp({ vmpl: [0, 1] }), snp({ vmpl: [1, 2] })],
  ['another order', snp({ mitigation_bits: [1, 2, 3] }), snp({ mitigation_bits: [3, 1, 2] })],
  ['another order of demands', tdx({ xfam: { required: [2, 1] } }), tdx({ xfam: { required: [1, 2] } })],
  ['one demand for another', snp({ mitigation_bits: [1] }), snp({ mitigation_bits: [2] })],
  [
    'lists of equal length',
    common({ accepted_advisories: [] }),
    common({ accepted_advisories: ['AMD-SB-3020'] }),
  ],
  ['a firmware from none', snp({}), snp({ minimum_firmware: '1.0.0' })],
  ['a firmware in its major', snp({ minimum_firmware: '1.9.9' }), snp({ minimum_firmware: '2.0.0' })],
  ['a firmware in its minor', snp({ minimum_firmware: '1.9.9' }), snp({ minimum_firmware: '1.10.0' })],
  ['a date from none', common({}), common({ minimum_tcb_date: '2026-01-01' })],
  [
    'the highest numbers',
    common({}),
    { common: { minimum_evaluation_number: 4294967295 }, snp: { minimum_guest_svn: 4294967295 } },
  ],
  [
    'a floor of firmware that rises',
    firmware({ product: 'Milan', minimum: '1.9.0' }),
    firmware({ product: 'Milan', minimum: '1.10.0' }),
  ],
  [
    'a floor of firmware that moves',
    firmware({ product: 'Milan', minimum: '1.9.0' }),
    firmware({ cpuid: '19/01/1', minimum: '1.9.0' }),
  ],
  [
    'a floor of mitigations that grows',
    mitigations({ product: 'Milan', bits: [1] }),
    mitigations({ product: 'Milan', bits: [1, 2] }),
  ],
  ['a floor of mitigations from none', mitigations(), mitigations({ product: 'Milan', bits: [1] })],
  [
    'a floor that is looser in one component',
    floors({ product: 'Milan', tcb: { snp: 1, tee: 2 } }),
    floors({ product: 'Milan', tcb: { snp: 2, tee: 1 } }),
  ],
  ['a floor of another component', floors(MILAN), floors({ product: 'Milan', tcb: { tee: 1 } })],
  [
    'floors in another order',
    floors(MILAN, { cpuid: '19/11/1', tcb: { snp: 1 } }),
    floors({ cpuid: '19/11/1', tcb: { snp: 1 } }, MILAN),
  ],
  [
    'one floor of two',
    floors(MILAN, { product: 'Genoa', tcb: { snp: 1 } }),
    floors(MILAN, { product: 'Genoa', tcb: { snp: 2 } }),
  ],
  ['a module floor that rises', modules({ major: 0, isvsvn: 1 }), modules({ major: 0, isvsvn: 2 })],
  ['a module floor to zero', modules({ major: 1, isvsvn: 0 }), modules({ major: 1, isvsvn: 3 })],
  [
    'a module floor more',
    modules({ major: 1, isvsvn: 5 }),
    modules({ major: 1, isvsvn: 5 }, { major: 5, isvsvn: 1 }),
  ],
  ['module floors of others', modules({ major: 1, isvsvn: 5 }), modules({ major: 2, isvsvn: 5 })],
  ['no module floor at all', modules(), tdx({})],
  ['a grace for one status more', grace({}), grace({ statuses: ['OutOfDate', 'SWHardeningNeeded'] })],
  [
    'a grace for one bulletin more',
    grace({ advisories: ['AMD-SB-3020'] }),
    grace({ advisories: ['AMD-SB-3019', 'AMD-SB-3020'] }),
  ],
  ['a grace that ends in another form', grace({}), grace({ until: '2026-12-31T00:00:00.000Z' })],
  [
    'a longer grace for less',
    grace({ statuses: ['OutOfDate', 'SWHardeningNeeded'] }),
    grace({ until: '2027-02-01T00:00:00Z' }),
  ],
  [
    'a bit the other way',
    snp({ platform_bits: { ecc_en: 'required' } }),
    snp({ platform_bits: { ecc_en: 'forbidden' } }),
  ],
  [
    'what is permitted',
    snp({}),
    snp({ allow_unknown_platform_bits: true, allow_masked_chip_id: true, allow_provisional_firmware: false }),
  ],
  ['service TDs and families', tdx({}), tdx({ service_tds: ['ab'.repeat(48)], fmspcs: ['00806f050000'] })],
  [
    'lists from none',
    snp({}),
    snp({ csp_ids: ['c'], trusted_id_keys: ['ab'.repeat(48)], trusted_author_keys: [] }),
  ],
  ['one rule of several', rules('a', 'b', 'ccc'), rules('b', 'ccc', 'dddd')],
  ['rules in another order', rules('a', 'bb'), rules('bb', 'a')],
  [
    'reasons for the one and the other',
    { reasons: { 'snp.vmpl': 'why', common: 'same' } },
    { reasons: { snp: 'how', common: 'same' } },
  ],
];
