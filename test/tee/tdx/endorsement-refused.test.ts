import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SimulatedTd, TdChanges } from '../../../src/simulator/index.js';
import { type IntelAuthorities, mintIntelAuthorities } from '../../../src/simulator/intel/authorities.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import {
  documentsIn,
  type Files,
  filesOf,
  pem,
  type Reading,
  readFile,
  refusedWith as refused,
} from './endorsement-reading.js';
import { AT, changedTd, days, flipped, present, tdOf, textBytes } from './judged.js';
import { issueOf } from './minted-chain.js';
import { listOf } from './minted-list.js';

let td: SimulatedTd;
let genuine: IntelAuthorities;
let stranger: IntelAuthorities;
let files: Files;

beforeAll(async () => {
  td = await tdOf();
  genuine = (await simulatedIntel()).authorities;
  stranger = await mintIntelAuthorities(AT);
  files = filesOf(td);
});

const read = (file: string, bytes: Uint8Array, { beside, ...given }: Reading & { beside?: Files } = {}) =>
  readFile(file, bytes, beside ?? files, given);

describe('documents and the chain beside them', () => {
  const CASES = [
    ['tcb_info.json', 'tdx_tcb_info_signature_invalid'],
    ['qe_identity.json', 'tdx_qe_identity_signature_invalid'],
  ] as const;
  const CHAIN = 'tcb_signing_chain.pem';

  test.each(CASES)('%s alone is vouched for by nobody', async (file, code) => {
    expect(await read(file, present(files[file]), { beside: {} })).toEqual(
      refused(code, `no ${CHAIN} beside it`),
    );
  });

  test.each(CASES)('%s beside a chain that is not its own', async (file, code) => {
    const bytes = present(files[file]);
    const other = await issueOf('tcbSigning', { key: genuine.platform.key });
    for (const [chain, words] of [
      [pem(other.certificate), 'The certificate beside it did not sign it'],
      [pem(stranger.tcbSigning.certificate, stranger.root.certificate), 'another key than the pinned one'],
      [pem(stranger.tcbSigning.certificate), 'is not signed with the key of'],
      [pem(genuine.platform.certificate), 'not a certificate of Intel SGX TCB Signing'],
      [pem(genuine.root.certificate), 'not one certificate with its root'],
      [textBytes('none'), 'unreadable'],
    ] as const) {
      expect(await read(file, bytes, { beside: { [CHAIN]: chain } })).toEqual(refused(code, words));
    }
  });

  test.each(CASES)('%s issued outside the life of its signing certificate', async (file, code) => {
    for (const change of [{ notBefore: days(-1) }, { notAfter: days(-1) }, { notBefore: AT }]) {
      // It was issued an hour before the instant.
      const { certificate } = await issueOf('tcbSigning', change);
      const answer = await read(file, present(files[file]), { beside: { [CHAIN]: pem(certificate) } });
      const covers = change.notBefore?.getTime() === days(-1).getTime();
      expect(answer).toEqual(covers ? expect.anything() : refused(code, 'signing certificate was not valid'));
      expect(answer[0] === code).toBe(!covers);
    }
  });

  test.each(CASES)('%s with any of its bytes changed', async (file, code) => {
    const bytes = present(files[file]);
    for (let at = 0; at < bytes.length; at += 37) {
      const [answer] = await read(file, flipped(bytes, at, 1 << (at % 8)));
      expect([at, [code, 'collateral_malformed', 'tdx_tcb_info_mismatch'].includes(answer ?? '')]).toEqual([
        at,
        true,
      ]);
    }
    for (const junk of ['', '{}', '[]', 'null', '{"tcbInfo":{}}']) {
      expect(await read(file, textBytes(junk))).toEqual(refused('collateral_malformed', 'cannot be read'));
    }
  });

  test('a document of another kind is named', async () => {
    const changing = async (changes: TdChanges) => filesOf(await changedTd(changes));
    const sgx = await changing({ tcbInfo: (plan) => ({ ...plan, id: 'SGX' }) });
    expect(await read('tcb_info.json', present(sgx['tcb_info.json']))).toEqual(
      refused('tdx_tcb_info_mismatch', 'TCB info SGX of version 3, not that of TDX'),
    );
    const second = await changing({ tcbInfo: (plan) => ({ ...plan, version: 2 }) });
    expect(await read('tcb_info.json', present(second['tcb_info.json']))).toEqual(
      refused('tdx_tcb_info_mismatch', 'TCB info TDX of version 2'),
    );
    const qe = await changing({ qeIdentity: (plan) => ({ ...plan, id: 'QE' }) });
    expect(await read('qe_identity.json', present(qe['qe_identity.json']))).toEqual(
      refused('tdx_qe_identity_signature_invalid', 'the identity QE of version 2, not TD_QE'),
    );
    expect(await read('qe_identity.json', present(files['tcb_info.json']))).toEqual(
      refused('collateral_malformed'),
    );
  });

  test.each([
    'collateral_malformed',
    'tdx_tcb_info_signature_invalid',
    'tdx_qe_identity_signature_invalid',
  ] as const)('a TD with the fault %s has a file that shows it', async (fault) => {
    const beside = filesOf(await tdOf({ fault }));
    const file = fault === 'tdx_qe_identity_signature_invalid' ? 'qe_identity.json' : 'tcb_info.json';
    expect(await read(file, present(beside[file]), { beside })).toEqual(refused(fault));
  });
});

