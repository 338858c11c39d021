import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../../src/rats/result.js';
import { MalformedCollateral } from '../../../src/tee/tdx/collateral.js';
import { readTcbInfo } from '../../../src/tee/tdx/tcb-info.js';
import {
  asTcbInfo,
  changed,
  components,
  isvSvnLevel,
  moduleIdentity,
  type Path,
  platformLevel,
  tcbInfoBytes,
  tcbInfoJson,
  tcbInfoOf,
} from './tcb-documents.js';

const INFO = tcbInfoJson();
const LEVEL = ['tcbLevels', 0] as const;
const SGX = [...LEVEL, 'tcb', 'sgxtcbcomponents'] as const;
const TDX = [...LEVEL, 'tcb', 'tdxtcbcomponents'] as const;
const IDENTITY = ['tdxModuleIdentities', 0] as const;
const MODULE_LEVEL = [...IDENTITY, 'tcbLevels', 0] as const;

describe('a TCB info', () => {
  test('is read member by member', () => {
    const info = tcbInfoOf({
      pceId: 'AbCd',
      tdxModule: {
        mrsigner: 'AB'.repeat(48),
        attributes: '0000000000000000',
        attributesMask: 'ff'.repeat(8),
      },
      tdxModuleIdentities: [
        moduleIdentity('TDX_03', [isvSvnLevel(3)]),
        moduleIdentity('tdx_0a', [isvSvnLevel(2, { status: 'OutOfDate', advisories: ['INTEL-SA-01036'] })]),
      ],
      tcbLevels: [
        platformLevel({
          sgx: components(2, 2, 2, 2, 3, 1, 0, 5),
          pceSvn: 11,
          tdx: components(5, 0, 2),
          status: 'SWHardeningNeeded',
          date: '2023-02-15',
          advisories: ['INTEL-SA-00837', 'INTEL-SA-00960'],
        }),
      ],
    });
    expect(info).toMatchObject({
      kind: 'tcb-info',
      id: 'TDX',
      version: 3,
      issueDate: new Date('2025-06-19T10:16:03Z'),
      nextUpdate: new Date('2025-07-19T10:16:03Z'),
      fmspc: 'b0c06f000000',
      pceId: 'abcd',
      evaluationNumber: 17,
      tdxModule: { mrSigner: 'ab'.repeat(48), attributes: '00'.repeat(8), attributesMask: 'ff'.repeat(8) },
    });
    expect(info.levels).toEqual([
      {
        sgxComponents: [2, 2, 2, 2, 3, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
        pceSvn: 11,
        tdxComponents: [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        status: 'SWHardeningNeeded',
        tcbDate: new Date('2023-02-15T00:00:00Z'),
        advisories: ['INTEL-SA-00837', 'INTEL-SA-00960'],
      },
    ]);
    expect(info.moduleIdentities).toEqual([
      {
        id: 'TDX_03',
        mrSigner: '00'.repeat(48),
        attributes: '00'.repeat(8),
        attributesMask: 'ff'.repeat(8),
        levels: [
          { isvSvn: 3, status: 'UpToDate', tcbDate: new Date('2024-03-13T00:00:00Z'), advisories: [] },
        ],
      },
      expect.objectContaining({
        id: 'TDX_0A',
        levels: [
          {
            isvSvn: 2,
            status: 'OutOfDate',
            tcbDate: new Date('2024-03-13T00:00:00Z'),
            advisories: ['INTEL-SA-01036'],
          },
        ],
      }),
    ]);
  });

  test('may have no module identities, as those for TDX module 1.0 alone', () => {
    const bytes = tcbInfoBytes(changed(INFO, ['tdxModuleIdentities'], undefined));
    expect(asTcbInfo(bytes).moduleIdentities).toBeNull();
  });

  test('may say what a component is', () => {
    const noted = { svn: 5, category: 'BIOS', type: 'Early Microcode Update' };
    const info = asTcbInfo(tcbInfoBytes(changed(changed(INFO, [...SGX, 0], noted), [...TDX, 15], noted)));
    expect(info.levels[0]).toMatchObject({
      sgxComponents: components(5),
      tdxComponents: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5],
    });
  });

  test.each([
    'UpToDate',
    'SWHardeningNeeded',
    'ConfigurationNeeded',
    'ConfigurationAndSWHardeningNeeded',
    'OutOfDate',
    'OutOfDateConfigurationNeeded',
    'Revoked',
  ])('may say %s of a platform', (status) => {
    expect(tcbInfoOf({ tcbLevels: [platformLevel({ status })] }).levels[0]?.status).toBe(status);
  });

  test.each(['UpToDate', 'OutOfDate', 'Revoked'])('may say %s of a module', (status) => {
    const info = asTcbInfo(tcbInfoBytes(changed(INFO, [...MODULE_LEVEL, 'tcbStatus'], status)));
    expect(info.moduleIdentities?.[0]?.levels[0]?.status).toBe(status);
  });

  test.each<[string, Path, JsonValue | undefined]>([
    ['an unknown member', ['note'], 1],
    ['no fmspc', ['fmspc'], undefined],
    ['an fmspc of 5 bytes', ['fmspc'], 'B0C06F0000'],
    ['an fmspc that is not hex', ['fmspc'], 'B0C06F00000G'],
    ['no pceId', ['pceId'], undefined],
    ['a pceId of 3 bytes', ['pceId'], '000000'],
    ['no tcbType', ['tcbType'], undefined],
    ['tcbType 1', ['tcbType'], 1],
    ['no tdxModule', ['tdxModule'], undefined],
    ['a tdxModule that is a list', ['tdxModule'], []],
    ['an unknown member of tdxModule', ['tdxModule', 'note'], 1],
    [
      'module identities inside tdxModule',
      ['tdxModule', 'tdxModuleIdentities'],
      INFO.tdxModuleIdentities ?? [],
    ],
    ['no mrsigner', ['tdxModule', 'mrsigner'], undefined],
    ['a short mrsigner', ['tdxModule', 'mrsigner'], '00'.repeat(47)],
    ['no attributes', ['tdxModule', 'attributes'], undefined],
    ['long attributes', ['tdxModule', 'attributes'], '00'.repeat(9)],
    ['no attributesMask', ['tdxModule', 'attributesMask'], undefined],
    ['module identities that are null', ['tdxModuleIdentities'], null],
    ['module identities that are an object', ['tdxModuleIdentities'], {}],
    ['an empty list of module identities', ['tdxModuleIdentities'], []],
    ['a module identity without id', [...IDENTITY, 'id'], undefined],
    ['a module identity with an id of two words', [...IDENTITY, 'id'], 'TDX 01'],
    ['a module identity without mrsigner', [...IDENTITY, 'mrsigner'], undefined],
    ['a module identity with an unknown member', [...IDENTITY, 'note'], 1],
    ['a module identity without levels', [...IDENTITY, 'tcbLevels'], undefined],
    ['a module identity with an empty list of levels', [...IDENTITY, 'tcbLevels'], []],
    ['a module level without tcb', [...MODULE_LEVEL, 'tcb'], undefined],
    ['a module level without isvsvn', [...MODULE_LEVEL, 'tcb', 'isvsvn'], undefined],
    ['a module isvsvn of 17 bits', [...MODULE_LEVEL, 'tcb', 'isvsvn'], 65536],
    ['an unknown member of a module tcb', [...MODULE_LEVEL, 'tcb', 'pcesvn'], 1],
    ['an unknown member of a module level', [...MODULE_LEVEL, 'note'], 1],
    ['a module level without date', [...MODULE_LEVEL, 'tcbDate'], undefined],
    ['a module that needs SW hardening', [...MODULE_LEVEL, 'tcbStatus'], 'SWHardeningNeeded'],
    ['a module that needs configuration', [...MODULE_LEVEL, 'tcbStatus'], 'ConfigurationNeeded'],
    ['a module that needs both', [...MODULE_LEVEL, 'tcbStatus'], 'ConfigurationAndSWHardeningNeeded'],
    ['an outdated module to configure', [...MODULE_LEVEL, 'tcbStatus'], 'OutOfDateConfigurationNeeded'],
    ['a relaunch of a module', [...MODULE_LEVEL, 'tcbStatus'], 'TDRelaunchAdvised'],
    ['no levels', ['tcbLevels'], undefined],
    ['an empty list of levels', ['tcbLevels'], []],
    ['levels that are an object', ['tcbLevels'], { 0: platformLevel() }],
    ['a level that is null', [...LEVEL], null],
    ['an unknown member of a level', [...LEVEL, 'note'], 1],
    ['a level without tcb', [...LEVEL, 'tcb'], undefined],
    ['an unknown member of a tcb', [...LEVEL, 'tcb', 'isvsvn'], 1],
    ['no pcesvn', [...LEVEL, 'tcb', 'pcesvn'], undefined],
    ['a pcesvn of 17 bits', [...LEVEL, 'tcb', 'pcesvn'], 65536],
    ['a negative pcesvn', [...LEVEL, 'tcb', 'pcesvn'], -1],
    ['a broken pcesvn', [...LEVEL, 'tcb', 'pcesvn'], 1.5],
    ['a pcesvn in words', [...LEVEL, 'tcb', 'pcesvn'], '11'],
    ['no SGX components', SGX, undefined],
    ['no TDX components', TDX, undefined],
    ['15 SGX components', SGX, Array<JsonValue>(15).fill({ svn: 0 })],
    ['17 SGX components', SGX, Array<JsonValue>(17).fill({ svn: 0 })],
    ['15 TDX components', TDX, Array<JsonValue>(15).fill({ svn: 0 })],
    ['17 TDX components', TDX, Array<JsonValue>(17).fill({ svn: 0 })],
    ['components as bare numbers', SGX, Array<JsonValue>(16).fill(0)],
    ['a component without svn', [...SGX, 3, 'svn'], undefined],
    ['a component of 9 bits', [...SGX, 3, 'svn'], 256],
    ['a negative component', [...TDX, 3, 'svn'], -1],
    ['an unknown member of a component', [...TDX, 3, 'note'], 'x'],
    ['a category that is a number', [...TDX, 3, 'category'], 1],
    ['no status', [...LEVEL, 'tcbStatus'], undefined],
    ['an unknown status', [...LEVEL, 'tcbStatus'], 'Unknown'],
    ['a status in small letters', [...LEVEL, 'tcbStatus'], 'uptodate'],
    ['a relaunch', [...LEVEL, 'tcbStatus'], 'TDRelaunchAdvised'],
    ['a relaunch to configure', [...LEVEL, 'tcbStatus'], 'TDRelaunchAdvisedConfigurationNeeded'],
    ['RelaunchAdvised', [...LEVEL, 'tcbStatus'], 'RelaunchAdvised'],
    ['a status called __proto__', [...LEVEL, 'tcbStatus'], '__proto__'],
    ['no date', [...LEVEL, 'tcbDate'], undefined],
    ['a date without time', [...LEVEL, 'tcbDate'], '2024-03-13'],
    ['a date that is none', [...LEVEL, 'tcbDate'], '2023-02-29T00:00:00Z'],
    ['advisories that are one string', [...LEVEL, 'advisoryIDs'], 'INTEL-SA-00837'],
    ['advisories that are null', [...LEVEL, 'advisoryIDs'], null],
    ['an advisory that is a number', [...LEVEL, 'advisoryIDs'], [837]],
    ['an empty advisory', [...LEVEL, 'advisoryIDs'], ['']],
  ])('is refused with %s', (_name, path, value) => {
    expect(() => readTcbInfo(tcbInfoBytes(INFO))).not.toThrow();
    expect(() => readTcbInfo(tcbInfoBytes(changed(INFO, path, value)))).toThrow(MalformedCollateral);
  });

  test('is refused with one module identity twice, in whatever case', () => {
    const tdxModuleIdentities = ['TDX_0a', 'TDX_01', 'tdx_0A'].map((id) =>
      moduleIdentity(id, [isvSvnLevel(1)]),
    );
    expect(() => tcbInfoOf({ tdxModuleIdentities })).toThrow('two TDX module identities have one id');
  });
});

describe('the levels of a TCB info', () => {
  /** In descending order: SGX components from the left, PCESVN, TDX components from the left. */
  const RANKS = [
    { sgx: components(3), pceSvn: 1, tdx: components(1) },
    { sgx: components(2, 9), pceSvn: 5, tdx: components(1) },
    { sgx: components(2, 9), pceSvn: 4, tdx: components(1, 0, 1) },
    { sgx: components(2, 9), pceSvn: 4, tdx: components(1) },
    { sgx: components(2, 9), pceSvn: 4, tdx: components(0, 9) },
    { sgx: components(2), pceSvn: 255, tdx: components(9) },
    { sgx: components(0, 10), pceSvn: 300, tdx: components(9) },
    { sgx: components(0, 9), pceSvn: 300, tdx: components(9) },
  ] as const;

  test.each([
    ['descending', (ranks: readonly object[]) => ranks],
    ['ascending', (ranks: readonly object[]) => ranks.toReversed()],
    ['mixed up', (ranks: readonly object[]) => [...ranks.slice(3), ...ranks.slice(0, 3)]],
  ])('are sorted descending when they come %s', (_name, order) => {
    const info = tcbInfoOf({ tcbLevels: order(RANKS).map((rank) => platformLevel(rank)) });
    expect(
      info.levels.map(({ sgxComponents: sgx, pceSvn, tdxComponents: tdx }) => ({ sgx, pceSvn, tdx })),
    ).toEqual(RANKS);
  });

  test('are refused when two have the same SVNs, whatever else they say', () => {
    const levels = [
      platformLevel({ pceSvn: 5 }),
      platformLevel({ pceSvn: 7 }),
      platformLevel({ pceSvn: 5, status: 'OutOfDate', date: '2020-01-01' }),
    ];
    expect(() => tcbInfoOf({ tcbLevels: levels })).toThrow('tcbInfo.tcbLevels has two levels of one rank');
  });

  test('of a module are sorted by ISVSVN, and refused when two have one ISVSVN', () => {
    const withLevels = (...isvSvns: readonly number[]) =>
      tcbInfoOf({
        tdxModuleIdentities: [
          moduleIdentity(
            'TDX_01',
            isvSvns.map((isvSvn, index) => isvSvnLevel(isvSvn, { date: `2024-01-0${index + 1}` })),
          ),
        ],
      }).moduleIdentities?.[0]?.levels.map(({ isvSvn }) => isvSvn);
    expect(withLevels(2, 10, 0, 300, 9)).toEqual([300, 10, 9, 2, 0]);
    expect(() => withLevels(2, 10, 2)).toThrow(
      'tcbInfo.tdxModuleIdentities[0].tcbLevels has two levels of one rank',
    );
  });
});
