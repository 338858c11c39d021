/**
 * Every combination of statuses. The tables are written out by hand from what Intel’s library does, and are not
 * computed: a rule that is wrong in the code should not be wrong here in the same way.
 */
import { describe, expect, test } from '@jest/globals';
import type { TcbStatus, TdxTcbStatus } from '../../../src/tee/tdx/collateral.js';
import { evaluateTcb, type TcbFinding } from '../../../src/tee/tdx/tcb-level.js';
import {
  components,
  isvSvnLevel,
  type LevelSketch,
  moduleIdentity,
  platformLevel,
  qeIdentityOf,
  svns,
  tcbInfoOf,
} from './tcb-documents.js';

/** Short names, for tables that can be read. */
const WORDS = {
  utd: 'UpToDate',
  swh: 'SWHardeningNeeded',
  cfg: 'ConfigurationNeeded',
  csw: 'ConfigurationAndSWHardeningNeeded',
  ood: 'OutOfDate',
  ooc: 'OutOfDateConfigurationNeeded',
  rev: 'Revoked',
  tra: 'TDRelaunchAdvised',
  trc: 'TDRelaunchAdvisedConfigurationNeeded',
} as const satisfies Record<string, TdxTcbStatus>;
type Word = keyof typeof WORDS;
const isWord = (text: string): text is Word => Object.hasOwn(WORDS, text);

/** `head` names the columns, the first word of each line its row; gives row, column and what stands there. */
function cells(head: string, lines: readonly string[]): (readonly [string, Word, TdxTcbStatus])[] {
  const columns = head.trim().split(/\s+/).filter(isWord);
  return lines.flatMap((line) => {
    const [row = '', ...words] = line.trim().split(/\s+/);
    const values = words.filter(isWord);
    if (values.length !== columns.length) throw new TypeError(`a hole in ${line}`);
    return values.map((value, index) => [row, columns[index] ?? 'utd', WORDS[value]] as const);
  });
}

/** One run: levels that everybody reaches, with these words. */
function judge(platform: LevelSketch, module: LevelSketch | null, qe: LevelSketch): TcbFinding {
  const info = tcbInfoOf({
    tcbLevels: [platformLevel(platform)],
    tdxModuleIdentities: [moduleIdentity('TDX_01', [isvSvnLevel(0, module ?? {})])],
  });
  const teeTcbSvn = module === null ? svns(0, 0) : svns(0, 1);
  const input = { components: components(), pceSvn: 0, qeIsvSvn: 0, teeTcbSvn, teeTcbSvn2: null };
  return evaluateTcb(input, info, qeIdentityOf({ tcbLevels: [isvSvnLevel(0, qe)] }));
}

/** Rows: platform, then module, where `none` is module 1.0; columns: the QE. */
const CONVERGENCE = [
  'utd:none   utd  ood  rev',
  'utd:utd    utd  ood  rev',
  'utd:ood    ood  ood  rev',
  'utd:rev    rev  rev  rev',
  'swh:none   swh  ood  rev',
  'swh:utd    swh  ood  rev',
  'swh:ood    ood  ood  rev',
  'swh:rev    rev  rev  rev',
  'cfg:none   cfg  ooc  rev',
  'cfg:utd    cfg  ooc  rev',
  'cfg:ood    ooc  ooc  rev',
  'cfg:rev    rev  rev  rev',
  'csw:none   csw  ooc  rev',
  'csw:utd    csw  ooc  rev',
  'csw:ood    ooc  ooc  rev',
  'csw:rev    rev  rev  rev',
  'ood:none   ood  ood  rev',
  'ood:utd    ood  ood  rev',
  'ood:ood    ood  ood  rev',
  'ood:rev    rev  rev  rev',
  'ooc:none   ooc  ooc  rev',
  'ooc:utd    ooc  ooc  rev',
  'ooc:ood    ooc  ooc  rev',
  'ooc:rev    rev  rev  rev',
  'rev:none   rev  rev  rev',
  'rev:utd    rev  rev  rev',
  'rev:ood    rev  rev  rev',
  'rev:rev    rev  rev  rev',
];

