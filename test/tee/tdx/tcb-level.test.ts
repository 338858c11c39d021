import { describe, expect, test } from '@jest/globals';
import { allZero } from '../../../src/bytes/encoding.js';
import type { TcbInfo } from '../../../src/tee/tdx/tcb-info.js';
import { evaluateTcb, matchModule, type TcbFinding, type TcbInput } from '../../../src/tee/tdx/tcb-level.js';
import {
  asTcbInfo,
  changed,
  components,
  isvSvnLevel,
  moduleIdentity,
  platformLevel,
  qeIdentityOf,
  statusOf,
  svns,
  tcbInfoBytes,
  tcbInfoJson,
  tcbInfoOf,
  whyOf,
} from './tcb-documents.js';

/** A genuine platform and the documents of its day, reduced to what the evaluation reads. */
const GENUINE: TcbInput = {
  components: components(3, 3, 2, 2, 4, 1, 0, 5),
  pceSvn: 11,
  qeIsvSvn: 4,
  teeTcbSvn: svns(6, 1, 3),
  teeTcbSvn2: null,
};
const INFO = tcbInfoOf({
  tdxModuleIdentities: [
    moduleIdentity('TDX_03', [isvSvnLevel(3)]),
    moduleIdentity('TDX_01', [
      isvSvnLevel(4),
      isvSvnLevel(2, { status: 'OutOfDate', date: '2023-08-09', advisories: ['INTEL-SA-01036'] }),
    ]),
  ],
  tcbLevels: [
    platformLevel({ sgx: components(2, 2, 2, 2, 3, 1, 0, 5), pceSvn: 11, tdx: components(5, 0, 2) }),
    platformLevel({
      sgx: components(2, 2, 2, 2, 3, 1, 0, 5),
      pceSvn: 5,
      tdx: components(5, 0, 2),
      status: 'OutOfDate',
      date: '2018-01-04',
      advisories: ['INTEL-SA-00106'],
    }),
  ],
});
const QE = qeIdentityOf();

const evaluate = (changes: Partial<TcbInput>, info: TcbInfo = INFO, qe = QE): TcbFinding =>
  evaluateTcb({ ...GENUINE, ...changes }, info, qe);

const NO_SIGNER = new Uint8Array(48);
const NO_ATTRIBUTES = new Uint8Array(8);

describe('the numbers of a genuine platform', () => {
  test('UpToDate: the first platform level, module level 4', () => {
    const part = { status: 'UpToDate', date: '2024-03-13', advisories: [] };
    expect(evaluate({})).toEqual({
      matched: true,
      status: 'UpToDate',
      launch: { ...part, platform: part, module: part, qe: part },
      current: null,
    });
  });

  test('module SVN 4 stays UpToDate, though module 1.0 would have to have 5', () => {
    expect(statusOf(evaluate({ teeTcbSvn: svns(4, 1, 3) }))).toBe('UpToDate');
  });

  test('module SVN 2 and 3 are OutOfDate, with the module’s date and advisory', () => {
    for (const svn of [2, 3]) {
      expect(evaluate({ teeTcbSvn: svns(svn, 1, 3) })).toMatchObject({
        status: 'OutOfDate',
        launch: {
          date: '2023-08-09',
          advisories: ['INTEL-SA-01036'],
          platform: { status: 'UpToDate', date: '2024-03-13' },
          module: { status: 'OutOfDate', date: '2023-08-09', advisories: ['INTEL-SA-01036'] },
        },
      });
    }
  });

  test('module SVN 1 is not supported', () => {
    expect(whyOf(evaluate({ teeTcbSvn: svns(1, 1, 3) }))).toBe(
      'At launch no level of TDX module TDX_01 is reached: ISVSVN is 1 and must be at least 2.',
    );
  });

  test('module version 2 is no module that the document knows', () => {
    const teeTcbSvn = svns(6, 2, 3);
    expect(matchModule(teeTcbSvn, NO_SIGNER, NO_ATTRIBUTES, INFO)).toEqual({
      ok: false,
      expected: 'TDX module 1.0, or one of TDX_03, TDX_01',
      observed: `TDX_02, MRSIGNERSEAM ${'00'.repeat(48)}, SEAMATTRIBUTES ${'00'.repeat(8)}`,
    });
    expect(whyOf(evaluate({ teeTcbSvn }))).toBe('At launch the TCB info has no TDX module identity TDX_02.');
  });
});

