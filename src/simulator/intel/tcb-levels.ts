/** The patch levels that the miniature Intel publishes, for every family alike. Newest first. */

/** Statuses of platform levels, best first. */
export const LEVEL_STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const;
export type LevelStatus = (typeof LEVEL_STATUSES)[number];

/** What a level says when it is met. */
export interface PlannedStatus {
  /** YYYY-MM-DD. */
  readonly date: string;
  /** One of LEVEL_STATUSES in genuine documents. */
  readonly status: string;
  readonly advisories: readonly string[];
}

export interface PlannedPlatformLevel extends PlannedStatus {
  /** Sixteen SVNs each, 0 to 255. */
  readonly sgx: readonly number[];
  readonly pceSvn: number;
  readonly tdx: readonly number[];
}

/** Of a TDX module or of the quoting enclave. */
export interface PlannedSvnLevel extends PlannedStatus {
  readonly isvSvn: number;
}

/** Made-up families, twelve lowercase hex digits; no processor has them. */
export const SIMULATED_FMSPCS = ['a55a6f000000', 'a55a7f000000'] as const;
export const SIMULATED_PCE_ID = '0000';
export const EVALUATION_NUMBER = 18;

const DATES: Readonly<Record<LevelStatus, string>> = {
  UpToDate: '2023-08-09',
  SWHardeningNeeded: '2023-08-09',
  ConfigurationNeeded: '2023-08-09',
  ConfigurationAndSWHardeningNeeded: '2023-08-09',
  OutOfDate: '2023-02-15',
  OutOfDateConfigurationNeeded: '2022-11-09',
  Revoked: '2021-11-10',
};

/** No such advisory exists at Intel: the numbers are the simulator's. */
const ADVISORIES: Readonly<Record<LevelStatus, readonly string[]>> = {
  UpToDate: [],
  SWHardeningNeeded: ['INTEL-SA-99801'],
  ConfigurationNeeded: ['INTEL-SA-99802'],
  ConfigurationAndSWHardeningNeeded: ['INTEL-SA-99801', 'INTEL-SA-99802'],
  OutOfDate: ['INTEL-SA-99803'],
  OutOfDateConfigurationNeeded: ['INTEL-SA-99802', 'INTEL-SA-99803'],
  Revoked: ['INTEL-SA-99803', 'INTEL-SA-99804'],
};

const padded = (...svns: readonly number[]): number[] =>
  Array.from({ length: 16 }, (_, index) => svns[index] ?? 0);

/** Each level asks for one less of the first two components than the one before. */
function sgxOf(index: number): number[] {
  return padded(9 - index, 9 - index, 3, 3, 5, 1, 0, 5);
}

function pceSvnOf(index: number): number {
  return index < LEVEL_STATUSES.indexOf('OutOfDate') ? 15 : 13;
}

function platformLevel(status: LevelStatus, index: number): PlannedPlatformLevel {
  return {
    sgx: sgxOf(index),
    pceSvn: pceSvnOf(index),
    tdx: padded(5, 0, 8 - index),
    date: DATES[status],
    status,
    advisories: ADVISORIES[status],
  };
}

export const PLATFORM_LEVELS: readonly PlannedPlatformLevel[] = LEVEL_STATUSES.map(platformLevel);

/** A TCB recovery: Intel asks for more than before, and names why. */
export interface PlannedRecovery {
  /** YYYY-MM-DD, the date of the new level. */
  readonly date: string;
  /** Of whoever does not reach it. */
  readonly advisory: string;
}

const AFTER_RECOVERY: Readonly<Record<LevelStatus, LevelStatus>> = {
  UpToDate: 'OutOfDate',
  SWHardeningNeeded: 'OutOfDate',
  ConfigurationNeeded: 'OutOfDateConfigurationNeeded',
  ConfigurationAndSWHardeningNeeded: 'OutOfDateConfigurationNeeded',
  OutOfDate: 'OutOfDate',
  OutOfDateConfigurationNeeded: 'OutOfDateConfigurationNeeded',
  Revoked: 'Revoked',
};

/** Levels after recoveries, oldest first: each asks for one more of the first two components, and what was good is out of date. */
export function levelsAfter(recoveries: readonly PlannedRecovery[]): readonly PlannedPlatformLevel[] {
  if (recoveries.length === 0) return PLATFORM_LEVELS;
  const missedBelow = (count: number) => recoveries.slice(count).map(({ advisory }) => advisory);
  const raised = recoveries.map(({ date }, index): PlannedPlatformLevel => {
    const advisories = missedBelow(index + 1);
    const status: LevelStatus = advisories.length === 0 ? 'UpToDate' : 'OutOfDate';
    return { sgx: sgxOf(-1 - index), pceSvn: 15, tdx: padded(5, 0, 8), date, status, advisories };
  });
  const before = LEVEL_STATUSES.map((status, index) => ({
    ...platformLevel(status, index),
    status: AFTER_RECOVERY[status],
    advisories: [...ADVISORIES[status], ...missedBelow(0)],
  }));
  return [...raised.reverse(), ...before];
}

/** Components of a platform that just meets the newest level after so many recoveries. */
export function componentsAfter(recoveries: number): readonly number[] {
  return sgxOf(-recoveries);
}

/** A platform that just meets the level of a status; `none` meets not even the last. */
export function platformAt(status: LevelStatus | 'none'): {
  readonly components: readonly number[];
  readonly pceSvn: number;
} {
  const index = status === 'none' ? LEVEL_STATUSES.length : LEVEL_STATUSES.indexOf(status);
  return { components: sgxOf(index), pceSvn: pceSvnOf(index) };
}

/** What a TDX module must look like. Byte strings raw. */
export interface PlannedModule {
  readonly mrSigner: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
}

export interface PlannedModuleIdentity extends PlannedModule {
  /** `TDX_` and the major version in two hex digits. */
  readonly id: string;
  readonly levels: readonly PlannedSvnLevel[];
}

/** Zeros: signed by Intel itself. Also the reference for modules 1.0, which have no identity of their own. */
export const INTEL_MODULE: PlannedModule = {
  mrSigner: new Uint8Array(48),
  attributes: new Uint8Array(8),
  attributesMask: new Uint8Array(8).fill(0xff),
};

function svnLevels(newest: number, advisory: string): PlannedSvnLevel[] {
  return [
    { isvSvn: newest, date: '2023-08-09', status: 'UpToDate', advisories: [] },
    { isvSvn: newest - 1, date: '2023-02-15', status: 'OutOfDate', advisories: [advisory] },
    { isvSvn: newest - 2, date: '2021-11-10', status: 'Revoked', advisories: [advisory] },
  ];
}

/** UpToDate, OutOfDate, Revoked from SVN 5, 4, 3 (TDX_01) and 4, 3, 2 (TDX_03). */
export const MODULE_IDENTITIES: readonly PlannedModuleIdentity[] = [
  { id: 'TDX_03', ...INTEL_MODULE, levels: svnLevels(4, 'INTEL-SA-99811') },
  { id: 'TDX_01', ...INTEL_MODULE, levels: svnLevels(5, 'INTEL-SA-99812') },
];

/** UpToDate, OutOfDate, Revoked from SVN 4, 3, 2. */
export const QE_LEVELS: readonly PlannedSvnLevel[] = svnLevels(4, 'INTEL-SA-99821');
