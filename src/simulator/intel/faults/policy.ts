/** Faults that policy and reference values see in a genuine quote (procedure steps 15 to 17). */
import type { TdFault } from '../fault.js';
import { platformAt } from '../tcb-levels.js';
import { resolveTd, type TdAttribute, type TdSettings } from '../td-options.js';
import { otherFmspc } from './tcb-document.js';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const inverted = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff);

type Change = (clean: TdSettings) => TdSettings;

const attribute =
  (name: TdAttribute, on: boolean): Change =>
  (clean) => ({ ...clean, attributes: { ...clean.attributes, [name]: on } });

/** The module of a TD, launched and running, at another SVN. */
function withModule(clean: TdSettings, isvSvn: number): TdSettings {
  const { teeTcbSvn, teeTcbSvn2 } = resolveTd({
    at: clean.at,
    module: { major: clean.teeTcbSvn[1], isvSvn, microcode: clean.teeTcbSvn[2] },
  });
  return { ...clean, teeTcbSvn, teeTcbSvn2 };
}

const HARDENING = 'SWHardeningNeeded';
const HARDENING_ADVISORY = 'INTEL-SA-99801';

export const POLICY_FAULTS: readonly TdFault[] = [
  {
    code: 'tdx_tcb_status_not_accepted',
    says: 'a platform at a level that is OutOfDate',
    td: (clean) => ({ ...clean, ...platformAt('OutOfDate') }),
  },
  {
    code: 'tdx_advisory_not_accepted',
    says: 'an advisory of the deny list, at a status that the policy accepts',
    policy: () => ({
      name: 'one-advisory-denied',
      common: { accepted_tcb_statuses: ['UpToDate', HARDENING], denied_advisories: [HARDENING_ADVISORY] },
    }),
    td: (clean) => ({ ...clean, ...platformAt(HARDENING) }),
  },
  {
    code: 'tdx_fmspc_not_allowed',
    says: 'a genuine TD on another family of processors',
    policy: (clean) => ({ name: 'one-family', tdx: { fmspcs: [clean.fmspc] } }),
    td: (clean) => ({ ...clean, fmspc: otherFmspc(clean.fmspc) }),
  },
  {
    code: 'tdx_platform_not_allowed',
    says: 'another platform than the one of the allow list',
    clean: { ca: 'platform' },
    policy: (clean) => ({
      name: 'one-platform',
      tdx: { platform_instances_allowed: [hexOf(clean.platformInstanceId)] },
    }),
    td: (clean) => ({ ...clean, platformInstanceId: inverted(clean.platformInstanceId) }),
  },
  {
    code: 'tdx_module_below_minimum',
    says: 'a TDX module one below the policy’s floor, and UpToDate',
    clean: {
      module: { major: 1, isvSvn: 6 },
      runningModule: undefined,
      teeTcbSvn: undefined,
      teeTcbSvn2: undefined,
    },
    policy: () => ({ name: 'module-floor', tdx: { module_floors: [{ major: 1, isvsvn: 6 }] } }),
    td: (clean) => withModule(clean, 5),
  },
  { code: 'tdx_debug_td', says: 'a TD whose memory its host may read', td: attribute('debug', true) },
  {
    code: 'tdx_attributes_forbidden',
    says: 'a TD that may be migrated',
    td: attribute('migratable', true),
  },
  {
    code: 'tdx_xfam_invalid',
    says: 'extended features without SSE',
    td: (clean) => ({ ...clean, xfam: clean.xfam & ~0x2n }),
  },
  {
    code: 'tdx_service_td_not_allowed',
    says: 'a service TD bound that no policy names',
    clean: { quoteVersion: 5, bodyType: 3 },
    td: (clean) => ({ ...clean, mrServiceTd: new Uint8Array(48).fill(0x5a) }),
  },
  {
    code: 'policy_rule_failed',
    says: 'another MRCONFIGID than the one that a rule of the policy asks for',
    policy: (clean) => ({
      name: 'one-rule',
      rules: [
        {
          name: 'configuration',
          expression: `tee != "tdx" || claims.mrconfigid == "${hexOf(clean.mrConfigId)}"`,
          message: 'The TD was created for another configuration.',
        },
      ],
    }),
    td: (clean) => ({ ...clean, mrConfigId: inverted(clean.mrConfigId) }),
  },
  {
    code: 'measurement_not_allowed',
    says: 'another kernel than the registered: RTMR1 differs, the firmware is the same',
    td: (clean) => {
      const [rtmr0, rtmr1, rtmr2, rtmr3] = clean.rtmrs;
      return { ...clean, rtmrs: [rtmr0, inverted(rtmr1), rtmr2, rtmr3] };
    },
  },
];
