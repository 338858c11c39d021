import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../../src/rats/result.js';
import { MalformedCollateral } from '../../../src/tee/tdx/collateral.js';
import { readQeIdentity } from '../../../src/tee/tdx/qe-identity.js';
import {
  changed,
  isvSvnLevel,
  type Path,
  qeIdentityBytes,
  qeIdentityJson,
  qeIdentityOf,
} from './tcb-documents.js';

const IDENTITY = qeIdentityJson();
const LEVEL = ['tcbLevels', 0] as const;

describe('a QE identity', () => {
  test('is read member by member', () => {
    expect(qeIdentityOf()).toMatchObject({
      kind: 'qe-identity',
      id: 'TD_QE',
      version: 2,
      issueDate: new Date('2025-06-19T10:32:27Z'),
      nextUpdate: new Date('2025-07-19T10:32:27Z'),
      evaluationNumber: 17,
      // 01020304 in memory order.
      miscSelect: 0x04030201,
      miscSelectMask: 0xffffffff,
      attributes: Uint8Array.from([0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      attributesMask: Uint8Array.from([0xfb, ...Array<number>(7).fill(0xff), ...Array<number>(8).fill(0)]),
      mrSigner: Uint8Array.from(
        Buffer.from('dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5', 'hex'),
      ),
      isvProdId: 2,
      levels: [{ isvSvn: 4, status: 'UpToDate', tcbDate: new Date('2024-03-13T00:00:00Z'), advisories: [] }],
    });
  });

  test.each(['UpToDate', 'OutOfDate', 'Revoked'])('may say %s', (status) => {
    expect(qeIdentityOf({ tcbLevels: [isvSvnLevel(4, { status })] }).levels[0]?.status).toBe(status);
  });

  test.each<[string, Path, JsonValue | undefined]>([
    ['an unknown member', ['fmspc'], 'B0C06F000000'],
    ['no miscselect', ['miscselect'], undefined],
    ['a miscselect of 3 bytes', ['miscselect'], '000000'],
    ['a miscselect that is a number', ['miscselect'], 0],
    ['no miscselectMask', ['miscselectMask'], undefined],
    ['a miscselectMask of 5 bytes', ['miscselectMask'], 'FFFFFFFFFF'],
    ['no attributes', ['attributes'], undefined],
    ['attributes of 15 bytes', ['attributes'], '11'.repeat(15)],
    ['no attributesMask', ['attributesMask'], undefined],
    ['an attributesMask of 17 bytes', ['attributesMask'], 'FB'.repeat(17)],
    ['no mrsigner', ['mrsigner'], undefined],
    ['an mrsigner of 48 bytes', ['mrsigner'], 'DC'.repeat(48)],
    ['no isvprodid', ['isvprodid'], undefined],
    ['an isvprodid of 17 bits', ['isvprodid'], 65536],
    ['no levels', ['tcbLevels'], undefined],
    ['an empty list of levels', ['tcbLevels'], []],
    ['a level without tcb', [...LEVEL, 'tcb'], undefined],
    ['a level without isvsvn', [...LEVEL, 'tcb', 'isvsvn'], undefined],
    ['a negative isvsvn', [...LEVEL, 'tcb', 'isvsvn'], -1],
    ['an isvsvn of 17 bits', [...LEVEL, 'tcb', 'isvsvn'], 65536],
    ['an unknown member of a tcb', [...LEVEL, 'tcb', 'pcesvn'], 1],
    ['an unknown member of a level', [...LEVEL, 'note'], 1],
    ['no date', [...LEVEL, 'tcbDate'], undefined],
    ['no status', [...LEVEL, 'tcbStatus'], undefined],
    ['SWHardeningNeeded', [...LEVEL, 'tcbStatus'], 'SWHardeningNeeded'],
    ['ConfigurationNeeded', [...LEVEL, 'tcbStatus'], 'ConfigurationNeeded'],
    ['ConfigurationAndSWHardeningNeeded', [...LEVEL, 'tcbStatus'], 'ConfigurationAndSWHardeningNeeded'],
    ['OutOfDateConfigurationNeeded', [...LEVEL, 'tcbStatus'], 'OutOfDateConfigurationNeeded'],
    ['TDRelaunchAdvised', [...LEVEL, 'tcbStatus'], 'TDRelaunchAdvised'],
    ['an unknown status', [...LEVEL, 'tcbStatus'], 'Fine'],
  ])('is refused with %s', (_name, path, value) => {
    expect(() => readQeIdentity(qeIdentityBytes(IDENTITY))).not.toThrow();
    expect(() => readQeIdentity(qeIdentityBytes(changed(IDENTITY, path, value)))).toThrow(
      MalformedCollateral,
    );
  });
});

describe('the levels of a QE identity', () => {
  const read = (...levels: readonly (readonly [number, string])[]) =>
    qeIdentityOf({ tcbLevels: levels.map(([isvSvn, date]) => isvSvnLevel(isvSvn, { date })) }).levels.map(
      ({ isvSvn, tcbDate }) => [isvSvn, tcbDate.toISOString().slice(0, 10)],
    );

  test('are sorted by ISVSVN and then by date, the later first', () => {
    expect(read([4, '2023-01-01'], [10, '2022-01-01'], [4, '2024-01-01'], [0, '2025-01-01'])).toEqual([
      [10, '2022-01-01'],
      [4, '2024-01-01'],
      [4, '2023-01-01'],
      [0, '2025-01-01'],
    ]);
  });

  test('are refused when two have the same ISVSVN and date', () => {
    expect(() => read([4, '2023-01-01'], [5, '2023-01-01'], [4, '2023-01-01'])).toThrow(
      'enclaveIdentity.tcbLevels has two levels of one rank',
    );
  });
});
