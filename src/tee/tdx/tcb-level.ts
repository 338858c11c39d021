/**
 * The TCB evaluation of a TD: which levels of Intel's documents its platform, its TDX module and the quoting
 * enclave reach, and what they come to. Signatures, dates and identities of the documents are checked elsewhere.
 * Source: Intel SGX and TDX DCAP quote verification, TCB level matching; Intel QVL, QuoteVerifier; Intel PCS
 * API v4, "Get TDX TCB Info" (how to compare a TD report with it).
 */
import { allZero, hexOf } from '../../bytes/encoding.js';
import { onceFor, onceForEach } from '../../rats/once.js';
import type { IsvSvnLevel, TdxTcbStatus } from './collateral.js';
import type { QeIdentity } from './qe-identity.js';
import { type Convergence, converge, type ReachedLevels, relaunchedStatus } from './tcb-convergence.js';
import {
  type ModuleReference,
  type PlatformLevel,
  TCB_COMPONENTS,
  type TcbInfo,
  type TdxModuleIdentity,
} from './tcb-info.js';
import { moduleIsvSvnOf, moduleMajorOf } from './td-report.js';

export type { Convergence, LevelPart } from './tcb-convergence.js';

/** What the PCK certificate says of the platform. */
export interface PlatformSvns {
  /** SGX components, sixteen of 0 to 255; not CPUSVN. */
  readonly components: readonly number[];
  readonly pceSvn: number;
}

export interface TcbInput extends PlatformSvns {
  /** Of the QE report. */
  readonly qeIsvSvn: number;
  /** 16 bytes: the module that launched the TD. */
  readonly teeTcbSvn: Uint8Array;
  /** 16 bytes: the module now running; null when the quote does not say. */
  readonly teeTcbSvn2: Uint8Array | null;
}

/** Date and advisories of a status are `launch`'s, even where the status is one of relaunch. */
export type TcbFinding =
  | {
      readonly matched: true;
      readonly status: TdxTcbStatus;
      readonly launch: Convergence;
      /** Null when the quote does not say which module is running. */
      readonly current: Convergence | null;
    }
  /** `why`: a sentence for an operator. */
  | { readonly matched: false; readonly why: string };

export interface ModuleMatch {
  readonly ok: boolean;
  readonly expected: string;
  readonly observed: string;
}

/**
 * Is the module that launched the TD one of Intel's? Major version 0 is held to `tdxModule`, later ones to their
 * own identity and never to `tdxModule`. SEAMATTRIBUTES must be what the document says, and zero.
 * Source: Intel QVL, QuoteVerifier, checks of the TDX module.
 */
export function matchModule(
  teeTcbSvn: Uint8Array,
  mrSignerSeam: Uint8Array,
  seamAttributes: Uint8Array,
  tcbInfo: TcbInfo,
): ModuleMatch {
  const [signer, attributes] = [hexOf(mrSignerSeam), hexOf(seamAttributes)];
  const observed = describeModule(signer, attributes);
  const reference = referenceOf(teeTcbSvn, tcbInfo);
  if (reference === null) {
    const known = tcbInfo.moduleIdentities?.map(({ id }) => id).join(', ');
    return {
      ok: false,
      expected: known === undefined ? 'TDX module 1.0' : `TDX module 1.0, or one of ${known}`,
      observed: `${moduleIdOf(teeTcbSvn)}, ${observed}`,
    };
  }
  const ok = signer === reference.mrSigner && attributes === reference.attributes && allZero(seamAttributes);
  return { ok, expected: referenceText(reference), observed };
}

const referenceText = onceFor(({ mrSigner }: ModuleReference) => describeModule(mrSigner, '00'.repeat(8)));

function describeModule(mrSigner: string, attributes: string): string {
  return `MRSIGNERSEAM ${mrSigner}, SEAMATTRIBUTES ${attributes}`;
}

function referenceOf(teeTcbSvn: Uint8Array, tcbInfo: TcbInfo): ModuleReference | null {
  return moduleMajorOf(teeTcbSvn) === 0 ? tcbInfo.tdxModule : moduleIdentityOf(teeTcbSvn, tcbInfo);
}

/** `TDX_` and the major version in two hex digits, upper case as the documents are read. */
export function moduleIdOf(teeTcbSvn: Uint8Array): string {
  return moduleIdOfMajor(moduleMajorOf(teeTcbSvn));
}

const moduleIdOfMajor = onceForEach(
  256,
  (major: number): string => `TDX_${major.toString(16).padStart(2, '0').toUpperCase()}`,
);

export function moduleIdentityOf(teeTcbSvn: Uint8Array, tcbInfo: TcbInfo): TdxModuleIdentity | null {
  const id = moduleIdOf(teeTcbSvn);
  return tcbInfo.moduleIdentities?.find((identity) => identity.id === id) ?? null;
}

/**
 * The status of a TD. With a second SVN vector everything is done twice, the second time for the module now
 * running: with its own module identity, and without comparing MRSIGNERSEAM and SEAMATTRIBUTES, which tell of
 * the first one alone. A run that reaches no level of any kind leaves the whole TD without a status.
 * Throws RangeError for vectors of another length than 16.
 */
