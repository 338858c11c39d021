import { beforeAll, describe, expect, test } from '@jest/globals';
import { sha256Hex } from '../../../src/bytes/digest.js';
import type { EndorsementDocument } from '../../../src/rats/endorsement.js';
import type { SimulatedTd } from '../../../src/simulator/index.js';
import type { IntelAuthorities } from '../../../src/simulator/intel/authorities.js';
import { tdxScheme } from '../../../src/tee/tdx/index.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { documentsIn, type Files, filesOf, type Reading, readFile } from './endorsement-reading.js';
import { AT, changedTd, days, parse, present, tdOf, verdictOf } from './judged.js';
import { listOf } from './minted-list.js';

let td: SimulatedTd;
let genuine: IntelAuthorities;
let files: Files;

beforeAll(async () => {
  td = await tdOf();
  genuine = (await simulatedIntel()).authorities;
  files = filesOf(td);
});

async function last(file: string, bytes: Uint8Array, beside = files): Promise<EndorsementDocument> {
  const outcome = await documentsIn(file, bytes, beside);
  const document = outcome.ok ? outcome.value.at(-1) : undefined;
  if (document === undefined) throw new Error(`${file} must be read`);
  return document;
}

const read = (file: string, bytes: Uint8Array, { beside, ...given }: Reading & { beside?: Files } = {}) =>
  readFile(file, bytes, beside ?? files, given);

describe('Intel’s files', () => {
  test.each([
    ['tcb_info.json', ['tdx-tcb-signing intel', 'tdx-tcb-info a55a6f000000/standard']],
    ['qe_identity.json', ['tdx-tcb-signing intel', 'tdx-qe-identity standard']],
    ['tcb_signing_chain.pem', ['tdx-tcb-signing intel']],
    ['pck_crl.der', ['tdx-pck-crl platform']],
    ['pck_crl_issuer_chain.pem', ['tdx-pck-ca platform']],
    ['root_ca_crl.der', ['tdx-root-crl intel']],
  ])('%s is kept under what quotes ask for', async (file, kept) => {
    expect(await read(file, present(files[file]))).toEqual(kept);
    const asked = parse(td).requirements.map(({ kind, subject }) => `${kind} ${subject}`);
    // The authority is kept for who wants to see it: the quote brings its own.
    const wanted = file === 'pck_crl_issuer_chain.pem' ? [] : kept;
    for (const one of wanted) expect(asked).toContain(one);
  });

  test('are all of the layout, read before what needs them', () => {
    // What is to come concerns no quote, and the vendor of one TD does not publish it.
    const layout = [...Object.keys(files), 'tcb_evaluation_data_numbers.json'];
    expect([...tdxScheme.endorsementFiles].sort()).toEqual(layout.sort());
    expect(tdxScheme.certificateFiles).toEqual([]);
    const place = (file: string) => tdxScheme.endorsementFiles.indexOf(file);
    expect(place('tcb_signing_chain.pem')).toBeLessThan(place('tcb_info.json'));
    expect(place('pck_crl_issuer_chain.pem')).toBeLessThan(place('pck_crl.der'));
  });

  test('of the Processor CA have its name', async () => {
    const processor = await tdOf({ ca: 'processor', fmspc: 'a55a7f000000' });
    const beside = filesOf(processor);
    expect(await read('pck_crl.der', present(beside['pck_crl.der']), { beside })).toEqual([
      'tdx-pck-crl processor',
    ]);
    expect(await read('pck_crl_issuer_chain.pem', present(beside['pck_crl_issuer_chain.pem']))).toEqual([
      'tdx-pck-ca processor',
    ]);
    expect(await read('tcb_info.json', present(beside['tcb_info.json']), { beside })).toContain(
      'tdx-tcb-info a55a7f000000/standard',
    );
  });

  test('of the early track have subjects of their own; lists and authorities have no track', async () => {
    const early = { track: 'early' } as const;
    expect(await read('tcb_info.json', present(files['tcb_info.json']), early)).toEqual([
      'tdx-tcb-signing intel',
      'tdx-tcb-info a55a6f000000/early',
    ]);
    expect(await read('qe_identity.json', present(files['qe_identity.json']), early)).toEqual([
      'tdx-tcb-signing intel',
      'tdx-qe-identity early',
    ]);
    for (const file of ['pck_crl.der', 'root_ca_crl.der', 'tcb_signing_chain.pem']) {
      expect(await read(file, present(files[file]), early)).toEqual(await read(file, present(files[file])));
    }
    const asked = parse(td).requirements.map(({ subject }) => subject);
    expect(asked.filter((subject) => subject.includes('early'))).toEqual([]);
  });

  test('say which generation they are', async () => {
    const info = await last('tcb_info.json', present(files['tcb_info.json']));
    expect(info).toMatchObject({
      sequence: 18n,
      sha256: sha256Hex(info.bytes),
      bytes: files['tcb_info.json'],
    });
    expect(info.expiresAt.getTime() - info.issuedAt.getTime()).toBe(30 * 86_400_000);
    expect(info.issuedAt.getTime()).toBeLessThan(AT.getTime());
    expect(await last('qe_identity.json', present(files['qe_identity.json']))).toMatchObject({
      sequence: 18n,
    });
    const list = await last('pck_crl.der', present(files['pck_crl.der']));
    expect(list).toMatchObject({ sequence: 1n, bytes: files['pck_crl.der'] });
    const ca = await last('pck_crl_issuer_chain.pem', present(files['pck_crl_issuer_chain.pem']));
    expect(ca).toMatchObject({ sequence: null, bytes: genuine.platform.certificate });
    const signer = await last('tcb_signing_chain.pem', present(files['tcb_signing_chain.pem']));
    expect(signer).toMatchObject({ sequence: null, bytes: genuine.tcbSigning.certificate });
    expect(signer.expiresAt.getUTCFullYear() - signer.issuedAt.getUTCFullYear()).toBe(25);
  });

  test('as they are kept make a TD authentic', async () => {
    const kept = await Promise.all(
      Object.entries(files).map(([file, bytes]) => documentsIn(file, bytes, files)),
    );
    const endorsements = kept.flatMap((outcome) => (outcome.ok ? outcome.value : []));
    expect(await verdictOf(td, { endorsements })).toBe('authentic');
  });

  test('that are old are read in their own window', async () => {
    const window = { issueDate: days(-900), nextUpdate: days(-870) };
    const old = await changedTd({
      tcbInfo: (plan) => ({ ...plan, ...window }),
      qeIdentity: (plan) => ({ ...plan, ...window }),
    });
    const beside = filesOf(old);
    for (const file of ['tcb_info.json', 'qe_identity.json']) {
      expect(await read(file, present(beside[file]), { beside })).toHaveLength(2);
      expect(await last(file, present(beside[file]), beside)).toMatchObject({
        issuedAt: window.issueDate,
        expiresAt: window.nextUpdate,
      });
    }
    const list = await listOf('tdx-root-crl', { thisUpdate: days(-900), nextUpdate: days(-500) });
    expect(await last('root_ca_crl.der', list)).toMatchObject({
      issuedAt: days(-900),
      expiresAt: days(-500),
    });
  });
});
