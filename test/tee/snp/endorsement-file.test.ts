import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import type { TrustAnchors } from '../../../src/rats/endorsement.js';
import { outcomeOf } from '../../../src/rats/outcome.js';
import { crlPlanOf } from '../../../src/simulator/amd/authorities.js';
import { mintCrl } from '../../../src/simulator/amd/crl.js';
import { authoritiesOf } from '../../../src/simulator/amd/vendor.js';
import { mintVendor } from '../../../src/simulator/index.js';
import { snpScheme } from '../../../src/tee/snp/index.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { reading } from '../context.js';
import { AT, anchors, flipped, guestOf } from './judged.js';

/** What the file holds, or the code of its refusal. */
async function read(file: string, bytes: Uint8Array | null, trusted?: TrustAnchors): Promise<unknown> {
  if (bytes === null) throw new TypeError('nothing to read');
  const given = trusted ?? (await anchors());
  const outcome = await outcomeOf(() => snpScheme.readEndorsement(file, bytes, reading(given)));
  if (!outcome.ok) return outcome.refusal.code;
  return outcome.value.map(({ kind, subject }) => `${kind} ${subject}`);
}

const pem = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe('AMD’s files', () => {
  test('a VCEK is kept under product, chip and TCB: what a report asks for', async () => {
    for (const product of ['Milan', 'Turin'] as const) {
      const guest = await guestOf({ product });
      const [document] = await snpScheme.readEndorsement(
        'vcek.der',
        guest.leafDer ?? new Uint8Array(),
        reading(await anchors()),
      );
      const withoutLeaf = snpScheme.parse(snpScheme.unwrap(guest.evidence), [], null);
      expect(withoutLeaf.requirements).toContainEqual({ kind: document?.kind, subject: document?.subject });
      expect(document).toMatchObject({ sequence: null, bytes: guest.leafDer });
      expect(document?.expiresAt.getTime()).toBeGreaterThan(AT.getTime());
    }
  });

  test('a VLEK is kept under its provider', async () => {
    const guest = await guestOf({ signingKey: 'VLEK', product: 'Genoa', cspId: 'CN=cc.example' });
    const found = await read('vlek.der', guest.leafDer);
    expect(found).toEqual([expect.stringMatching(/^snp-vek Genoa\/vlek\/CN=cc\.example\/[0-9a-f]{16}$/)]);
  });

  test('a chain is its authorities and its root, in any order', async () => {
    const guest = await guestOf();
    const vlek = await guestOf({ signingKey: 'VLEK', product: 'Turin' });
    expect(await read('chain.pem', pem(guest.chainPem))).toEqual(['snp-ask Milan', 'snp-ark Milan']);
    expect(await read('chain.pem', pem(vlek.chainPem))).toEqual(['snp-asvk Turin', 'snp-ark Turin']);
    expect(await read('chain.pem', guest.caDer)).toEqual(['snp-ask Milan']);
  });

  test('lists are kept by kind and line, ordered by number', async () => {
    const guest = await guestOf({ product: 'Genoa' });
    expect(await read('vcek_crl.der', guest.crls.vcek)).toEqual(['snp-vcek-crl Genoa']);
    expect(await read('vlek_crl.der', guest.crls.vlek)).toEqual(['snp-vlek-crl Genoa']);
    const [list] = await snpScheme.readEndorsement(
      'vcek_crl.der',
      guest.crls.vcek ?? new Uint8Array(),
      reading(await anchors()),
    );
    expect(list?.sequence).toBe(BigInt((list?.issuedAt.getTime() ?? 0) / 1000));
    expect(hexOf(list?.bytes ?? new Uint8Array())).toBe(hexOf(guest.crls.vcek ?? new Uint8Array()));
  });

  test('an old document is read in its own window', async () => {
    const { ark } = authoritiesOf(await simulatedVendor(), 'Milan');
    const window = {
      thisUpdate: new Date('2023-01-01T00:00:00Z'),
      nextUpdate: new Date('2024-01-01T00:00:00Z'),
    };
    const { der } = await mintCrl({ ...crlPlanOf('Milan', ark, 'VCEK'), ...window });
    const [list] = await snpScheme.readEndorsement('vcek_crl.der', der, reading(await anchors()));
    expect([list?.issuedAt, list?.expiresAt]).toEqual([window.thisUpdate, window.nextUpdate]);
    const backwards = { thisUpdate: window.nextUpdate, nextUpdate: window.thisUpdate };
    const { der: reversed } = await mintCrl({ ...crlPlanOf('Milan', ark, 'VCEK'), ...backwards });
    expect(await read('vcek_crl.der', reversed)).toBe('collateral_malformed');
    expect(await read('vcek.der', (await guestOf({ fault: 'snp_cert_expired' })).leafDer)).toHaveLength(1);
  });
});

