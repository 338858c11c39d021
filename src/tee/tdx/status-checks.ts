/** How current the platform is: status and advisories by Intel’s TCB info, and the policy’s own module floors. */
import { checked, failed, notRun, passed } from '../../rats/check.js';
import { onceFor } from '../../rats/once.js';
import type { TcbAssessment, TcbPart } from '../../rats/result.js';
import { type Acceptance, acceptanceOf, acceptedText, dateShortfall } from '../../rats/tcb-acceptance.js';
import type { TdxCheck, TdxFacts } from './appraisal-input.js';
import type { TdxTcbStatus } from './collateral.js';
import { moduleIsvSvnOf, moduleMajorOf, type TdReport } from './td-report.js';

const TCB_INFO = 'Intel PCS API v4, sections Get TDX TCB Info and Get TDX QE Identity';

const RELAUNCH =
  'The TDX module was updated while this TD ran: launch the TD again, and make its evidence anew.';

const listText = (ids: readonly string[]): string => (ids.length === 0 ? 'no advisories' : ids.join(' '));

/** `module OutOfDate (tcbDate 2024-03-13, INTEL-SA-00960)`; empty where there is no such part. */
function partText(name: string, part: TcbPart | null): string[] {
  if (part === null) return [];
  return [`${name} ${part.status} (tcbDate ${part.date}, ${listText(part.advisories)})`];
}

type Level = Pick<TcbAssessment, 'status' | 'date' | 'advisories' | 'platform' | 'module' | 'qe'>;

const levelText = onceFor(({ status, date, advisories, platform, module, qe }: Level): string =>
  [
    `${status}, tcbDate ${date}, ${listText(advisories)}`,
    ...partText('platform', platform),
    ...partText('module', module),
    ...partText('QE', qe),
  ].join('; '),
);

/** What counts, and beside it what the module now running would come to: what a relaunch is worth. */
function tcbText(tcb: Level, current: Level | null): string {
  return current === null
    ? levelText(tcb)
    : `${levelText(tcb)}; with the module now running ${levelText(current)}`;
}

/** Every word that a policy can accept of Intel's. */
const RESULT_STATUSES: readonly TdxTcbStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
];

/** Statuses that say nothing against platform, module and quoting enclave themselves. */
export const GENUINE_STATUSES: readonly string[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
];

const WEAK =
  'Have BIOS, microcode, TDX module and quoting service updated and the TD launched again, or let the audience take `warning`: Intel knows weaknesses of this level, which the policy accepts.';

const acceptanceOfStatus = ({ tcb, common, at }: TdxFacts): Acceptance =>
  acceptanceOf(common, at, ({ statuses }) => statuses.includes(tcb.status));

/** End of the grace without which the status would not be accepted; null: it needs none, or nothing helps it. */
export function graceUntil(facts: TdxFacts): Date | null {
  if (facts.common.grace === null) return null;
  const acceptance = acceptanceOfStatus(facts);
  return acceptance.kind === 'grace' ? acceptance.until : null;
}

/** Revoked, and no level at all, are refused before a policy is asked; none can list them. */
const tcbStatus: TdxCheck = (input) => {
  const { tcb, current, common } = input;
  const code = 'tdx_tcb_status_not_accepted';
  const acceptance = acceptanceOfStatus(input);
  const old = dateShortfall(common, current === null ? [tcb.date] : [tcb.date, current.date]);
  const dated = common.minimum_tcb_date === null ? '' : `; TCB date ${common.minimum_tcb_date} or later`;
  const holds = acceptance.kind !== 'none' && old === null;
  // Of a failure the end of the grace is expected and not observed: an attester may be told the one without the other.
  const inGrace =
    holds && acceptance.kind === 'grace' ? [`in grace until ${acceptance.until.toISOString()}`] : [];
  const facts = {
    expected: `${acceptedText(common, RESULT_STATUSES)}${dated}`,
    observed: [...inGrace, ...(old === null ? [] : [old]), tcbText(tcb, current)].join('; '),
  };
  const relaunch = tcb.status.startsWith('TDRelaunchAdvised') ? { remedy: RELAUNCH } : {};
  if (!holds) return failed(code, TCB_INFO, { ...facts, ...relaunch });
  return GENUINE_STATUSES.includes(tcb.status)
    ? passed(code, TCB_INFO, facts)
    : passed(code, TCB_INFO, { ...facts, remedy: WEAK, ...relaunch });
};

/** A relaunch does not mend what the module now running still has, nor the other way round: both are asked. */
const advisories: TdxCheck = ({ tcb, current, common }) => {
  const code = 'tdx_advisory_not_accepted';
  const source = `${TCB_INFO}, advisoryIDs`;
  const denied = common.denied_advisories;
  if (denied.length === 0) return notRun(code, source, 'the policy denies no advisory');
  const open = [...new Set([...tcb.advisories, ...(current?.advisories ?? [])])];
  const applying = open.filter((id) => denied.includes(id));
  const wanted = `none of ${denied.join(', ')}`;
  return checked(applying.length === 0, code, source, {
    expected: applying.length === 0 ? wanted : `${wanted}; denied and open: ${applying.join(', ')}`,
    observed: listText(open),
  });
};

interface Module {
  readonly role: string;
  readonly major: number;
  readonly isvsvn: number;
}

/** The module that launched the TD; where the report says so, the one running now too. */
function modulesOf({ teeTcbSvn, teeTcbSvn2 }: TdReport): readonly Module[] {
  const module = (role: string, svn: Uint8Array): Module => ({
    role,
    major: moduleMajorOf(svn),
    isvsvn: moduleIsvSvnOf(svn),
  });
  const launch = module('launched by', teeTcbSvn);
  return teeTcbSvn2 === null ? [launch] : [launch, module('running', teeTcbSvn2)];
}

/** A major version without a floor is one that nobody accepted. */
const moduleFloor: TdxCheck = ({ report, policy }) => {
  const code = 'tdx_module_below_minimum';
  const source = 'Intel 344425, table of TEE_TCB_INFO: TEE_TCB_SVN, TEE_TCB_SVN_2';
  const floors = policy.module_floors;
  if (floors === null) return notRun(code, source, 'the policy has no floor for the TDX module');
  const modules = modulesOf(report);
  const holds = modules.every(({ major, isvsvn }) =>
    floors.some((floor) => floor.major === major && isvsvn >= floor.isvsvn),
  );
  const wanted = floors.map(({ major, isvsvn }) => `module ${major} with ISVSVN at least ${isvsvn}`);
  return checked(holds, code, source, {
    expected: wanted.join(' or ') || 'no module',
    observed: modules
      .map(({ role, major, isvsvn }) => `${role} module ${major} with ISVSVN ${isvsvn}`)
      .join(', '),
  });
};

export const TCB_STATUS_CHECKS: readonly TdxCheck[] = [tcbStatus, advisories];
export const MODULE_CHECKS: readonly TdxCheck[] = [moduleFloor];