describe('the TDX module', () => {
  const signer = (digit: string): string => digit.repeat(96);
  const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
  const info = tcbInfoOf({
    tdxModule: { mrsigner: signer('a'), attributes: '00'.repeat(8), attributesMask: 'FF'.repeat(8) },
    tdxModuleIdentities: [
      moduleIdentity('TDX_01', [isvSvnLevel(0)], signer('b')),
      moduleIdentity('tdx_0a', [isvSvnLevel(0)], signer('C')),
      moduleIdentity('TDX_10', [isvSvnLevel(0)], signer('d')),
    ],
  });

  test.each([
    ['1.0 by tdxModule', 0, 'a', true],
    ['1.0 not by an identity', 0, 'b', false],
    ['1.5 by its identity', 1, 'b', true],
    ['1.5 not by tdxModule', 1, 'a', false],
    ['1.5 not by another identity', 1, 'c', false],
    ['version 10 by its hex id, in any case', 10, 'c', true],
    ['version 16 by its hex id', 16, 'd', true],
    ['version 2 by nothing', 2, 'a', false],
  ])('%s', (_name, major, digit, ok) => {
    expect(matchModule(svns(0, major), bytes(signer(digit)), NO_ATTRIBUTES, info).ok).toBe(ok);
  });

  test('is told apart by any byte of its signer', () => {
    for (let index = 0; index < 48; index += 1) {
      const mrSigner = bytes(signer('b'));
      mrSigner[index] = 0;
      expect(matchModule(svns(0, 1), mrSigner, NO_ATTRIBUTES, info)).toMatchObject({
        ok: false,
        expected: `MRSIGNERSEAM ${signer('b')}, SEAMATTRIBUTES ${'00'.repeat(8)}`,
      });
    }
  });

  test('has no attribute set, not even one that the document asks for', () => {
    for (let index = 0; index < 8; index += 1) {
      const attributes = new Uint8Array(8);
      attributes[index] = 0x80;
      const hex = Buffer.from(attributes).toString('hex');
      expect(allZero(attributes)).toBe(false);
      const asked = asTcbInfo(
        tcbInfoBytes(changed(tcbInfoJson(), ['tdxModuleIdentities', 0, 'attributes'], hex)),
      );
      for (const document of [INFO, asked]) {
        expect(matchModule(svns(6, 1), NO_SIGNER, attributes, document).ok).toBe(false);
      }
      expect(matchModule(svns(6, 1), NO_SIGNER, NO_ATTRIBUTES, asked).ok).toBe(false);
    }
  });

  test('of version 1 and on is never held to tdxModule when the document has no identities', () => {
    const without = asTcbInfo(tcbInfoBytes(changed(tcbInfoJson(), ['tdxModuleIdentities'], undefined)));
    expect(matchModule(svns(6, 0), NO_SIGNER, NO_ATTRIBUTES, without).ok).toBe(true);
    expect(matchModule(svns(6, 1), NO_SIGNER, NO_ATTRIBUTES, without)).toMatchObject({
      ok: false,
      expected: 'TDX module 1.0',
    });
    expect(whyOf(evaluate({ teeTcbSvn: svns(6, 1, 3) }, without))).toBe(
      'At launch the TCB info has no TDX module identity TDX_01.',
    );
  });
});

describe('levels', () => {
  test('the first that fits counts, not the best', () => {
    // As sent, the level of all is in front; sorted, it is the last resort.
    const info = tcbInfoOf({
      tcbLevels: [
        platformLevel({ sgx: components(1), status: 'OutOfDate' }),
        platformLevel({ sgx: components(9) }),
        platformLevel({ sgx: components(5), status: 'ConfigurationNeeded' }),
      ],
    });
    const judge = (svn: number): string => statusOf(evaluate({ components: components(svn) }, info));
    expect([9, 8, 5, 4, 1, 0].map(judge)).toEqual([
      'UpToDate',
      'ConfigurationNeeded',
      'ConfigurationNeeded',
      'OutOfDate',
      'OutOfDate',
      'unmatched',
    ]);
  });

  test('of the QE: of two with one ISVSVN the later counts', () => {
    const qe = qeIdentityOf({
      tcbLevels: [
        isvSvnLevel(4, { date: '2023-01-01' }),
        isvSvnLevel(4, { date: '2024-01-01', status: 'OutOfDate' }),
      ],
    });
    expect(statusOf(evaluate({}, INFO, qe))).toBe('OutOfDate');
  });

  test('module 1.0 has none of its own, and its part is null', () => {
    const finding = evaluate({ teeTcbSvn: svns(5, 0, 2) });
    expect(finding).toMatchObject({ matched: true, status: 'UpToDate', launch: { module: null } });
    expect(statusOf(evaluate({ teeTcbSvn: svns(4, 0, 2) }))).toBe('unmatched');
  });

  test('all that lacks is said at once', () => {
    expect(whyOf(evaluate({ teeTcbSvn: svns(0, 1, 1), pceSvn: 4, qeIsvSvn: 3 }))).toBe(
      'At launch no platform level is reached: for the lowest one PCESVN is 4 and must be at least 5, ' +
        'TEE_TCB_SVN[2] is 1 and must be at least 2, and no level of TDX module TDX_01 is reached: ISVSVN is 0 ' +
        'and must be at least 2, and no level of the QE is reached: ISVSVN is 3 and must be at least 4.',
    );
  });
});