describe('platform, module and QE', () => {
  const rows = cells('utd ood rev', CONVERGENCE).map(([row, qe, status]) => {
    const [platform = '', module = ''] = row.split(':');
    return { platform, module, qe, status };
  });

  test('are 7 x 4 x 3 combinations', () => {
    expect(rows).toHaveLength(84);
    expect(new Set(rows.map(({ platform, module, qe }) => `${platform} ${module} ${qe}`)).size).toBe(84);
  });

  test.each(rows)('$platform, $module, $qe: $status', ({ platform, module, qe, status }) => {
    if (!isWord(platform)) throw new TypeError(platform);
    const sketch = (word: string): LevelSketch | null => (isWord(word) ? { status: WORDS[word] } : null);
    const finding = judge({ status: WORDS[platform] }, sketch(module), { status: WORDS[qe] });
    expect(finding).toMatchObject({
      matched: true,
      status,
      current: null,
      launch: {
        status,
        platform: { status: WORDS[platform] },
        module: isWord(module) ? { status: WORDS[module] } : null,
        qe: { status: WORDS[qe] },
      },
    });
  });
});

/** Rows: the status at launch; columns: with the module now running. */
const RELAUNCH_HEAD = '  utd  swh  cfg  csw  ood  ooc  rev';
const RELAUNCH = [
  'utd    utd  utd  utd  utd  utd  utd  rev',
  'swh    swh  swh  swh  swh  swh  swh  rev',
  'cfg    cfg  cfg  cfg  cfg  cfg  cfg  rev',
  'csw    csw  csw  csw  csw  csw  csw  rev',
  'ood    tra  tra  trc  trc  ood  ood  rev',
  'ooc    trc  trc  trc  trc  ooc  ooc  rev',
  'rev    rev  rev  rev  rev  rev  rev  rev',
];

/** Two runs: the module at launch has ISVSVN 1 and microcode component 1, the one now running 2 and 2. */
function judgeBoth(
  launch: { readonly platform: TcbStatus; readonly module: TcbStatus },
  current: { readonly platform: TcbStatus; readonly module: TcbStatus },
): TcbFinding {
  const info = tcbInfoOf({
    tcbLevels: [
      platformLevel({ tdx: components(0, 0, 2), status: current.platform }),
      platformLevel({ tdx: components(0, 0, 1), status: launch.platform }),
    ],
    tdxModuleIdentities: [
      moduleIdentity('TDX_01', [
        isvSvnLevel(2, { status: current.module }),
        isvSvnLevel(1, { status: launch.module }),
      ]),
    ],
  });
  const svn = { components: components(), pceSvn: 0, qeIsvSvn: 4 };
  return evaluateTcb({ ...svn, teeTcbSvn: svns(1, 1, 1), teeTcbSvn2: svns(2, 1, 2) }, info, qeIdentityOf());
}

const isDocumentStatus = (status: TdxTcbStatus): status is TcbStatus => !status.startsWith('TDRelaunch');

function documentStatus(word: string): TcbStatus {
  const status = isWord(word) ? WORDS[word] : 'TDRelaunchAdvised';
  if (!isDocumentStatus(status)) throw new TypeError(word);
  return status;
}

/** Another way to each status: where the module can, it spoils an otherwise better platform. */
const BY_MODULE: Readonly<Record<TcbStatus, { readonly platform: TcbStatus; readonly module: TcbStatus }>> = {
  UpToDate: { platform: 'UpToDate', module: 'UpToDate' },
  SWHardeningNeeded: { platform: 'SWHardeningNeeded', module: 'UpToDate' },
  ConfigurationNeeded: { platform: 'ConfigurationNeeded', module: 'UpToDate' },
  ConfigurationAndSWHardeningNeeded: { platform: 'ConfigurationAndSWHardeningNeeded', module: 'UpToDate' },
  OutOfDate: { platform: 'SWHardeningNeeded', module: 'OutOfDate' },
  OutOfDateConfigurationNeeded: { platform: 'ConfigurationNeeded', module: 'OutOfDate' },
  Revoked: { platform: 'UpToDate', module: 'Revoked' },
};

describe('launch and the module now running', () => {
  const rows = cells(RELAUNCH_HEAD, RELAUNCH).map(([launch, current, status]) => ({
    launch,
    current,
    status,
  }));

  test('are 7 x 7 combinations', () => {
    expect(new Set(rows.map(({ launch, current }) => `${launch} ${current}`)).size).toBe(49);
  });

  test.each(rows)('$launch, then $current: $status', ({ launch, current, status }) => {
    const before = documentStatus(launch);
    const now = documentStatus(current);
    const finding = judgeBoth(
      { platform: before, module: 'UpToDate' },
      { platform: now, module: 'UpToDate' },
    );
    expect(finding).toMatchObject({
      matched: true,
      status,
      launch: { status: before },
      current: { status: now },
    });
  });

  test.each(rows)('$launch, then $current, by way of the module where that can be', (row) => {
    const before = documentStatus(row.launch);
    const now = documentStatus(row.current);
    expect(judgeBoth(BY_MODULE[before], BY_MODULE[now])).toMatchObject({
      matched: true,
      status: row.status,
      launch: { status: before },
      current: { status: now },
    });
  });
});

