/** What is said of Intel’s lists: none, several at fault, which certificates they are about. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Certificate, parseCertificate } from '../../../src/pki/certificate.js';
import { examinePckChain, type PckChain, readPresentedChain } from '../../../src/tee/tdx/pck-chain.js';
import { examineRevocation } from '../../../src/tee/tdx/revocation.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { chainParts, pinnedIntel } from './examined-chain.js';
import { AT, days, flipped } from './judged.js';
import { pemChain } from './minted-chain.js';
import { listOf, revoking } from './minted-list.js';

let chain: PckChain;
let signer: Certificate;
let rootList: Uint8Array;
let pckList: Uint8Array;
beforeAll(async () => {
  const { leaf, platform, root } = await chainParts();
  const examined = await examinePckChain(
    readPresentedChain(pemChain(leaf, platform, root)),
    await pinnedIntel(),
    AT,
  );
  if (examined.chain === null) throw new Error('a simulated chain is good');
  chain = examined.chain;
  signer = parseCertificate((await simulatedIntel()).authorities.tcbSigning.certificate);
  rootList = await listOf('tdx-root-crl');
  pckList = await listOf('tdx-pck-crl');
});

const CODES = [
  'tdx_crl_signature_invalid',
  'tdx_pck_revoked',
  'tdx_pck_ca_revoked',
  'tdx_tcb_signing_revoked',
];

async function examine(changes: Partial<Parameters<typeof examineRevocation>[0]> = {}) {
  const findings = await examineRevocation({
    chain,
    signers: [signer],
    rootLists: [rootList],
    pckLists: [pckList],
    at: AT,
    mode: 'required',
    staleHours: 0,
    ...changes,
  });
  expect(findings.checks.map(({ id }) => id)).toEqual(CODES);
  const told = findings.checks.map(({ outcome, observed }) => `${outcome}: ${observed}`);
  const problems = findings.problems.map(({ code, why, requirement, tolerated, nextUpdate }) => ({
    code,
    why,
    of: `${requirement.kind} ${requirement.subject}`,
    tolerated,
    nextUpdate,
  }));
  return { ...findings, told, problems };
}

const ISSUED = `the list of ${days(-10).toISOString()}`;
const plain = { tolerated: undefined, nextUpdate: undefined };
const ROOT_LIST = 'tdx-root-crl intel';
const PCK_LIST = 'tdx-pck-crl platform';

describe('lists in force', () => {
  test('say of each certificate that it is not on them', async () => {
    const { told, problems, checks, root, pck, revokedSigners } = await examine();
    expect(told).toEqual(['pass: the signatures hold', ...Array(3).fill(`pass: not on ${ISSUED}`)]);
    expect(checks.map(({ expected }) => expected)).toEqual([
      'lists with number and authority key identifier, signed by their issuer',
      'Intel SGX PCK Certificate not on the list',
      'Intel SGX PCK Platform CA not on the list',
      'Intel SGX TCB Signing not on the list',
    ]);
    expect([problems, revokedSigners]).toEqual([[], []]);
    expect([root === null, pck === null]).toEqual([false, false]);
  });

  test('begun at the very instant count', async () => {
    const { told } = await examine({ rootLists: [await listOf('tdx-root-crl', { thisUpdate: AT })] });
    expect(told[2]).toBe(`pass: not on the list of ${AT.toISOString()}`);
  });

  test('name each kind of signer once', async () => {
    const { checks } = await examine({ signers: [signer, signer, chain.ca] });
    expect(checks[3]?.expected).toBe('Intel SGX TCB Signing, Intel SGX PCK Platform CA not on the list');
    expect((await examine({ signers: [] })).told[3]).toBe(
      'not_run: no signing certificate that leads to the root',
    );
  });

  test('name the serial number that they list', async () => {
    const listed = await listOf('tdx-root-crl', revoking(chain.ca.serialNumber, signer.serialNumber));
    const { told, revokedSigners } = await examine({ rootLists: [listed] });
    expect(told.slice(2)).toEqual([
      `fail: serial number 0x${chain.ca.serialNumberHex} is on ${ISSUED}`,
      `fail: serial number 0x${signer.serialNumberHex} is on ${ISSUED}`,
    ]);
    expect(revokedSigners).toEqual([signer]);
  });
});

describe('lists that are not there', () => {
  const UNSAID = 'not_run: no list that its issuer signed and that had begun';

  test('are problems of their own, one for each', async () => {
    const { told, problems, root, pck } = await examine({ rootLists: [], pckLists: [] });
    expect(told).toEqual(['not_run: no list that could be read', UNSAID, UNSAID, UNSAID]);
    expect(problems).toEqual([
      { ...plain, code: 'collateral_unavailable', why: 'none at hand', of: ROOT_LIST },
      { ...plain, code: 'collateral_unavailable', why: 'none at hand', of: PCK_LIST },
    ]);
    expect([root, pck]).toEqual([null, null]);
  });

  test('are tolerated where the caller says so, each by itself', async () => {
    const { told, problems } = await examine({ rootLists: [], mode: 'best-effort' });
    expect(told).toEqual(['pass: the signatures hold', `pass: not on ${ISSUED}`, UNSAID, UNSAID]);
    expect(problems).toEqual([
      { ...plain, code: 'collateral_unavailable', why: 'none at hand', of: ROOT_LIST, tolerated: true },
    ]);
  });

  test('and those that cannot be read are told apart', async () => {
    const { told, problems } = await examine({ pckLists: [Uint8Array.of(0x30)] });
    expect(told[1]).toBe(UNSAID);
    expect(problems).toMatchObject([
      { code: 'collateral_malformed', of: PCK_LIST, why: expect.stringMatching(/\w/u) },
    ]);
  });
});

describe('lists at fault', () => {
  test('are named, both of them, with what they lack', async () => {
    const forged = flipped(rootList, rootList.length - 1);
    const nameless = await listOf('tdx-pck-crl', { without: ['number'] });
    const { told } = await examine({ rootLists: [forged], pckLists: [nameless] });
    expect(told[0]).toBe(
      'fail: the root CA revocation list is not signed by its issuer; the PCK revocation list of the Platform CA has no number',
    );
    const alone = await examine({ rootLists: [forged] });
    expect(alone.told[0]).toBe('fail: the root CA revocation list is not signed by its issuer');
    expect(alone.told[1]).toBe(`pass: not on ${ISSUED}`);
  });

  test('of the future say when they were issued', async () => {
    const early = await listOf('tdx-root-crl', { thisUpdate: days(1) });
    const { problems, root } = await examine({ rootLists: [early] });
    expect(problems).toEqual([
      { ...plain, code: 'clock_skew', why: `issued ${days(1).toISOString()}`, of: ROOT_LIST },
    ]);
    expect(root).toBeNull();
  });

  test('past their end say when that was, and count in a grace alone', async () => {
    const ended = [await listOf('tdx-pck-crl', { nextUpdate: days(-1) })];
    const { told, problems, pck } = await examine({ pckLists: ended });
    expect(problems).toEqual([
      {
        code: 'tdx_crl_stale',
        why: `nextUpdate ${days(-1).toISOString()}`,
        of: PCK_LIST,
        tolerated: undefined,
        nextUpdate: days(-1),
      },
    ]);
    expect(told[1]).toBe(`not_run: ${ISSUED} is past its nextUpdate at ${AT.toISOString()}`);
    expect(pck).toBeNull();
    const granted = await examine({ pckLists: ended, staleHours: 24 });
    expect(granted.told[1]).toBe(`pass: not on ${ISSUED}`);
    expect(granted.pck).not.toBeNull();
    expect(granted.problems).toHaveLength(1);
  });
});