describe('the module now running', () => {
  const outdated = svns(2, 1, 3);

  test('is evaluated as well, and both are reported', () => {
    expect(evaluate({ teeTcbSvn: outdated, teeTcbSvn2: svns(4, 1, 3) })).toMatchObject({
      status: 'TDRelaunchAdvised',
      launch: { status: 'OutOfDate', date: '2023-08-09', advisories: ['INTEL-SA-01036'] },
      current: { status: 'UpToDate', date: '2024-03-13', advisories: [] },
    });
    expect(evaluate({ teeTcbSvn2: outdated })).toMatchObject({
      status: 'UpToDate',
      launch: { status: 'UpToDate', date: '2024-03-13', advisories: [] },
      current: { status: 'OutOfDate', date: '2023-08-09', advisories: ['INTEL-SA-01036'] },
    });
  });

  test('has its own identity, and another one’s levels say nothing', () => {
    const status = (teeTcbSvn2: Uint8Array): string =>
      statusOf(evaluate({ teeTcbSvn: outdated, teeTcbSvn2 }));
    expect(status(svns(3, 3, 3))).toBe('TDRelaunchAdvised');
    expect(status(svns(2, 3, 3))).toBe('unmatched');
  });

  test('is not compared with a signer: only levels and the identity’s presence count', () => {
    const foreign = asTcbInfo(
      tcbInfoBytes(
        changed(
          tcbInfoJson({
            tdxModuleIdentities: [
              moduleIdentity('TDX_01', [isvSvnLevel(2, { status: 'OutOfDate' })]),
              moduleIdentity('TDX_03', [isvSvnLevel(3)], 'ab'.repeat(48)),
            ],
          }),
          ['tdxModuleIdentities', 1, 'attributes'],
          'ff'.repeat(8),
        ),
      ),
    );
    expect(statusOf(evaluate({ teeTcbSvn2: svns(3, 3) }, foreign))).toBe('TDRelaunchAdvised');
  });

  test('decides by its own major version whether components 0 and 1 are compared', () => {
    // The platform’s level asks for 5 in component 0.
    expect(statusOf(evaluate({ teeTcbSvn2: svns(5, 0, 2) }))).toBe('UpToDate');
    expect(whyOf(evaluate({ teeTcbSvn2: svns(4, 0, 2) }))).toBe(
      'With the module now running no platform level is reached: for the lowest one TEE_TCB_SVN_2[0] is 4 ' +
        'and must be at least 5.',
    );
    expect(statusOf(evaluate({ teeTcbSvn: svns(5, 0, 2), teeTcbSvn2: svns(4, 1, 2) }))).toBe('UpToDate');
  });

  test.each([
    [
      'an unknown module',
      svns(6, 2, 3),
      'With the module now running the TCB info has no TDX module identity TDX_02.',
    ],
    [
      'no module level',
      svns(1, 1, 3),
      'With the module now running no level of TDX module TDX_01 is reached: ISVSVN is 1 and must be at least 2.',
    ],
    [
      'no platform level',
      svns(6, 1, 1),
      'With the module now running no platform level is reached: for the lowest one TEE_TCB_SVN_2[2] is 1 ' +
        'and must be at least 2.',
    ],
  ])('takes the status from the whole TD with %s', (_name, teeTcbSvn2, why) => {
    expect(statusOf(evaluate({}))).toBe('UpToDate');
    expect(whyOf(evaluate({ teeTcbSvn2 }))).toBe(why);
    expect(whyOf(evaluate({ teeTcbSvn: outdated, teeTcbSvn2 }))).toBe(why);
  });
});

test('vectors of another length are a mistake of the caller', () => {
  for (const changes of [
    { components: [1, 2] },
    { components: [...components(), 0] },
    { teeTcbSvn: new Uint8Array(15) },
    { teeTcbSvn: new Uint8Array(17) },
    { teeTcbSvn2: new Uint8Array() },
  ]) {
    expect(() => evaluate(changes)).toThrow(RangeError);
  }
});
