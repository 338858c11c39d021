/** Genuine TCB infos and QE identities with the platforms they are about, against what others computed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bytesOfHex, hexOf } from '../../src/bytes/encoding.js';
import type { TcbLevel } from '../../src/tee/tdx/collateral.js';
import { type QeIdentity, readQeIdentity } from '../../src/tee/tdx/qe-identity.js';
import { readTcbInfo, type TcbInfo } from '../../src/tee/tdx/tcb-info.js';
import {
  evaluateTcb,
  matchModule,
  moduleIdentityOf,
  reachedIsvSvnLevel,
  reachedPlatformLevel,
  type TcbInput,
} from '../../src/tee/tdx/tcb-level.js';
import { moduleIsvSvnOf, moduleMajorOf } from '../../src/tee/tdx/td-report.js';
import { describeWithVectors } from '../vectors-home.js';

/** Fewer would mean that the vectors were not found, or that entries are passed over. */
const SAMPLES = 14;

interface ComputedPart {
  readonly status?: string;
  readonly tcbDate?: string;
  readonly advisories?: readonly string[];
}

interface ManifestEntry {
  readonly slug: string;
  readonly kind: string;
  readonly dir: string;
  readonly collateral: {
    readonly tcb_info: {
      readonly id: string;
      readonly fmspc: string;
      readonly issueDate: string;
      readonly nextUpdate: string;
      readonly tcbEvaluationDataNumber: number;
    };
  };
  readonly expected: {
    readonly tee_tcb_svn: string;
    readonly tee_tcb_svn2?: string;
    readonly mrsignerseam: string;
    readonly seamattributes: string;
    readonly qe: { readonly isvsvn: number; readonly mrsigner: string; readonly isvprodid: number };
    readonly pck: {
      readonly fmspc: string;
      readonly pceid: string;
      readonly cpusvn_comps: readonly number[];
      readonly pcesvn: number;
    };
    readonly tcb_status_computed: {
      readonly platform: ComputedPart;
      readonly tdx_module: ComputedPart;
      readonly qe: ComputedPart;
    };
  };
}

interface Sample {
  readonly entry: ManifestEntry;
  readonly info: TcbInfo;
  readonly identity: QeIdentity;
  readonly input: TcbInput;
  /** As received. */
  readonly texts: { readonly info: string; readonly identity: string };
}

function bytesFrom(hex: string): Uint8Array {
  const bytes = bytesOfHex(hex);
  if (bytes === null) throw new TypeError('the manifest writes hex');
  return bytes;
}

function sampleOf(home: string, entry: ManifestEntry): Sample {
  const read = (name: string): Buffer => readFileSync(join(home, entry.dir, 'collateral', name));
  const [infoBytes, identityBytes] = [read('tcb_info.json'), read('qe_identity.json')];
  const info = readTcbInfo(infoBytes);
  const identity = readQeIdentity(identityBytes);
  if (info.kind === 'other' || identity.kind === 'other') throw new Error(`${entry.slug}: not for TDX`);
  const { pck, qe, tee_tcb_svn: svn, tee_tcb_svn2: svn2 } = entry.expected;
  const input = {
    components: pck.cpusvn_comps,
    pceSvn: pck.pcesvn,
    qeIsvSvn: qe.isvsvn,
    teeTcbSvn: bytesFrom(svn),
    teeTcbSvn2: svn2 === undefined ? null : bytesFrom(svn2),
  };
  const texts = { info: infoBytes.toString('utf8'), identity: identityBytes.toString('utf8') };
  return { entry, info, identity, input, texts };
}

function samplesOf(home: string): readonly Sample[] {
  const manifest = JSON.parse(readFileSync(join(home, 'manifest.json'), 'utf8')) as {
    readonly samples: readonly ManifestEntry[];
  };
  return manifest.samples.filter(({ kind }) => kind === 'tdx-quote').map((entry) => sampleOf(home, entry));
}

/** In the manifest’s words. */
function computedPart(level: TcbLevel | null): ComputedPart {
  if (level === null) return { status: 'no matching level' };
  const tcbDate = level.tcbDate.toISOString().replace('.000Z', 'Z');
  return { status: level.status, tcbDate, advisories: level.advisories };
}

function moduleLevelOf({ info, input }: Sample): TcbLevel | null {
  const identity = moduleIdentityOf(input.teeTcbSvn, info);
  return identity && reachedIsvSvnLevel(identity.levels, moduleIsvSvnOf(input.teeTcbSvn));
}

