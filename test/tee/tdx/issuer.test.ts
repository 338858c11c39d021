import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseCertificate } from '../../../src/pki/certificate.js';
import type { VendorAnchors } from '../../../src/rats/endorsement.js';
import { constraintsExtension, usageExtension } from '../../../src/simulator/certificate.js';
import {
  chainOf,
  type IntelAuthorities,
  mintIntelAuthorities,
} from '../../../src/simulator/intel/authorities.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import {
  PCK_CA_NAMES,
  readIssuer,
  rootObjection,
  TCB_SIGNING_NAME,
  UntrustedIssuer,
} from '../../../src/tee/tdx/issuer.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { pinnedIntel } from './examined-chain.js';
import { AT, days, textBytes } from './judged.js';
import { instead, issueOf, issueWith, leafOf, without } from './minted-chain.js';

let genuine: IntelAuthorities;
let stranger: IntelAuthorities;
let intel: VendorAnchors;

beforeAll(async () => {
  genuine = (await simulatedIntel()).authorities;
  stranger = await mintIntelAuthorities(AT);
  intel = await pinnedIntel();
});

const SIGNER = [TCB_SIGNING_NAME];
const CAS = Object.values(PCK_CA_NAMES);

/** The common name that was read, or why nothing was. */
async function read(bytes: Uint8Array, names: readonly string[] = SIGNER, trusted = intel): Promise<string> {
  try {
    const { certificate, root } = await readIssuer(bytes, names, trusted);
    expect(trusted.roots.map((der) => parseCertificate(der).sha256)).toContain(root.sha256);
    return `read ${certificate.subjectCn}`;
  } catch (error) {
    if (error instanceof UntrustedIssuer) return error.message;
    throw error;
  }
}
const chain = (...certificates: readonly Uint8Array[]): Uint8Array => textBytes(chainOf(...certificates));
const READ = `read ${TCB_SIGNING_NAME}`;