describe('revocation lists', () => {
  const CHAIN = 'pck_crl_issuer_chain.pem';
  const code = 'tdx_crl_signature_invalid';

  test('of PCK certificates need their issuer’s chain beside them, the root’s does not', async () => {
    const list = present(files['pck_crl.der']);
    expect(await read('pck_crl.der', list, { beside: {} })).toEqual(refused(code, `no ${CHAIN} beside`));
    expect(await read('root_ca_crl.der', present(files['root_ca_crl.der']), { beside: {} })).toHaveLength(1);
    for (const chain of [
      pem(genuine.processor.certificate),
      pem(genuine.tcbSigning.certificate),
      pem(stranger.platform.certificate, stranger.root.certificate),
      textBytes('none'),
    ]) {
      expect(await read('pck_crl.der', list, { beside: { [CHAIN]: chain } })).toEqual(refused(code));
    }
  });

  test.each([
    ['pck_crl.der', 'tdx-pck-crl'],
    ['root_ca_crl.der', 'tdx-root-crl'],
  ] as const)('%s as it should not be', async (file, kind) => {
    for (const [change, expected] of [
      [{ signingKey: genuine.tcbSigning.key }, refused(code, 'not signed by its issuer')],
      [{ issuer: 'Somebody else' }, refused(code, 'not signed by its issuer')],
      [{ issuerKey: genuine.tcbSigning.key }, refused(code, 'not signed by its issuer')],
      [{ without: ['number'] }, refused(code, 'no number or does not name its key')],
      [{ without: ['authorityKey'] }, refused(code, 'no number or does not name its key')],
      [{ nextUpdate: null }, refused('collateral_malformed', 'no nextUpdate')],
      [{ nextUpdate: days(-11) }, refused('collateral_malformed', 'ends before it begins')],
    ] as const) {
      expect(await read(file, await listOf(kind, change))).toEqual(expected);
    }
    expect(await read(file, present(files[file]).subarray(1))).toEqual(refused('collateral_malformed'));
    expect(await read(file, textBytes(Buffer.from(present(files[file])).toString('hex')))).toEqual(
      refused('collateral_malformed'),
    );
  });

  test('in each other’s place are nobody’s', async () => {
    expect(await read('pck_crl.der', present(files['root_ca_crl.der']))).toEqual(refused(code));
    expect(await read('root_ca_crl.der', present(files['pck_crl.der']))).toEqual(refused(code));
  });
});

describe('chains alone', () => {
  test.each([
    ['tcb_signing_chain.pem', 'tdx_tcb_info_signature_invalid'],
    ['pck_crl_issuer_chain.pem', 'tdx_crl_signature_invalid'],
  ] as const)('%s must be Intel’s, and of its name', async (file, code) => {
    const other = file === 'tcb_signing_chain.pem' ? genuine.platform : genuine.tcbSigning;
    for (const bytes of [
      other.certificate,
      stranger.platform.certificate,
      stranger.tcbSigning.certificate,
      genuine.root.certificate,
      present(td.pckChain[0]),
      new Uint8Array(),
      textBytes('none'),
    ]) {
      expect(await read(file, bytes)).toEqual(refused(code, 'The issuer chain is not Intel’s'));
    }
  });
});

test('without anchors for Intel nothing is Intel’s', async () => {
  for (const [file, bytes] of Object.entries(files)) {
    expect(await read(file, bytes, { anchors: { simulated: true, vendors: {} } })).toEqual(
      refused('tdx_pck_chain_untrusted', 'No trust anchor for Intel'),
    );
  }
});

test('a file that is not of the layout is the caller’s mistake', async () => {
  for (const file of ['vcek.der', 'tcb_info', '']) {
    await expect(documentsIn(file, new Uint8Array(), files)).rejects.toThrow(
      new TypeError(`${file} is not a file of Intel's layout`),
    );
  }
});
