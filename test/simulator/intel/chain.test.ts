import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseCertificate } from '../../../src/pki/certificate.js';
import { intelAnchorsOf, mintTd, PCK_CAS } from '../../../src/simulator/index.js';
import { readPck } from '../../../src/tee/tdx/pck.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';
import { pemBlocks, simulatedIntel, takeApart } from './simulated-intel.js';

const ECDSA_SHA256 = '300a06082a8648ce3d040302';
const NAMES = { platform: 'Intel SGX PCK Platform CA', processor: 'Intel SGX PCK Processor CA' } as const;

/** OIDs of the extensions that genuine certificates have, in their order. */
const EXTENSIONS = ['2.5.29.35', '2.5.29.31', '2.5.29.14', '2.5.29.15', '2.5.29.19'];
const SGX = '1.2.840.113741.1.13.1';

describe('the simulated PCK chain', () => {
  it.each(PCK_CAS)('of the %s CA verifies link by link', async (ca) => {
    const { pckChain } = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, ca });
    const certificates = pckChain.map((der) => new X509Certificate(der));
    const [leaf, issuer, root] = certificates;
    if (leaf === undefined || issuer === undefined || root === undefined) throw new Error('no chain');
    expect(leaf.verify(issuer.publicKey)).toBe(true);
    expect(issuer.verify(root.publicKey)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(false);
    expect([leaf.issuer, issuer.issuer, root.issuer]).toEqual([issuer.subject, root.subject, root.subject]);
    expect(leaf.subject).toContain('CN=Intel SGX PCK Certificate');
    expect(issuer.subject).toContain(`CN=${NAMES[ca]}`);
    expect(root.subject).toContain('CN=Intel SGX Root CA');
    expect(certificates.map((certificate) => certificate.ca)).toEqual([false, true, true]);
    for (const certificate of certificates) {
      expect(certificate.subject).toContain('O=Assay simulated vendor');
      expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
      expect(certificate.raw.toString('hex').split(ECDSA_SHA256)).toHaveLength(3);
      expect(new Date(certificate.validFrom) <= SIMULATED_AT).toBe(true);
      expect(new Date(certificate.validTo) > SIMULATED_AT).toBe(true);
      // Twenty bytes, positive, minimal.
      expect(certificate.serialNumber).toMatch(/^[0-7][0-9A-F]{39}$/u);
    }
  });

  it('has Intel’s extensions, critical where Intel’s are', async () => {
    const { pckChain } = await mintTd(await simulatedIntel(), { at: SIMULATED_AT });
    const [leaf, issuer, root] = pckChain.map(parseCertificate);
    expect(leaf?.extensions.map(({ oid }) => oid)).toEqual([...EXTENSIONS, SGX]);
    expect(issuer?.extensions.map(({ oid }) => oid)).toEqual(EXTENSIONS);
    expect(root?.extensions.map(({ oid }) => oid)).toEqual(EXTENSIONS);
    const critical = issuer?.extensions.filter((extension) => extension.critical).map(({ oid }) => oid);
    expect(critical).toEqual(['2.5.29.15', '2.5.29.19']);
    const value = (certificate: typeof leaf, oid: string) =>
      Buffer.from(certificate?.extension(oid)?.value ?? []).toString('hex');
    expect([leaf, issuer, root].map((one) => value(one, '2.5.29.19'))).toEqual([
      '3000',
      '30060101ff020100',
      '30060101ff020101',
    ]);
    expect([leaf, issuer, root].map((one) => value(one, '2.5.29.15'))).toEqual([
      '030206c0',
      '03020106',
      '03020106',
    ]);
    expect(leaf?.authorityKeyId).toBe(issuer?.subjectKeyId);
    expect(issuer?.authorityKeyId).toBe(root?.subjectKeyId);
    const points = [leaf, issuer].map((one) =>
      Buffer.from(value(one, '2.5.29.31'), 'hex').toString('latin1'),
    );
    expect(points[0]).toContain('/sgx/certification/v4/pckcrl?ca=platform&encoding=der');
    expect(points[1]).toContain('https://certificates.trustedservices.intel.com/IntelSGXRootCA.der');
  });

  it('says which platform it is, at which level', async () => {
    const intel = await simulatedIntel();
    const components = Array.from({ length: 16 }, (_, index) => 255 - index);
    const ppid = new Uint8Array(16).fill(0xab);
    const platformInstanceId = new Uint8Array(16).fill(0xcd);
    const platform = { dynamicPlatform: true, smtEnabled: true };
    const options = { at: SIMULATED_AT, components, pceSvn: 300, ppid, platformInstanceId, platform };
    const [leaf] = (await mintTd(intel, { ...options, fmspc: 'A1B2C3D4E5F6' })).pckChain;
    const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');
    const facts = readPck(parseCertificate(leaf ?? new Uint8Array()));
    expect(facts).toMatchObject({ components, pceSvn: 300, sgxType: 1 });
    expect(facts.configuration).toEqual({ dynamicPlatform: true, cachedKeys: false, smtEnabled: true });
    expect([facts.ppid, facts.fmspc, facts.pceId, facts.platformInstanceId].map(hex)).toEqual([
      'ab'.repeat(16),
      'a1b2c3d4e5f6',
      '0000',
      'cd'.repeat(16),
    ]);
    const [other] = (await mintTd(intel, { ...options, ca: 'processor' })).pckChain;
    const processor = readPck(parseCertificate(other ?? new Uint8Array()));
    expect(processor).toMatchObject({ components, sgxType: 0, platformInstanceId: null });
    expect(processor.configuration).toEqual({ dynamicPlatform: null, cachedKeys: null, smtEnabled: null });
  });

  it('travels as three blocks and a NUL', async () => {
    const { quote, pckChain } = await mintTd(await simulatedIntel(), { at: SIMULATED_AT });
    const { inner } = takeApart(quote);
    expect(inner.at(-1)).toBe(0);
    const text = inner.subarray(0, -1).toString('latin1');
    expect(pemBlocks(text)).toEqual(pckChain.map((der) => Buffer.from(der)));
    expect(text).toMatch(
      /^(?:-----BEGIN CERTIFICATE-----\n(?:[\w+/=]{1,64}\n)+-----END CERTIFICATE-----\n){3}$/u,
    );
  });

  it('has an anchor that is called simulated, and no other', async () => {
    const anchors = intelAnchorsOf(await simulatedIntel());
    expect(anchors.simulated).toBe(true);
    expect(Object.keys(anchors.vendors)).toEqual(['intel']);
    expect(anchors.vendors.intel?.intermediates).toEqual([]);
    const [root] = anchors.vendors.intel?.roots ?? [];
    const td = await mintTd(await simulatedIntel(), { at: SIMULATED_AT });
    expect([td.anchorDer, td.pckChain[2]]).toEqual([root, root]);
    expect(td.certificates).toEqual([]);
  });
});
