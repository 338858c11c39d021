/** Pairs of policies of which the second asks more. */
import type { JsonObject } from '../../../src/rats/result.js';

export const common = (section: JsonObject) => ({ common: section });
export const snp = (section: JsonObject) => ({ snp: section });
export const tdx = (section: JsonObject) => ({ tdx: section });
export const CHIP = 'ab'.repeat(64);
export const GRACE = { statuses: ['OutOfDate'], until: '2026-12-31T00:00:00Z' };
export const floors = (...tcb_floors: readonly JsonObject[]) => snp({ tcb_floors });
export const MILAN = { product: 'Milan', tcb: { snp: 27 } };
export const rule = (expression: string) => ({ rules: [{ name: 'a', expression, message: 'm' }] });

/** From the looser to the stricter; the way back is checked with it. */
export const STRICTER: readonly (readonly [path: string, before: JsonObject, after: JsonObject])[] = [
  ['common.accepted_tcb_statuses', common({}), common({ accepted_tcb_statuses: ['UpToDate'] })],
  ['common.accepted_advisories', common({}), common({ accepted_advisories: [] })],
  ['common.denied_advisories', common({}), common({ denied_advisories: ['AMD-SB-3020'] })],
  ['common.grace', common({ grace: GRACE }), common({})],
  ['common.grace', common({ grace: { ...GRACE, until: '2027-01-01T00:00:00Z' } }), common({ grace: GRACE })],
  ['common.grace', common({ grace: { ...GRACE, advisories: ['AMD-SB-3020'] } }), common({ grace: GRACE })],
  ['common.minimum_tcb_date', common({}), common({ minimum_tcb_date: '2026-01-01' })],
  [
    'common.minimum_tcb_date',
    common({ minimum_tcb_date: '2025-12-31' }),
    common({ minimum_tcb_date: '2026-01-01' }),
  ],
  [
    'common.minimum_evaluation_number',
    common({ minimum_evaluation_number: 9 }),
    common({ minimum_evaluation_number: 10 }),
  ],
  ['common.stale_endorsements', common({ stale_endorsements: { hours: 1 } }), common({})],
  [
    'common.stale_endorsements',
    common({ stale_endorsements: { hours: 720 } }),
    common({ stale_endorsements: { hours: 719 } }),
  ],
  ['common.tcb_track', common({}), common({ tcb_track: 'early' })],
  ['common.platforms', common({}), common({ platforms: 'registered' })],
  ['snp.vmpl', snp({ vmpl: [0, 1] }), snp({})],
  ['snp.policy_bits.smt', snp({}), snp({ policy_bits: { smt: 'forbidden' } })],
  ['snp.platform_bits.ecc_en', snp({}), snp({ platform_bits: { ecc_en: 'required' } })],
  ['snp.allow_masked_chip_id', snp({ allow_masked_chip_id: true }), snp({})],
  ['snp.tcb_floors', floors(), floors(MILAN)],
  ['snp.tcb_floors', floors({ product: 'Milan', tcb: { snp: 26 } }), floors(MILAN)],
  ['snp.tcb_floors', floors(MILAN), floors({ product: 'Milan', tcb: { snp: 27, bootloader: 4 } })],
  ['snp.minimum_firmware', snp({ minimum_firmware: '1.55.9' }), snp({ minimum_firmware: '1.55.10' })],
  ['snp.firmware_floors', snp({}), snp({ firmware_floors: [{ product: 'Milan', minimum: '1.0.0' }] })],
  ['snp.mitigation_bits', snp({}), snp({ mitigation_bits: [1] })],
  ['snp.chips_allowed', snp({}), snp({ chips_allowed: [CHIP] })],
  ['snp.chips_allowed', snp({ chips_allowed: [CHIP] }), snp({ chips_allowed: [] })],
  ['snp.chips_denied', snp({}), snp({ chips_denied: [CHIP] })],
  ['tdx.module_floors', tdx({}), tdx({ module_floors: [{ major: 1, isvsvn: 5 }] })],
  [
    'tdx.module_floors',
    tdx({
      module_floors: [
        { major: 1, isvsvn: 5 },
        { major: 3, isvsvn: 0 },
      ],
    }),
    tdx({ module_floors: [{ major: 1, isvsvn: 5 }] }),
  ],
  ['tdx.attributes.perfmon', tdx({}), tdx({ attributes: { perfmon: 'forbidden' } })],
  ['tdx.xfam.forbidden', tdx({}), tdx({ xfam: { forbidden: [17] } })],
  ['tdx.platform.smt_enabled', tdx({}), tdx({ platform: { smt_enabled: 'forbidden' } })],
  ['rules.a', {}, rule('debug')],
];
