/** Which levels a platform reaches and what they come to, by Intel's rule and as dcap-qvl has it. */
import type { Facts, Level, SvnLevel } from './facts.js';

/** Worst last, as dcap-qvl ranks them; Intel's own table of convergence differs in two places. */
const BY_SEVERITY = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
];

export interface Verdict {
  readonly status: string;
  /** Sorted. */
  readonly advisories: readonly string[];
}

export interface Reached {
  readonly platform: Level | null;
  readonly qe: SvnLevel | null;
}

export interface ReachedByIntel extends Reached {
  /** Undefined: module 1.0, which has no levels of its own. */
  readonly module: SvnLevel | null | undefined;
}

/** Levels in descending order, components of the certificate, the module's own SVNs left to its levels. */
export function reachedByIntel(facts: Facts, teeTcbSvn: Uint8Array): ReachedByIntel {
  const { info, identity, pck, quote } = facts;
  const [isvSvn = 0, major = 0] = teeTcbSvn;
  const svns = { sgx: pck.components, pce: pck.pceSvn, tdx: teeTcbSvn, from: major > 0 ? 2 : 0 };
  const id = `TDX_${major.toString(16).padStart(2, '0')}`;
  const module = info.tdxModuleIdentities?.find((one) => one.id.toLowerCase() === id.toLowerCase());
  return {
    platform: platformLevel(descending(info.tcbLevels, rankOf), svns),
    qe: svnLevel(descending(identity.tcbLevels, svnRankOf), quote.qe.isvSvn),
    module: major === 0 ? undefined : svnLevel(descending(module?.tcbLevels ?? [], svnRankOf), isvSvn),
  };
}

/** Levels in the document's order, CPUSVN for the components, every byte of TEE_TCB_SVN; modules play no part. */
export function reachedByDcapQvl({ info, identity, pck, quote }: Facts): Reached {
  const svns = { sgx: [...pck.cpuSvn], pce: pck.pceSvn, tdx: quote.teeTcbSvn, from: 0 };
  return {
    platform: platformLevel(info.tcbLevels, svns),
    qe: svnLevel(identity.tcbLevels, quote.qe.isvSvn),
  };
}

/** What Intel's rules say of the quote; null: a level is missing, or one that is reached is Revoked. */
export function decidedByIntel(facts: Facts): Verdict | null {
  const { teeTcbSvn, teeTcbSvn2 } = facts.quote;
  const launch = converged(reachedByIntel(facts, teeTcbSvn));
  if (launch === null || teeTcbSvn2 === null) return launch;
  const current = converged(reachedByIntel(facts, teeTcbSvn2));
  if (current === null) return null;
  const outdated = launch.status.startsWith('OutOfDate');
  if (!outdated || current.status.startsWith('OutOfDate')) return launch;
  const configure = [launch.status, current.status].some((status) => status.includes('Configuration'));
  return { ...launch, status: `TDRelaunchAdvised${configure ? 'ConfigurationNeeded' : ''}` };
}

/** QVL, convergence of TCB statuses: beside an outdated component only Configuration outlives. */
function converged({ platform, qe, module }: ReachedByIntel): Verdict | null {
  if (platform === null || qe === null || module === null) return null;
  const components = module === undefined ? [qe] : [qe, module];
  const levels = [platform, ...components];
  if (levels.some(({ tcbStatus }) => tcbStatus === 'Revoked')) return null;
  const outdated = components.some(({ tcbStatus }) => tcbStatus === 'OutOfDate');
  const beside = platform.tcbStatus.includes('Configuration') ? 'OutOfDateConfigurationNeeded' : 'OutOfDate';
  return { status: outdated ? beside : platform.tcbStatus, advisories: advisoriesOf(levels) };
}

/** What dcap-qvl must say of levels that it reaches; null: it refuses. */
export function decidedByDcapQvl({ platform, qe }: Reached): Verdict | null {
  if (platform === null || qe === null) return null;
  const status = worst([platform.tcbStatus, qe.tcbStatus]);
  if (status === 'Revoked') return null;
  return { status, advisories: advisoriesOf([platform, qe]) };
}

export function worst(statuses: readonly string[]): string {
  const ranks = statuses.map((status) => BY_SEVERITY.indexOf(status));
  if (ranks.includes(-1)) throw new Error(`an unknown status in ${statuses.join(', ')}`);
  return BY_SEVERITY[Math.max(...ranks)] ?? '';
}

function advisoriesOf(levels: readonly Pick<Level, 'advisoryIDs'>[]): readonly string[] {
  return [...new Set(levels.flatMap(({ advisoryIDs = [] }) => advisoryIDs))].sort();
}

interface Svns {
  readonly sgx: readonly number[];
  readonly pce: number;
  readonly tdx: Uint8Array;
  /** The first byte of `tdx` that counts. */
  readonly from: number;
}

function platformLevel(levels: readonly Level[], { sgx, pce, tdx, from }: Svns): Level | null {
  const reaches = ({ tcb }: Level): boolean =>
    tcb.sgxtcbcomponents.length === 16 &&
    tcb.tdxtcbcomponents.length === 16 &&
    tcb.sgxtcbcomponents.every(({ svn }, index) => (sgx[index] ?? -1) >= svn) &&
    pce >= tcb.pcesvn &&
    tcb.tdxtcbcomponents.every(({ svn }, index) => index < from || (tdx[index] ?? -1) >= svn);
  return levels.find(reaches) ?? null;
}

function svnLevel(levels: readonly SvnLevel[], isvSvn: number): SvnLevel | null {
  return levels.find(({ tcb }) => isvSvn >= tcb.isvsvn) ?? null;
}

function rankOf({ tcb }: Level): readonly number[] {
  const svns = (components: readonly { readonly svn: number }[]) => components.map(({ svn }) => svn);
  return [...svns(tcb.sgxtcbcomponents), tcb.pcesvn, ...svns(tcb.tdxtcbcomponents)];
}

function svnRankOf({ tcb, tcbDate }: SvnLevel): readonly number[] {
  return [tcb.isvsvn, Date.parse(tcbDate)];
}

function descending<T>(levels: readonly T[], rank: (level: T) => readonly number[]): readonly T[] {
  const difference = (a: readonly number[], b: readonly number[]): number =>
    a.map((value, index) => value - (b[index] ?? 0)).find((step) => step !== 0) ?? 0;
  return [...levels].sort((a, b) => difference(rank(b), rank(a)));
}