export function evaluateTcb(input: TcbInput, tcbInfo: TcbInfo, qeIdentity: QeIdentity): TcbFinding {
  const { teeTcbSvn, teeTcbSvn2 } = input;
  const lengths = [input.components.length, teeTcbSvn.length, teeTcbSvn2?.length ?? TCB_COMPONENTS];
  if (lengths.some((length) => length !== TCB_COMPONENTS))
    throw new RangeError('an SVN vector is not 16 long');

  const launch = reach(input, 'TEE_TCB_SVN', teeTcbSvn, tcbInfo, qeIdentity);
  if ('lacks' in launch) return unmatched('At launch', launch.lacks);
  const current = teeTcbSvn2 && reach(input, 'TEE_TCB_SVN_2', teeTcbSvn2, tcbInfo, qeIdentity);
  if (current && 'lacks' in current) return unmatched('With the module now running', current.lacks);

  const atLaunch = converge(launch);
  const now = current && converge(current);
  const status = relaunchedStatus(atLaunch.status, now?.status ?? null);
  return { matched: true, status, launch: atLaunch, current: now };
}

function unmatched(when: string, lacks: readonly string[]): TcbFinding {
  return { matched: false, why: `${when} ${lacks.join(', and ')}.` };
}

/** One run: the first level of each kind that is reached, or what lacks, in words. */
function reach(
  input: TcbInput,
  name: string,
  teeTcbSvn: Uint8Array,
  tcbInfo: TcbInfo,
  qeIdentity: QeIdentity,
): ReachedLevels | { readonly lacks: readonly string[] } {
  const lacks: string[] = [];
  const platform = reachedPlatformLevel(tcbInfo.levels, input, teeTcbSvn);
  if (platform === null) lacks.push(describePlatformLack(tcbInfo.levels, input, name, teeTcbSvn));

  const identity = moduleIdentityOf(teeTcbSvn, tcbInfo);
  const ownLevels = moduleMajorOf(teeTcbSvn) > 0;
  const moduleSvn = moduleIsvSvnOf(teeTcbSvn);
  const module = ownLevels && identity !== null ? reachedIsvSvnLevel(identity.levels, moduleSvn) : null;
  if (ownLevels && identity === null) {
    lacks.push(`the TCB info has no TDX module identity ${moduleIdOf(teeTcbSvn)}`);
  } else if (ownLevels && identity !== null && module === null) {
    lacks.push(
      `no level of TDX module ${identity.id} is reached: ${shortOfIsvSvn(identity.levels, moduleSvn)}`,
    );
  }

  const qe = reachedIsvSvnLevel(qeIdentity.levels, input.qeIsvSvn);
  if (qe === null) {
    lacks.push(`no level of the QE is reached: ${shortOfIsvSvn(qeIdentity.levels, input.qeIsvSvn)}`);
  }
  return platform === null || qe === null || lacks.length > 0 ? { lacks } : { platform, module, qe };
}

/**
 * The first level of which nothing is missed; null: none. Levels are in descending order.
 * Source: Intel QVL, TcbLevelCheck, isTdxTcbHigherOrEqual.
 */
export function reachedPlatformLevel(
  levels: readonly PlatformLevel[],
  platform: PlatformSvns,
  teeTcbSvn: Uint8Array,
): PlatformLevel | null {
  return levels.find((level) => isReached(level, platform, teeTcbSvn)) ?? null;
}

/** The first level with an ISVSVN that is not above; null: none. Levels are in descending order. */
export function reachedIsvSvnLevel(levels: readonly IsvSvnLevel[], isvSvn: number): IsvSvnLevel | null {
  return levels.find((level) => isvSvn >= level.isvSvn) ?? null;
}

/** Whether nothing is missed: see `shortfalls`, which says what is. */
function isReached(
  level: PlatformLevel,
  { components, pceSvn }: PlatformSvns,
  teeTcbSvn: Uint8Array,
): boolean {
  if (!(pceSvn >= level.pceSvn)) return false;
  const holds = (has: number | undefined, needs: number): boolean => has !== undefined && has >= needs;
  const start = firstJudged(teeTcbSvn);
  return (
    level.sgxComponents.every((needs, index) => holds(components[index], needs)) &&
    level.tdxComponents.every((needs, index) => index < start || holds(teeTcbSvn[index], needs))
  );
}

function firstJudged(teeTcbSvn: Uint8Array): number {
  return moduleMajorOf(teeTcbSvn) > 0 ? 2 : 0;
}

/**
 * What the platform misses of a level. From major version 1 on the first two bytes of the vector are the
 * module's own version, which the module's levels judge; the platform's levels then speak of module 1.0 there.
 */
function shortfalls(
  level: PlatformLevel,
  platform: PlatformSvns,
  name: string,
  teeTcbSvn: Uint8Array,
): string[] {
  const start = firstJudged(teeTcbSvn);
  const short: string[] = [];
  const hold = (what: string, has: number | undefined, needs: number): void => {
    if (has === undefined || !(has >= needs)) short.push(`${what} is ${has} and must be at least ${needs}`);
  };
  level.sgxComponents.forEach((needs, index) => {
    hold(`SGX component ${index + 1}`, platform.components[index], needs);
  });
  hold('PCESVN', platform.pceSvn, level.pceSvn);
  level.tdxComponents.forEach((needs, index) => {
    if (index >= start) hold(`${name}[${index}]`, teeTcbSvn[index], needs);
  });
  return short;
}

function describePlatformLack(
  levels: readonly PlatformLevel[],
  platform: PlatformSvns,
  name: string,
  teeTcbSvn: Uint8Array,
): string {
  const short = levels.slice(-1).flatMap((level) => shortfalls(level, platform, name, teeTcbSvn));
  return `no platform level is reached: for the lowest one ${short.join(', ')}`;
}

function shortOfIsvSvn(levels: readonly IsvSvnLevel[], isvSvn: number): string {
  const lowest = Math.min(...levels.map((level) => level.isvSvn));
  return `ISVSVN is ${isvSvn} and must be at least ${lowest}`;
}
