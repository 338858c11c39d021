/** Every code of the TDX policy group, each with a case that passes and one deliberate difference. */
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { Case } from './appraised.js';
import { attributesOf, bits, FMSPC, INSTANCE, moduleSvn, REPORT_10 } from './sample-report.js';

/** Rows 15 and 16 of the procedure and the policy’s own rules; measurements are the reference values’ matter. */
export const CODES: readonly RefusalCode[] = [
  'tdx_tcb_status_not_accepted',
  'tdx_advisory_not_accepted',
  'tdx_fmspc_not_allowed',
  'tdx_platform_not_allowed',
  'tdx_module_below_minimum',
  'tdx_debug_td',
  'tdx_attributes_forbidden',
  'tdx_xfam_invalid',
  'tdx_service_td_not_allowed',
];

const SERVICE_TD = new Uint8Array(48).fill(0x5d);
const LISTED = '5d'.repeat(48);
const HEALTHY = attributesOf('sept_ve_disable');
const ADVISORY = 'INTEL-SA-00960';
const FLOORS = [
  { major: 1, isvsvn: 6 },
  { major: 3, isvsvn: 2 },
];

/** Each code: the nearest case that passes, and one deliberate difference. */
export const CASES: readonly (readonly [RefusalCode, string, Case, Case])[] = [
  ['tdx_tcb_status_not_accepted', 'OutOfDate', {}, { tcb: { status: 'OutOfDate' } }],
  [
    'tdx_tcb_status_not_accepted',
    'a status beside the listed one',
    { common: { accepted_tcb_statuses: ['SWHardeningNeeded'] }, tcb: { status: 'SWHardeningNeeded' } },
    {
      common: { accepted_tcb_statuses: ['SWHardeningNeeded'] },
      tcb: { status: 'ConfigurationAndSWHardeningNeeded' },
    },
  ],
  [
    'tdx_tcb_status_not_accepted',
    'relaunch advised',
    { common: { accepted_tcb_statuses: ['TDRelaunchAdvised'] }, tcb: { status: 'TDRelaunchAdvised' } },
    { tcb: { status: 'TDRelaunchAdvised' } },
  ],
  [
    'tdx_advisory_not_accepted',
    'a denied advisory, whatever the status',
    { common: { denied_advisories: [ADVISORY] }, tcb: { advisories: ['INTEL-SA-00961'] } },
    { common: { denied_advisories: [ADVISORY] }, tcb: { advisories: ['INTEL-SA-00961', ADVISORY] } },
  ],
  [
    'tdx_fmspc_not_allowed',
    'another family',
    { tdx: { fmspcs: ['00806f050000', FMSPC] } },
    { tdx: { fmspcs: ['00806f050000'] } },
  ],
  ['tdx_fmspc_not_allowed', 'no family at all', {}, { tdx: { fmspcs: [] } }],
  [
    'tdx_platform_not_allowed',
    'SMT where forbidden',
    { tdx: { platform: { smt_enabled: 'forbidden' } }, pck: { configuration: { smtEnabled: false } } },
    { tdx: { platform: { smt_enabled: 'forbidden' } }, pck: { configuration: { smtEnabled: true } } },
  ],
  [
    'tdx_platform_not_allowed',
    'a denied instance',
    { tdx: { platform_instances_denied: ['2f'.repeat(16)] } },
    { tdx: { platform_instances_denied: ['2f'.repeat(16), INSTANCE] } },
  ],
  [
    'tdx_platform_not_allowed',
    'an instance that is not listed',
    { tdx: { platform_instances_allowed: [INSTANCE] } },
    { tdx: { platform_instances_allowed: ['2f'.repeat(16)] } },
  ],
  [
    'tdx_platform_not_allowed',
    'no instance where some are denied',
    { pck: { platformInstanceId: null } },
    { pck: { platformInstanceId: null }, tdx: { platform_instances_denied: [INSTANCE] } },
  ],
  [
    'tdx_module_below_minimum',
    'launched one below',
    { tdx: { module_floors: FLOORS } },
    { tdx: { module_floors: FLOORS }, report: { teeTcbSvn: moduleSvn(1, 5) } },
  ],
  [
    'tdx_module_below_minimum',
    'running one below',
    { tdx: { module_floors: FLOORS }, report: { teeTcbSvn2: moduleSvn(3, 2) } },
    { tdx: { module_floors: FLOORS }, report: { teeTcbSvn2: moduleSvn(3, 1) } },
  ],
  [
    'tdx_module_below_minimum',
    'a major version without floor',
    { tdx: { module_floors: FLOORS }, report: { ...REPORT_10, teeTcbSvn: moduleSvn(3, 9) } },
    { tdx: { module_floors: FLOORS }, report: { ...REPORT_10, teeTcbSvn: moduleSvn(2, 9) } },
  ],
  ['tdx_debug_td', 'DEBUG', {}, { report: { tdAttributes: HEALTHY | bits(0) } }],
  ['tdx_attributes_forbidden', 'SEPT_VE_DISABLE clear', {}, { report: { tdAttributes: 0n } }],
  [
    'tdx_attributes_forbidden',
    'MIGRATABLE',
    { tdx: { attributes: { migratable: 'any' } }, report: { tdAttributes: HEALTHY | bits(29) } },
    { report: { tdAttributes: HEALTHY | bits(29) } },
  ],
  ['tdx_attributes_forbidden', 'a reserved bit', {}, { report: { tdAttributes: HEALTHY | bits(40) } }],
  ['tdx_xfam_invalid', 'no SSE', {}, { report: { xfam: 0x1n } }],
  ['tdx_xfam_invalid', 'a bit that is not known', {}, { report: { xfam: 0x3n | bits(19) } }],
  [
    'tdx_service_td_not_allowed',
    'a service TD bound',
    { report: { mrServiceTd: SERVICE_TD }, tdx: { service_tds: [LISTED] } },
    { report: { mrServiceTd: SERVICE_TD }, tdx: { service_tds: ['6d'.repeat(48)] } },
  ],
  ['tdx_service_td_not_allowed', 'any, where none is listed', {}, { report: { mrServiceTd: SERVICE_TD } }],
];
