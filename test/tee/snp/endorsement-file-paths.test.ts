/** Certificates and lists of other shapes than AMD’s: none is kept as what its file is named for. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Certificate } from '../../../src/pki/certificate.js';
import type { EndorsementDocument, TrustAnchors } from '../../../src/rats/endorsement.js';
import { outcomeOf } from '../../../src/rats/outcome.js';
import { mintCrl } from '../../../src/simulator/amd/crl.js';
import { CERTIFICATE_FILES, fileOf, readEndorsement } from '../../../src/tee/snp/endorsement-file.js';
import { AT, anchorsWith, keyNamed, mint, mintAuthority, mintRoot, NOT_AFTER } from '../../pki/miniature.js';
import { guestOf, anchors as simulatedAnchors } from './judged.js';

let milan: Certificate;
let ask: Certificate;
beforeAll(async () => {
  milan = await mintRoot('ARK-Milan');
  ask = await mintAuthority('SEV-Milan', 'ARK-Milan');
});

const trusting = (root: Certificate, ...intermediates: readonly Certificate[]): TrustAnchors => ({
  simulated: true,
  vendors: { amd: anchorsWith(root, ...intermediates) },
});

async function read(file: string, bytes: Uint8Array, anchors: TrustAnchors): Promise<unknown> {
  const outcome = await outcomeOf(() => readEndorsement(file, bytes, { anchors }));
  if (!outcome.ok) return [outcome.refusal.code, outcome.refusal.detail];
  return outcome.value.map(({ kind, subject }: EndorsementDocument) => `${kind} ${subject}`);
}

const NONE = ['snp_chain_untrusted', 'A certificate of the chain is none of ARK, ASK and ASVK.'];

describe('a chain', () => {
  test('of AMD’s shape is kept', async () => {
    expect(await read('chain.pem', ask.der, trusting(milan))).toEqual(['snp-ask Milan']);
    expect(await read('chain.pem', milan.der, trusting(milan))).toEqual(['snp-ark Milan']);
  });

  test('under a root of no known line is none', async () => {
    const venice = await mintRoot('ARK-Venice');
    expect(await read('chain.pem', venice.der, trusting(venice))).toEqual(NONE);
    const under = await mintAuthority('SEV-Milan', 'ARK-Venice');
    expect(await read('chain.pem', under.der, trusting(venice))).toEqual(NONE);
  });

  test('of an authority for another line than its root is none', async () => {
    const crossed = await mintAuthority('SEV-Genoa', 'ARK-Milan');
    expect(await read('chain.pem', crossed.der, trusting(milan))).toEqual(NONE);
  });

  test('of an authority below an authority is none', async () => {
    const deep = await mintAuthority('SEV-VLEK-Milan', 'SEV-Milan');
    expect(await read('chain.pem', deep.der, trusting(milan, ask))).toEqual(NONE);
  });

  test('of somebody else whom the root certified is none', async () => {
    const other = await mintAuthority('somebody', 'ARK-Milan');
    expect(await read('chain.pem', other.der, trusting(milan))).toEqual(NONE);
  });
});

describe('a leaf', () => {
  const crossed = (subject: string, issuer: string) =>
    mint({ subject, issuer, key: 'leaf', signedWith: 'authority' });
  const authority = (name: string) => mintAuthority(name, 'ARK-Milan', { key: 'authority' });

  test('is of its kind by its own name and by its issuer’s', async () => {
    const [vcekBelow, vlekBelow] = [await authority('SEV-Milan'), await authority('SEV-VLEK-Milan')];
    const trusted = trusting(milan, vcekBelow, vlekBelow);
    const mismatch = (kind: string) => ['snp_vek_kind_mismatch', `The certificate is not a ${kind}.`];
    for (const [subject, issuer] of [
      ['SEV-VCEK', 'SEV-VLEK-Milan'],
      ['SEV-VLEK', 'SEV-Milan'],
      ['SEV', 'SEV-Milan'],
    ] as const) {
      const { der } = await crossed(subject, issuer);
      expect(await read('vcek.der', der, trusted)).toEqual(mismatch('VCEK'));
      expect(await read('vlek.der', der, trusted)).toEqual(mismatch('VLEK'));
    }
  });

  test('has an elliptic key', async () => {
    const rsa = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Milan' });
    expect(await read('vcek.der', rsa.der, trusting(milan, ask))).toEqual([
      'snp_vek_key_invalid',
      'The key of the certificate is not EC P-384.',
    ]);
  });

  test('was valid together with its chain at some instant, be it one alone', async () => {
    const beginning = (notBefore: Date) =>
      mint({
        subject: 'SEV-VCEK',
        issuer: 'SEV-Milan',
        key: 'leaf',
        notBefore,
        notAfter: new Date('2040-01-01'),
      });
    const after = new Date(NOT_AFTER.getTime() + 1000);
    expect(await read('vcek.der', (await beginning(after)).der, trusting(milan, ask))).toEqual([
      'snp_cert_expired',
      'The certificates of the chain were never valid together.',
    ]);
    // It goes on to its extensions, which it has not.
    expect(await read('vcek.der', (await beginning(NOT_AFTER)).der, trusting(milan, ask))).toEqual([
      'snp_vek_extension_invalid',
      expect.stringContaining('The VCEK cannot be read: '),
    ]);
  });

  test('is of one machine, an authority is not', async () => {
    const guest = await guestOf();
    const context = { anchors: await simulatedAnchors() };
    const [leaf] = await readEndorsement('vcek.der', guest.leafDer ?? new Uint8Array(), context);
    expect(leaf?.ofMachine).toBe(true);
    const [authorityDocument] = await readEndorsement('chain.pem', guest.caDer, context);
    expect(authorityDocument?.ofMachine).toBeUndefined();
  });
});

test('a list is of a known line, whoever is pinned', async () => {
  const venice = await mintRoot('ARK-Venice');
  const key = await keyNamed('ARK-Venice');
  const plan = {
    issuer: 'ARK-Venice',
    issuerKey: key,
    signingKey: key,
    revoked: [],
    thisUpdate: AT,
    nextUpdate: AT,
  };
  const { der } = await mintCrl(plan);
  expect(await read('vcek_crl.der', der, trusting(venice))).toEqual([
    'snp_crl_signature_invalid',
    'The list is not signed by the ARK of a product line.',
  ]);
});

test('the files of the layout, and those that may travel with evidence', async () => {
  expect(CERTIFICATE_FILES).toEqual(['vcek.der', 'vlek.der', 'chain.pem']);
  expect(['snp-vek', 'snp-ask', 'snp-asvk', 'snp-ark', 'snp-vcek-crl', 'snp-vlek-crl'].map(fileOf)).toEqual([
    'vcek.der',
    'chain.pem',
    'chain.pem',
    'chain.pem',
    'vcek_crl.der',
    'vlek_crl.der',
  ]);
});
