/** Files that are not AMD's, or not what they are named for: what the import says of each. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { TrustAnchors } from '../../../src/rats/endorsement.js';
import { outcomeOf } from '../../../src/rats/outcome.js';
import type { Refusal, RefusalCode } from '../../../src/rats/refusal.js';
import { crlPlanOf } from '../../../src/simulator/amd/authorities.js';
import { mintCrl } from '../../../src/simulator/amd/crl.js';
import { authoritiesOf } from '../../../src/simulator/amd/vendor.js';
import { mintVendor, type SimulatedAmd, type SimulatedGuest } from '../../../src/simulator/index.js';
import { snpScheme } from '../../../src/tee/snp/index.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { reading } from '../context.js';
import { AT, anchors, flipped, guestOf } from './judged.js';

async function refusalOf(file: string, bytes: Uint8Array, trusted?: TrustAnchors): Promise<Refusal | null> {
  const context = reading(trusted ?? (await anchors()));
  const outcome = await outcomeOf(() => snpScheme.readEndorsement(file, bytes, context));
  return outcome.ok ? null : outcome.refusal;
}

const refusal = (code: RefusalCode, detail: unknown) =>
  expect.objectContaining({ code, stage: 'authenticate', detail });
const pem = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const NOTHING = new Uint8Array();

let guest: SimulatedGuest;
let leaf: Uint8Array;
let stranger: SimulatedAmd;
beforeAll(async () => {
  stranger = await mintVendor({ at: AT, products: ['Milan'], rsaBits: 2048 });
  guest = await guestOf();
  leaf = guest.leafDer ?? NOTHING;
});

describe('certificates', () => {
  test('without an anchor for AMD', async () => {
    expect(await refusalOf('vcek.der', leaf, { simulated: true, vendors: {} })).toEqual(
      refusal('snp_chain_untrusted', 'No trust anchor for AMD was given.'),
    );
  });

  test('a leaf among the authorities', async () => {
    expect(await refusalOf('chain.pem', leaf)).toEqual(
      refusal('snp_chain_untrusted', 'A certificate of the chain is none of ARK, ASK and ASVK.'),
    );
  });

  test('two leaves, and a file that is none', async () => {
    expect(await refusalOf('vcek.der', pem(guest.chainPem))).toEqual(
      refusal('snp_chain_untrusted', 'The file must hold exactly one certificate.'),
    );
    expect(await refusalOf('vcek.der', NOTHING)).toEqual(
      refusal('snp_chain_untrusted', 'The file cannot be read: neither DER nor PEM.'),
    );
  });

  test('an authority in a leaf’s place', async () => {
    expect(await refusalOf('vcek.der', guest.caDer)).toEqual(
      refusal('snp_chain_untrusted', 'The certificate is no leaf under an ASK or ASVK.'),
    );
  });

  test('a leaf of the other kind', async () => {
    expect(await refusalOf('vlek.der', leaf)).toEqual(
      refusal('snp_vek_kind_mismatch', 'The certificate is not a VLEK.'),
    );
    const vlek = (await guestOf({ signingKey: 'VLEK' })).leafDer ?? NOTHING;
    expect(await refusalOf('vlek.der', vlek)).toBeNull();
    expect(await refusalOf('vcek.der', vlek)).toEqual(
      refusal('snp_vek_kind_mismatch', 'The certificate is not a VCEK.'),
    );
  });

  test('a key on another curve, and extensions that cannot be read', async () => {
    const faulted = async (fault: RefusalCode) => (await guestOf({ fault })).leafDer ?? NOTHING;
    expect(await refusalOf('vcek.der', await faulted('snp_vek_key_invalid'))).toEqual(
      refusal('snp_vek_key_invalid', 'The key of the certificate is not EC P-384.'),
    );
    expect(await refusalOf('vcek.der', await faulted('snp_vek_extension_invalid'))).toEqual(
      refusal('snp_vek_extension_invalid', expect.stringMatching(/^The VCEK cannot be read: .+\.$/u)),
    );
  });

  test('another root, and a signature that does not hold', async () => {
    const { ark, ask } = authoritiesOf(stranger, 'Milan');
    expect(await refusalOf('chain.pem', ark.certificate)).toEqual(
      refusal(
        'snp_chain_untrusted',
        expect.stringMatching(/^No chain to a pinned ARK: ARK-Milan is its own issuer/u),
      ),
    );
    expect(await refusalOf('chain.pem', ask.certificate)).toEqual(
      refusal(
        'snp_chain_signature_invalid',
        'A certificate is forged or damaged: SEV-Milan is not signed with the key of ARK-Milan.',
      ),
    );
  });
});

describe('lists', () => {
  const list = (): Uint8Array => guest.crls.vcek ?? NOTHING;

  test('that cannot be read, or are not the ARK’s', async () => {
    expect(await refusalOf('vcek_crl.der', list().subarray(0, 40))).toEqual(
      refusal('collateral_malformed', 'The list cannot be read: cut short.'),
    );
    const forged = refusal(
      'snp_crl_signature_invalid',
      'The list is not signed by the ARK of a product line.',
    );
    expect(await refusalOf('vlek_crl.der', flipped(list(), list().length - 1))).toEqual(forged);
    const { der } = await mintCrl({
      ...crlPlanOf('Milan', authoritiesOf(stranger, 'Milan').ark, 'VCEK'),
      thisUpdate: AT,
      nextUpdate: AT,
    });
    expect(await refusalOf('vcek_crl.der', der)).toEqual(forged);
    const onlyGenoa = { simulated: true, vendors: { amd: (await genoaOnly()).amd } };
    expect(await refusalOf('vcek_crl.der', list(), onlyGenoa)).toEqual(forged);
  });

  test('that end before they begin', async () => {
    const { ark } = authoritiesOf(await simulatedVendor(), 'Milan');
    const window = { thisUpdate: AT, nextUpdate: new Date(AT.getTime() - 1000) };
    const { der } = await mintCrl({ ...crlPlanOf('Milan', ark, 'VCEK'), ...window });
    expect(await refusalOf('vcek_crl.der', der)).toEqual(
      refusal('collateral_malformed', 'The list ends before it begins.'),
    );
    const { der: instant } = await mintCrl({
      ...crlPlanOf('Milan', ark, 'VCEK'),
      thisUpdate: AT,
      nextUpdate: AT,
    });
    expect(await refusalOf('vcek_crl.der', instant)).toBeNull();
  });

  /** Anchors without Milan's root. */
  async function genoaOnly() {
    const { ark } = authoritiesOf(await simulatedVendor(), 'Genoa');
    return { amd: { roots: [ark.certificate] as const, intermediates: [] } };
  }
});

test('a file that is not of the layout is named', async () => {
  const context = reading(await anchors());
  await expect(snpScheme.readEndorsement('vcek.pem', leaf, context)).rejects.toThrow(
    new TypeError("vcek.pem is not a file of AMD's layout"),
  );
});