/** Only the module changes under the TD. Rows: platform, then the module at launch; columns: the module now. */
const MODULE_UPDATE = [
  'utd:utd    utd  utd  rev',
  'utd:ood    tra  ood  rev',
  'utd:rev    rev  rev  rev',
  'swh:utd    swh  swh  rev',
  'swh:ood    tra  ood  rev',
  'swh:rev    rev  rev  rev',
  'cfg:utd    cfg  cfg  rev',
  'cfg:ood    trc  ooc  rev',
  'cfg:rev    rev  rev  rev',
  'csw:utd    csw  csw  rev',
  'csw:ood    trc  ooc  rev',
  'csw:rev    rev  rev  rev',
  'ood:utd    ood  ood  rev',
  'ood:ood    ood  ood  rev',
  'ood:rev    rev  rev  rev',
  'ooc:utd    ooc  ooc  rev',
  'ooc:ood    ooc  ooc  rev',
  'ooc:rev    rev  rev  rev',
  'rev:utd    rev  rev  rev',
  'rev:ood    rev  rev  rev',
  'rev:rev    rev  rev  rev',
];

describe('a module updated on one platform', () => {
  const rows = cells('utd ood rev', MODULE_UPDATE).map(([before, module, status]) => {
    const [platform = '', launch = ''] = before.split(':');
    return { platform, launch, module, status };
  });

  test('are 7 x 3 x 3 combinations', () => {
    expect(rows).toHaveLength(63);
  });

  test.each(rows)('$platform, module $launch, then $module: $status', (row) => {
    const platform = documentStatus(row.platform);
    const finding = judgeBoth(
      { platform, module: documentStatus(row.launch) },
      { platform, module: documentStatus(row.module) },
    );
    expect(finding).toMatchObject({ matched: true, status: row.status });
  });
});

describe('dates and advisories', () => {
  const early = '2021-05-06';
  const middle = '2022-03-04';
  const late = '2023-01-02';

  test.each([
    [early, middle, late],
    [early, late, middle],
    [middle, early, late],
    [late, early, middle],
    [middle, late, early],
    [late, middle, early],
    [early, early, early],
  ])('the earliest of %s, %s and %s counts', (platform, module, qe) => {
    const finding = judge({ date: platform }, { date: module }, { date: qe });
    expect(finding).toMatchObject({
      launch: {
        date: early,
        platform: { date: platform },
        module: { date: module },
        qe: { date: qe },
      },
    });
  });

  test('module 1.0 has no date', () => {
    expect(judge({ date: late }, null, { date: middle })).toMatchObject({ launch: { date: middle } });
  });

  test('the date does not follow the status', () => {
    const finding = judge({ date: early }, { date: late, status: 'OutOfDate' }, { date: middle });
    expect(finding).toMatchObject({ status: 'OutOfDate', launch: { date: early } });
  });

  test('advisories are the platform’s, the QE’s, the module’s, each once and in the order of the lists', () => {
    const finding = judge(
      { advisories: ['INTEL-SA-00960', 'INTEL-SA-00837', 'INTEL-SA-00960'] },
      { advisories: ['INTEL-SA-01036', 'INTEL-SA-00837', 'INTEL-SA-00001'] },
      { advisories: ['INTEL-SA-01099', 'INTEL-SA-00960', 'INTEL-SA-01036'] },
    );
    expect(finding).toMatchObject({
      launch: {
        advisories: [
          'INTEL-SA-00960',
          'INTEL-SA-00837',
          'INTEL-SA-01099',
          'INTEL-SA-01036',
          'INTEL-SA-00001',
        ],
        platform: { advisories: ['INTEL-SA-00960', 'INTEL-SA-00837', 'INTEL-SA-00960'] },
        module: { advisories: ['INTEL-SA-01036', 'INTEL-SA-00837', 'INTEL-SA-00001'] },
        qe: { advisories: ['INTEL-SA-01099', 'INTEL-SA-00960', 'INTEL-SA-01036'] },
      },
    });
  });

  test('an UpToDate level may have advisories as well', () => {
    expect(judge({}, {}, { advisories: ['INTEL-SA-00001'] })).toMatchObject({
      status: 'UpToDate',
      launch: { advisories: ['INTEL-SA-00001'] },
    });
  });
});
