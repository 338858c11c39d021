/** From levels to a status, every pair of them, and the words for both runs. */
import { describe, expect, test } from '@jest/globals';
import type { ComponentStatus, TcbStatus } from '../../../src/tee/tdx/collateral.js';
import {
  type Convergence,
  convergedStatus,
  convergenceText,
  relaunchedStatus,
} from '../../../src/tee/tdx/tcb-convergence.js';

const CONFIGURE = 'TDRelaunchAdvisedConfigurationNeeded';

describe('a platform and its components', () => {
  test.each<[TcbStatus, TcbStatus]>([
    ['UpToDate', 'OutOfDate'],
    ['SWHardeningNeeded', 'OutOfDate'],
    ['ConfigurationNeeded', 'OutOfDateConfigurationNeeded'],
    ['ConfigurationAndSWHardeningNeeded', 'OutOfDateConfigurationNeeded'],
    ['OutOfDate', 'OutOfDate'],
    ['OutOfDateConfigurationNeeded', 'OutOfDateConfigurationNeeded'],
    ['Revoked', 'Revoked'],
  ])('%s beside an outdated component is %s', (platform, status) => {
    for (const components of [['OutOfDate'], ['UpToDate', 'OutOfDate']] as ComponentStatus[][]) {
      expect(convergedStatus(platform, components)).toBe(status);
    }
    expect(convergedStatus(platform, ['UpToDate', 'UpToDate'])).toBe(platform);
    expect(convergedStatus(platform, ['OutOfDate', 'Revoked'])).toBe('Revoked');
  });
});

describe('a module that was updated', () => {
  test.each<[TcbStatus, TcbStatus | null, string]>([
    ['OutOfDate', 'UpToDate', 'TDRelaunchAdvised'],
    ['OutOfDate', 'SWHardeningNeeded', 'TDRelaunchAdvised'],
    ['OutOfDate', 'ConfigurationNeeded', CONFIGURE],
    ['OutOfDate', 'ConfigurationAndSWHardeningNeeded', CONFIGURE],
    ['OutOfDateConfigurationNeeded', 'UpToDate', CONFIGURE],
    ['OutOfDateConfigurationNeeded', 'SWHardeningNeeded', CONFIGURE],
    ['OutOfDate', 'OutOfDate', 'OutOfDate'],
    ['OutOfDate', 'OutOfDateConfigurationNeeded', 'OutOfDate'],
    ['OutOfDateConfigurationNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded'],
    ['OutOfDate', null, 'OutOfDate'],
    ['UpToDate', 'OutOfDate', 'UpToDate'],
    ['SWHardeningNeeded', 'UpToDate', 'SWHardeningNeeded'],
    ['ConfigurationNeeded', 'UpToDate', 'ConfigurationNeeded'],
    ['UpToDate', 'Revoked', 'Revoked'],
    ['OutOfDate', 'Revoked', 'Revoked'],
  ])('from %s to %s: %s', (launch, current, status) => {
    expect(relaunchedStatus(launch, current)).toBe(status);
  });
});

describe('the words', () => {
  const part = (status: TcbStatus, date: string) => ({ status, date, advisories: [] });
  const launch: Convergence = {
    status: 'OutOfDate',
    date: '2023-02-15',
    advisories: ['INTEL-SA-1', 'INTEL-SA-2'],
    platform: part('UpToDate', '2024-03-13'),
    module: part('OutOfDate', '2023-02-15'),
    qe: part('UpToDate', '2024-05-01'),
  };
  const told =
    'OutOfDate as of 2023-02-15: platform UpToDate (2024-03-13), module OutOfDate (2023-02-15), QE UpToDate (2024-05-01), advisories INTEL-SA-1, INTEL-SA-2';

  test('name every part and what is open', () => {
    expect(convergenceText(launch, null)).toBe(told);
  });

  test('tell the launch from now', () => {
    const now = { ...launch, status: 'UpToDate', advisories: [], module: null } as const;
    expect(convergenceText(launch, now)).toBe(
      `at launch ${told}; now UpToDate as of 2023-02-15: platform UpToDate (2024-03-13), QE UpToDate (2024-05-01)`,
    );
  });
});