describe('a chain of issuer and root', () => {
  test('is read in any order, and the issuer alone in DER or PEM', async () => {
    const [signer, root] = [genuine.tcbSigning.certificate, genuine.root.certificate];
    for (const bytes of [chain(signer, root), chain(root, signer), chain(signer), signer]) {
      expect(await read(bytes)).toBe(READ);
    }
    for (const role of ['platform', 'processor'] as const) {
      expect(await read(chain(genuine[role].certificate, root), CAS)).toBe(`read ${PCK_CA_NAMES[role]}`);
    }
  });

  test('is a file that people may have edited: line ends and spaces between blocks are free', async () => {
    const text = chainOf(genuine.tcbSigning.certificate, genuine.root.certificate);
    for (const loose of [text.replaceAll('\n', '\r\n'), `\n${text}\n\n`]) {
      expect(await read(textBytes(loose))).toBe(READ);
    }
    for (const odd of ['', 'text', `${text}text`, `${text}\0`]) {
      expect(await read(textBytes(odd))).toMatch(/^unreadable: /);
    }
  });

  test('has one issuer and at most one root', async () => {
    const [signer, root] = [genuine.tcbSigning.certificate, genuine.root.certificate];
    const again = (await issueOf('tcbSigning')).certificate;
    for (const bytes of [root, chain(root), chain(signer, again, root), chain(signer, root, root)]) {
      expect(await read(bytes)).toBe('not one certificate with its root');
    }
  });

  test('is of the wanted name', async () => {
    const { platform, processor, tcbSigning } = genuine;
    for (const [authority, names] of [
      [platform, SIGNER],
      [processor, SIGNER],
      [tcbSigning, CAS],
      [processor, [PCK_CA_NAMES.platform]],
    ] as const) {
      expect(await read(authority.certificate, names)).toBe(`not a certificate of ${names.join(' or ')}`);
    }
    const renamed = await issueOf('tcbSigning', { subject: 'Intel SGX TCB Signing ' });
    expect(await read(renamed.certificate)).toMatch(/^not a certificate of/);
  });

  test.each(['2.5.29.35', '2.5.29.31', '2.5.29.14', '2.5.29.15', '2.5.29.19'])(
    'has extension %s',
    async (oid) => {
      const { certificate } = await issueWith('tcbSigning', without(oid));
      expect(await read(certificate)).toBe(`${TCB_SIGNING_NAME} has no extension ${oid}`);
    },
  );

  test('demands nothing that nobody here knows', async () => {
    const critical = { oid: '1.2.3', critical: true, value: Uint8Array.of(5, 0) };
    const { certificate } = await issueWith('tcbSigning', (extensions) => [...extensions, critical]);
    expect(await read(certificate)).toBe('critical extension 1.2.3 is unknown');
  });

  test('is directly below the root', async () => {
    // Signed by an authority that the root certified, in place of the root.
    const below = await issueOf('tcbSigning', {
      issuer: PCK_CA_NAMES.platform,
      signingKey: genuine.platform.key,
    });
    expect(await read(below.certificate)).toContain('no trusted root vouches for it');
    const pinnedToo: VendorAnchors = { ...intel, intermediates: [genuine.platform.certificate] };
    expect(await read(below.certificate, SIGNER, pinnedToo)).toBe('not directly below the root');
    expect(await read(await leafOf(), ['Intel SGX PCK Certificate'], pinnedToo)).toBe(
      'not directly below the root',
    );
  });

  test('is signed by the pinned root', async () => {
    expect(await read(stranger.tcbSigning.certificate)).toContain(
      'is not signed with the key of Intel SGX Root CA',
    );
    const forged = await issueOf('tcbSigning', { signingKey: genuine.tcbSigning.key });
    expect(await read(forged.certificate)).toContain('is not signed with the key of');
    expect(await read(chain(forged.certificate, genuine.root.certificate))).toContain('is not signed');
    const otherKey = await issueOf('tcbSigning', { key: await makeEcKey('P-384') });
    expect(await read(otherKey.certificate)).toBe(READ);
  });

  test('of another root is refused for that root, whoever signed the issuer', async () => {
    const { root, tcbSigning } = stranger;
    const words = 'the root has another key than the pinned one';
    expect(await read(chain(tcbSigning.certificate, root.certificate))).toBe(words);
    expect(await read(chain(genuine.tcbSigning.certificate, root.certificate))).toBe(words);
  });

  test('says nothing about dates: whoever knows the instant judges them', async () => {
    for (const window of [
      { notBefore: days(-20), notAfter: days(-10) },
      { notBefore: days(10), notAfter: days(20) },
    ]) {
      expect(await read((await issueOf('tcbSigning', window)).certificate)).toBe(READ);
    }
  });

  test('may be of another issue of the root, and the pinned one is given out', async () => {
    const other = await issueOf('root', { notBefore: days(-1000), notAfter: days(-900) });
    const { root } = await readIssuer(
      chain(genuine.tcbSigning.certificate, other.certificate),
      SIGNER,
      intel,
    );
    expect(root.sha256).toBe(parseCertificate(genuine.root.certificate).sha256);
  });
});

describe('a presented root', () => {
  const objection = async (der: Uint8Array) => rootObjection(parseCertificate(der), intel);

  test('with pinned key, name and its own signature is fine', async () => {
    expect(await objection(genuine.root.certificate)).toBeNull();
    expect(await objection((await issueOf('root')).certificate)).toBeNull();
  });

  test('with another key is foreign, whatever else it is', async () => {
    const renamed = await issueOf('root', { key: stranger.root.key, signingKey: stranger.root.key });
    for (const der of [stranger.root.certificate, renamed.certificate, genuine.platform.certificate]) {
      expect(await objection(der)).toMatchObject({ kind: 'foreign' });
    }
  });

  test('with the pinned key and anything else wrong is broken', async () => {
    const subject = 'Intel SGX Root CA 2';
    for (const [change, why] of [
      [{ subject, issuer: subject }, 'the root is not named Intel SGX Root CA'],
      [{ issuer: 'Somebody else' }, 'the root names another issuer than itself'],
      [{ signingKey: stranger.root.key }, 'the root did not sign itself'],
    ] as const) {
      expect(await objection((await issueOf('root', change)).certificate)).toEqual({ kind: 'broken', why });
    }
  });
});

describe('a root that may not', () => {
  test.each([
    ['certify by its constraints', instead(constraintsExtension(null)), 'basicConstraints do not say CA'],
    ['certify by its keyUsage', instead(usageExtension(0x02)), 'keyUsage does not allow'],
  ] as const)('%s vouches for nobody, though it is pinned', async (_what, extensions, words) => {
    const { certificate } = await issueWith('root', extensions);
    const pinned: VendorAnchors = { roots: [certificate], intermediates: [] };
    expect(await read(genuine.tcbSigning.certificate, SIGNER, pinned)).toContain(words);
  });
});
