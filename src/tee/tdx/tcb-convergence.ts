/**
 * From the levels of platform, TDX module and quoting enclave to one status, and from the module that launched a
 * TD and the one now running to the status of the TD.
 * Source: Intel QVL, TcbLevelCheck and QuoteVerifier: convergeTcbStatus, convergeTcbStatusWithQeTcbStatus,
 * TD relaunch; Intel SGX and TDX DCAP quote verification library API, TCB status values.
 */
import { onceFor } from '../../rats/once.js';
import type { ComponentStatus, IsvSvnLevel, TcbLevel, TcbStatus, TdxTcbStatus } from './collateral.js';
import type { PlatformLevel } from './tcb-info.js';

/** What the level reached says. */
export interface LevelPart {
  readonly status: TcbStatus;
  /** `YYYY-MM-DD`: what was published until then is mended. */
  readonly date: string;
  readonly advisories: readonly string[];
}

/** One run of the evaluation, with one SVN vector. */
export interface Convergence {
  readonly status: TcbStatus;
  /** The earliest of the parts’. */
  readonly date: string;
  /** Of platform, quoting enclave, module, in this order; each once. */
  readonly advisories: readonly string[];
  readonly platform: LevelPart;
  /** Null for TDX module 1.0, which has no levels of its own. */
  readonly module: LevelPart | null;
  readonly qe: LevelPart;
}

/** The levels reached in one run. */
export interface ReachedLevels {
  readonly platform: PlatformLevel;
  readonly module: IsvSvnLevel | null;
  readonly qe: IsvSvnLevel;
}

/** What levels come to follows from the levels, which documents that are kept hold; which are reached does not. */
export function converge({ platform, module, qe }: ReachedLevels): Convergence {
  const { alone, beside } = convergencesOf(platform)(qe);
  return module === null ? alone() : beside(module);
}

const convergencesOf = onceFor((platform: PlatformLevel) =>
  onceFor((qe: IsvSvnLevel) => {
    let alone: Convergence | null = null;
    return {
      alone: (): Convergence => {
        alone ??= convergence({ platform, module: null, qe });
        return alone;
      },
      beside: onceFor((module: IsvSvnLevel) => convergence({ platform, module, qe })),
    };
  }),
);

function convergence(reached: ReachedLevels): Convergence {
  const platform = partOf(reached.platform);
  const module = reached.module === null ? null : partOf(reached.module);
  const qe = partOf(reached.qe);
  const parts = module === null ? [platform, qe] : [platform, qe, module];
  const components = reached.module === null ? [reached.qe] : [reached.qe, reached.module];
  const [earliest = platform.date] = parts.map(({ date }) => date).sort();
  return Object.freeze({
    status: convergedStatus(
      reached.platform.status,
      components.map(({ status }) => status),
    ),
    date: earliest,
    advisories: [...new Set(parts.flatMap(({ advisories }) => advisories))],
    platform,
    module,
    qe,
  });
}

/** Both runs, for an operator: what the module was when it launched the TD, and what it is now. */
export function convergenceText(launch: Convergence, current: Convergence | null): string {
  return current === null ? partsText(launch) : `at launch ${partsText(launch)}; now ${partsText(current)}`;
}

const partsText = onceFor(({ status, date, advisories, platform, module, qe }: Convergence): string => {
  const parts = [
    `platform ${platform.status} (${platform.date})`,
    ...(module === null ? [] : [`module ${module.status} (${module.date})`]),
    `QE ${qe.status} (${qe.date})`,
  ];
  const open = advisories.length === 0 ? '' : `, advisories ${advisories.join(', ')}`;
  return `${status} as of ${date}: ${parts.join(', ')}${open}`;
});

const partOf = onceFor(({ status, tcbDate, advisories }: TcbLevel): LevelPart => {
  return { status, date: tcbDate.toISOString().slice(0, 10), advisories };
});

/** The platform’s status beside an outdated component. A setting that is missing stays missing. */
const BESIDE_OUT_OF_DATE: Readonly<Record<TcbStatus, TcbStatus>> = {
  UpToDate: 'OutOfDate',
  SWHardeningNeeded: 'OutOfDate',
  ConfigurationNeeded: 'OutOfDateConfigurationNeeded',
  ConfigurationAndSWHardeningNeeded: 'OutOfDateConfigurationNeeded',
  OutOfDate: 'OutOfDate',
  OutOfDateConfigurationNeeded: 'OutOfDateConfigurationNeeded',
  Revoked: 'Revoked',
};

/**
 * Not the worse of the two by rank: ConfigurationNeeded beside OutOfDate keeps both facts.
 * Source: Intel QVL, convergence of TCB statuses.
 */
export function convergedStatus(platform: TcbStatus, components: readonly ComponentStatus[]): TcbStatus {
  if (components.includes('Revoked')) return 'Revoked';
  if (components.includes('OutOfDate')) return BESIDE_OUT_OF_DATE[platform];
  return platform;
}

const CONFIGURATION_MISSING: readonly TcbStatus[] = [
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
];
/** A module that is worth relaunching a TD for. */
const WORTH_A_RELAUNCH: readonly TcbStatus[] = ['UpToDate', 'SWHardeningNeeded', ...CONFIGURATION_MISSING];

/**
 * The status of a TD under whose feet the module was updated: what was outdated at launch and would be in order
 * now asks for a relaunch. `current` is null for quotes that do not say which module is running.
 *
 * Source: Intel QVL, TD relaunch, with one deliberate difference: there the launch status stands when the module
 * now running is revoked, as it looks at good values of `current` alone. Here Revoked is never less than Revoked.
 */
export function relaunchedStatus(launch: TcbStatus, current: TcbStatus | null): TdxTcbStatus {
  if (current === null) return launch;
  if (current === 'Revoked') return 'Revoked';
  const outdated = launch === 'OutOfDate' || launch === 'OutOfDateConfigurationNeeded';
  if (!outdated || !WORTH_A_RELAUNCH.includes(current)) return launch;
  const configure = launch === 'OutOfDateConfigurationNeeded' || CONFIGURATION_MISSING.includes(current);
  return configure ? 'TDRelaunchAdvisedConfigurationNeeded' : 'TDRelaunchAdvised';
}