describeWithVectors('genuine TCB infos and QE identities', (home) => {
  const samples = samplesOf(home);
  const named = samples.map((sample) => [sample.entry.slug, sample] as const);

  test(`there are at least ${SAMPLES}`, () => {
    expect(samples.length).toBeGreaterThanOrEqual(SAMPLES);
  });

  test.each(named)('%s: the documents say what the manifest says of them', (_slug, sample) => {
    const { info, identity, entry, texts } = sample;
    const { tcb_info: said } = entry.collateral;
    expect({
      id: info.id,
      fmspc: info.fmspc.toUpperCase(),
      issueDate: info.issueDate.toISOString().replace('.000Z', 'Z'),
      nextUpdate: info.nextUpdate.toISOString().replace('.000Z', 'Z'),
      tcbEvaluationDataNumber: info.evaluationNumber,
    }).toEqual({
      id: said.id,
      fmspc: said.fmspc.toUpperCase(),
      issueDate: said.issueDate,
      nextUpdate: said.nextUpdate,
      tcbEvaluationDataNumber: said.tcbEvaluationDataNumber,
    });
    expect([info.fmspc, info.pceId]).toEqual([entry.expected.pck.fmspc, entry.expected.pck.pceid]);
    expect(hexOf(identity.mrSigner)).toBe(entry.expected.qe.mrsigner);
    expect(identity.isvProdId).toBe(entry.expected.qe.isvprodid);
    expect(
      `{"tcbInfo":${Buffer.from(info.document.tbs)},"signature":"${hexOf(info.document.signature)}"}`,
    ).toBe(texts.info);
    expect(
      `{"enclaveIdentity":${Buffer.from(identity.document.tbs)},"signature":"${hexOf(identity.document.signature)}"}`,
    ).toBe(texts.identity);
  });

  test.each(named)('%s: platform, module and QE have the status computed by others', (_slug, sample) => {
    const { info, identity, input, entry } = sample;
    const computed = entry.expected.tcb_status_computed;
    const platform = reachedPlatformLevel(info.levels, input, input.teeTcbSvn);
    expect(computedPart(platform)).toEqual(computed.platform);
    expect(computed.qe).toMatchObject(computedPart(reachedIsvSvnLevel(identity.levels, input.qeIsvSvn)));
    if (moduleMajorOf(input.teeTcbSvn) === 0) expect(computed.tdx_module).not.toHaveProperty('status');
    else expect(computed.tdx_module).toMatchObject(computedPart(moduleLevelOf(sample)));

    const finding = evaluateTcb(input, info, identity);
    const unmatched = computed.platform.status === 'no matching level';
    expect(finding.matched).toBe(!unmatched);
    if (!finding.matched) {
      expect(finding.why).toMatch(/^At launch no platform level is reached: for the lowest one \S.*\.$/);
      return;
    }
    for (const [part, level] of [
      ['platform', platform],
      ['module', moduleLevelOf(sample)],
      ['qe', reachedIsvSvnLevel(identity.levels, input.qeIsvSvn)],
    ] as const) {
      const { status, advisories, tcbDate } = computedPart(level);
      const expected = level && { status, advisories, date: tcbDate?.slice(0, 10) };
      expect(finding.launch[part]).toEqual(
        part === 'module' && computed.tdx_module.status === undefined ? null : expected,
      );
    }
    expect(finding.current === null).toBe(entry.expected.tee_tcb_svn2 === undefined);
  });

  test.each(named)('%s: its TDX module is Intel’s', (_slug, { info, input, entry }) => {
    const { mrsignerseam, seamattributes } = entry.expected;
    expect(
      matchModule(input.teeTcbSvn, bytesFrom(mrsignerseam), bytesFrom(seamattributes), info),
    ).toMatchObject({ ok: true });
  });

  test('the merged statuses, by hand', () => {
    const merged = Object.fromEntries(
      samples.map(({ entry, input, info, identity }) => {
        const finding = evaluateTcb(input, info, identity);
        return [entry.slug, finding.matched ? finding.status : 'no matching level'];
      }),
    );
    expect(merged).toMatchObject({
      'v4-gcp-cos-ccel': 'UpToDate',
      'v4-dstack-uptodate': 'UpToDate',
      'v4-near-gas': 'UpToDate',
      'v4-azure-ita': 'UpToDate',
      'v4-edgeless-tdx10': 'UpToDate',
      'v5-tdx15-a': 'UpToDate',
      'v4-debug-td': 'OutOfDate',
      'v4-granite-rapids': 'OutOfDate',
      'v4-onchain-gcp': 'OutOfDate',
      'v4-azure-hcl': 'OutOfDate',
      'v4-spr-e4': 'no matching level',
      'v5-azure-tcb-unmatched': 'no matching level',
      'v5-alibaba-a': 'no matching level',
      'v4-dstack-pck1': 'no matching level',
    });
  });

  test('one genuine document with its module’s SVN moved', () => {
    const sample = samples.find(({ entry }) => entry.slug === 'v4-dstack-uptodate');
    if (sample === undefined) throw new Error('the sample is gone');
    const { info, identity, input } = sample;
    expect(info.evaluationNumber).toBe(17);
    expect(info.levels[0]).toMatchObject({
      sgxComponents: [2, 2, 2, 2, 3, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
      pceSvn: 11,
      tdxComponents: [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      status: 'UpToDate',
    });
    expect(
      info.moduleIdentities?.map(({ id, levels }) => [
        id,
        levels.map(({ isvSvn, status }) => [isvSvn, status]),
      ]),
    ).toEqual([
      ['TDX_03', [[3, 'UpToDate']]],
      [
        'TDX_01',
        [
          [4, 'UpToDate'],
          [2, 'OutOfDate'],
        ],
      ],
    ]);
    const statusAt = (svn: number): string => {
      const teeTcbSvn = Uint8Array.from(input.teeTcbSvn);
      teeTcbSvn[0] = svn;
      const finding = evaluateTcb({ ...input, teeTcbSvn }, info, identity);
      return finding.matched ? finding.status : finding.why;
    };
    expect([6, 4, 2].map(statusAt)).toEqual(['UpToDate', 'UpToDate', 'OutOfDate']);
    expect(statusAt(1)).toBe(
      'At launch no level of TDX module TDX_01 is reached: ISVSVN is 1 and must be at least 2.',
    );
    const later = Uint8Array.from(input.teeTcbSvn);
    later[1] = 2;
    expect(matchModule(later, new Uint8Array(48), new Uint8Array(8), info).ok).toBe(false);
  });
});
