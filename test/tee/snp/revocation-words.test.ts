/** What is said of AMD’s lists: none, several, those at fault. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Certificate } from '../../../src/pki/certificate.js';
import { mintCrl } from '../../../src/simulator/amd/crl.js';
import type { CrlPlan } from '../../../src/simulator/crl.js';
import type { SnpChain } from '../../../src/tee/snp/chain.js';
import { examineRevocation, parseAmdCrl, revocationNotExamined } from '../../../src/tee/snp/revocation.js';
import { AT, keyNamed, mint, mintAuthority, mintRoot } from '../../pki/miniature.js';

const DAY = 86_400_000;
const days = (count: number): Date => new Date(AT.getTime() + count * DAY);

let chain: SnpChain;
let plan: CrlPlan;
beforeAll(async () => {
  const ark: Certificate = await mintRoot('ARK-Milan');
  const authority = await mintAuthority('SEV-Milan', 'ARK-Milan', { serialNumber: 0x1234n });
  const leaf = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Milan', key: 'leaf' });
  chain = { leaf, authority, ark, product: 'Milan' };
  const key = await keyNamed('ARK-Milan');
  const window = { thisUpdate: days(-10), nextUpdate: days(10) };
  plan = { issuer: 'ARK-Milan', issuerKey: key, signingKey: key, revoked: [], ...window };
});

const listOf = async (change: Partial<CrlPlan> = {}): Promise<Uint8Array> =>
  (await mintCrl({ ...plan, ...change })).der;
const revoking: Partial<CrlPlan> = { revoked: [{ serialNumber: 0x1234n, revokedAt: days(-11) }] };

const CODES = [
  'collateral_unavailable',
  'collateral_malformed',
  'snp_crl_signature_invalid',
  'clock_skew',
  'snp_crl_stale',
  'snp_ca_revoked',
];

async function examine(
  lists: readonly Uint8Array[],
  changes: Partial<Parameters<typeof examineRevocation>[0]> = {},
) {
  const request = {
    chain,
    lists,
    signingKey: 'VCEK',
    at: AT,
    mode: 'required',
    staleHours: 0,
    absence: null,
  } as const;
  const findings = await examineRevocation({ ...request, ...changes });
  expect(findings.checks.map(({ id }) => id)).toEqual(CODES);
  const told = findings.checks.map(({ outcome, observed }) => `${outcome}: ${observed}`);
  return { ...findings, told };
}

const NUMBER = days(-10).getTime() / 1000;
const GOOD = [
  'pass: a list is at hand',
  'pass: read',
  'pass: the signature holds',
  `pass: issued ${days(-10).toISOString()}`,
  `pass: list ${NUMBER}, nextUpdate ${days(10).toISOString()}`,
  `pass: not on list ${NUMBER}`,
];

describe('a list', () => {
  test('in force is told check by check', async () => {
    const { told, list, stale, checks } = await examine([await listOf()]);
    expect(told).toEqual(GOOD);
    expect([list === null, stale]).toEqual([false, false]);
    expect(checks.map(({ expected }) => expected)).toEqual([
      'https://kdsintf.amd.com/vcek/v1/Milan/crl',
      'a DER list with nextUpdate and number',
      'signed by ARK-Milan',
      `a list issued no later than ${AT.toISOString()}`,
      `nextUpdate not before ${AT.toISOString()}`,
      'SEV-Milan and ARK-Milan not on the list',
    ]);
  });

  test('that is not there is missing, or tolerated', async () => {
    const NONE = 'no revocation list at hand';
    const required = await examine([]);
    expect(required.told).toEqual([`fail: ${NONE}`, ...Array(5).fill(`not_run: ${NONE}`)]);
    expect([required.list, required.stale]).toEqual([null, false]);
    const tolerated = await examine([], { mode: 'best-effort' });
    expect(tolerated.told[0]).toBe(`not_run: ${NONE}, which best-effort tolerates`);
    for (const { checks } of [required, tolerated]) {
      expect(checks[0]?.expected).toBe('the list of https://kdsintf.amd.com/vcek/v1/Milan/crl');
      expect(checks[0]?.remedy).toMatch(/^Download the list with `curl .*amd\/vcek_crl\.der/u);
    }
  });

  test('that nobody looked for says why', () => {
    const { list, stale, checks } = revocationNotExamined('no chain');
    expect([list, stale]).toEqual([null, false]);
    expect(checks.map(({ outcome, observed }) => [outcome, observed])).toEqual(
      Array(6).fill(['not_run', 'no chain']),
    );
  });

  test('that cannot be read, or has no number', async () => {
    const { told, list } = await examine([await listOf({ without: ['number'] })]);
    expect(told.slice(1)).toEqual([
      'fail: a list without number',
      'not_run: no list could be read',
      'not_run: no list that AMD signed',
      'not_run: no list that AMD signed and that had begun',
      'not_run: no list that AMD signed and that had begun',
    ]);
    expect(list).toBeNull();
    const unnumbered = await listOf({ without: ['number'] });
    expect(() => parseAmdCrl(unnumbered)).toThrow('a list without number');
  });

  test('that AMD did not sign', async () => {
    const { told } = await examine([await listOf({ signingKey: await keyNamed('stranger') })]);
    expect(told.slice(2, 4)).toEqual(['fail: not signed by it', 'not_run: no list that AMD signed']);
  });

  test('past its end is stale, and says nothing of whom it does not list', async () => {
    const ended = [await listOf({ nextUpdate: days(-1) })];
    const { told, list, stale } = await examine(ended);
    expect(told.slice(4)).toEqual([
      `fail: list ${NUMBER}, nextUpdate ${days(-1).toISOString()}`,
      'not_run: the list is past its nextUpdate',
    ]);
    expect([list, stale]).toEqual([null, true]);
    const granted = await examine(ended, { staleHours: 24 });
    expect(granted.told.slice(4)).toEqual([
      `pass: list ${NUMBER}, nextUpdate ${days(-1).toISOString()}, in grace until ${AT.toISOString()}`,
      `pass: not on list ${NUMBER}`,
    ]);
    expect([granted.list === null, granted.stale]).toEqual([false, true]);
  });

  test('that names the authority revokes it, in force or not', async () => {
    for (const nextUpdate of [days(10), days(-1)]) {
      const { told } = await examine([await listOf({ ...revoking, nextUpdate })]);
      expect(told[5]).toBe(`fail: SEV-Milan (serial number 0x1234) is on list ${NUMBER}`);
    }
  });
});

describe('several lists', () => {
  test('are counted, and those of the future told with all their times', async () => {
    const early = [await listOf({ thisUpdate: days(1) }), await listOf({ thisUpdate: days(2) })];
    const { told, list } = await examine(early);
    expect(told[0]).toBe('pass: 2 lists are at hand');
    expect(told[3]).toBe(`fail: issued ${days(1).toISOString()}, ${days(2).toISOString()}`);
    expect(list).toBeNull();
  });

  test('of one number are judged by the one that revokes, in whatever order', async () => {
    const plain = await listOf();
    const listing = await listOf(revoking);
    for (const lists of [
      [plain, listing],
      [listing, plain],
    ]) {
      expect((await examine(lists)).told[5]).toMatch(/^fail: SEV-Milan/u);
    }
    // Neither revokes: the first stands, and nothing is wrong with it.
    expect((await examine([plain, await listOf({ nextUpdate: days(9) })])).told[4]).toBe(
      `pass: list ${NUMBER}, nextUpdate ${days(10).toISOString()}`,
    );
    const both = [listing, await listOf({ ...revoking, nextUpdate: days(9) })];
    expect((await examine(both)).told[4]).toBe(`pass: list ${NUMBER}, nextUpdate ${days(10).toISOString()}`);
  });

  test('are judged by the newest, though an older one revokes', async () => {
    const older = await listOf({ ...revoking, thisUpdate: days(-20) });
    expect((await examine([older, await listOf()])).told).toEqual([
      'pass: 2 lists are at hand',
      ...GOOD.slice(1),
    ]);
  });
});