describe('what is not AMD’s', () => {
  test.each([
    ['snp_chain_signature_invalid', 'snp_chain_signature_invalid'],
    ['snp_chain_untrusted', 'snp_chain_signature_invalid'],
    ['snp_vek_key_invalid', 'snp_vek_key_invalid'],
    ['snp_vek_extension_invalid', 'snp_vek_extension_invalid'],
    ['snp_vek_kind_mismatch', 'snp_vek_kind_mismatch'],
  ] as const)('a leaf with the fault %s', async (fault, code) => {
    expect(await read('vcek.der', (await guestOf({ fault })).leafDer)).toBe(code);
  });

  test('a chain under another root, or with a leaf in it', async () => {
    const stranger = await mintVendor({ at: AT, products: ['Milan'], rsaBits: 2048 });
    const { ark, ask } = authoritiesOf(stranger, 'Milan');
    expect(await read('chain.pem', ark.certificate)).toBe('snp_chain_untrusted');
    expect(await read('chain.pem', ask.certificate)).toBe('snp_chain_signature_invalid');
    expect(await read('chain.pem', (await guestOf()).leafDer)).toBe('snp_chain_untrusted');
    expect(await read('chain.pem', new Uint8Array(5))).toBe('snp_chain_untrusted');
    expect(await read('chain.pem', ark.certificate, { simulated: true, vendors: {} })).toBe(
      'snp_chain_untrusted',
    );
  });

  test('two certificates where one belongs, or an authority', async () => {
    const guest = await guestOf();
    expect(await read('vcek.der', pem(guest.chainPem))).toBe('snp_chain_untrusted');
    expect(await read('vcek.der', guest.caDer)).toBe('snp_chain_untrusted');
    expect(await read('vlek.der', guest.leafDer)).toBe('snp_vek_kind_mismatch');
  });

  test.each([
    ['snp_crl_signature_invalid', 'snp_crl_signature_invalid'],
    ['collateral_malformed', 'collateral_malformed'],
  ] as const)('a list with the fault %s', async (fault, code) => {
    expect(await read('vcek_crl.der', (await guestOf({ fault })).crls.vcek)).toBe(code);
  });

  test('an altered list', async () => {
    const { vcek } = (await guestOf()).crls;
    const list = vcek ?? new Uint8Array();
    expect(await read('vcek_crl.der', flipped(list, list.length - 1))).toBe('snp_crl_signature_invalid');
    expect(await read('vcek_crl.der', list.subarray(1))).toBe('collateral_malformed');
  });

  test('a file that is not of the layout is the caller’s mistake', async () => {
    const trusted = reading(await anchors());
    await expect(snpScheme.readEndorsement('tcb_info.json', new Uint8Array(), trusted)).rejects.toThrow(
      TypeError,
    );
  });
});

describe('the layout', () => {
  test('every kind that evidence asks for has its file', async () => {
    for (const signingKey of ['VCEK', 'VLEK'] as const) {
      const guest = await guestOf({ signingKey });
      const { requirements } = snpScheme.parse(snpScheme.unwrap(guest.evidence), [], null);
      for (const { kind } of requirements.filter((need) => need.kind !== snpScheme.vouched?.kind))
        expect(snpScheme.endorsementFiles).toContain(snpScheme.fileOf(kind));
    }
    // What no vendor signs is never read from a directory of vendor documents.
    expect(snpScheme.fileOf('snp-bulletins')).toBeNull();
    expect(snpScheme.endorsementFiles).not.toContain(snpScheme.vouched?.file);
    expect(snpScheme.fileOf('tdx-tcb-info')).toBeNull();
    for (const file of snpScheme.certificateFiles) expect(snpScheme.endorsementFiles).toContain(file);
  });
});
