import { createHash, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as pkijs from 'pkijs';
import {
  anchorsOf,
  crlDocuments,
  FAULTS,
  lineNeededBy,
  mintGuest,
  mintList,
  PRODUCTS,
} from '../../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../../simulated-vendor.js';

/** RSASSA-PSS parameters spelled out: SHA-384, MGF1 with SHA-384, salt 48, trailer 1. */
const PSS_384 =
  '304606092a864886f70d01010a3039a00f300d06096086480165030402020500' +
  'a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130a303020101';

const KINDS = ['VCEK', 'VLEK'] as const;
const cases = PRODUCTS.flatMap((product) => KINDS.map((signingKey) => ({ product, signingKey })));

describe('the simulated chain', () => {
  it.each(cases)('verifies link by link for $product with $signingKey', async ({ product, signingKey }) => {
    const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, product, signingKey });
    const leaf = new X509Certificate(guest.leafDer ?? Buffer.alloc(0));
    const ca = new X509Certificate(guest.caDer);
    const ark = new X509Certificate(guest.arkDer);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(ca.verify(ark.publicKey)).toBe(true);
    expect(ark.verify(ark.publicKey)).toBe(true);
    expect(leaf.verify(ark.publicKey)).toBe(false);
    expect(leaf.issuer).toBe(ca.subject);
    expect(ca.issuer).toBe(ark.subject);
    expect(leaf.subject).toContain(`CN=SEV-${signingKey}`);
    expect(ca.subject).toContain(signingKey === 'VCEK' ? `CN=SEV-${product}` : `CN=SEV-VLEK-${product}`);
    expect(ark.subject).toContain(`CN=ARK-${product}`);
    for (const certificate of [leaf, ca, ark]) {
      expect(certificate.subject).toContain('O=Assay simulated vendor');
      expect(certificate.raw.toString('hex').split(PSS_384)).toHaveLength(3);
      expect(new Date(certificate.validFrom) <= SIMULATED_AT).toBe(true);
      expect(new Date(certificate.validTo) > SIMULATED_AT).toBe(true);
    }
    expect([leaf.ca, ca.ca, ark.ca]).toEqual([false, true, true]);
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
    expect(ca.publicKey.asymmetricKeyType).toBe('rsa');
    expect(BigInt(`0x${leaf.serialNumber}`)).toBe(0n);
  });

  it('gives the authorities the serial numbers of the genuine ones', async () => {
    const serials = [...(await simulatedVendor()).products.values()].map(({ ark, ask, asvk }) =>
      [ark, ask, asvk].map(({ certificate }) => parseInt(new X509Certificate(certificate).serialNumber, 16)),
    );
    expect(serials).toEqual([
      [0x10000, 0x10001, 0x10101],
      [0x20000, 0x20002, 0x20101],
      [0x30000, 0x30001, 0x30101],
    ]);
  });

  it('signs two lists per product with the ARK, for one year', async () => {
    const vendor = await simulatedVendor();
    const documents = crlDocuments(vendor);
    expect(documents).toHaveLength(6);
    for (const { kind, subject, bytes } of documents) {
      const product = PRODUCTS.find((name) => name === subject);
      const ark = product && vendor.products.get(product)?.ark;
      if (ark === undefined) throw new Error(`list for ${subject}`);
      const list = pkijs.CertificateRevocationList.fromBER(bytes);
      const key = await crypto.subtle.importKey(
        'spki',
        new X509Certificate(ark.certificate).publicKey.export({ type: 'spki', format: 'der' }),
        { name: 'RSA-PSS', hash: 'SHA-384' },
        false,
        ['verify'],
      );
      const signature = list.signatureValue.valueBlock.valueHexView;
      const scheme = { name: 'RSA-PSS', saltLength: 48 };
      expect(await crypto.subtle.verify(scheme, key, signature, list.tbsView)).toBe(true);
      const changed = list.tbsView.slice();
      changed[40] = (changed[40] ?? 0) ^ 1;
      expect(await crypto.subtle.verify(scheme, key, signature, changed)).toBe(false);
      expect(list.thisUpdate.value <= SIMULATED_AT).toBe(true);
      expect((list.nextUpdate?.value.getTime() ?? 0) - list.thisUpdate.value.getTime()).toBe(
        365 * 86_400_000,
      );
      const revoked = (list.revokedCertificates ?? []).map((entry) => entry.userCertificate.toBigInt());
      expect(revoked).toEqual(kind === 'snp-vcek-crl' && subject === 'Genoa' ? [0x20001n] : []);
    }
  });

  it('signs a list of any window, number and entries on request', async () => {
    const thisUpdate = new Date('2026-03-01T00:00:00Z');
    const nextUpdate = new Date('2026-03-02T00:00:00Z');
    const revoked = [{ serialNumber: 0x20101n, revokedAt: thisUpdate }];
    const request = { product: 'Genoa', kind: 'VLEK', thisUpdate, nextUpdate } as const;
    const vendor = await simulatedVendor();
    const given = await mintList(vendor, { ...request, number: 300n, revoked });
    const usual = await mintList(vendor, request);
    expect([given.kind, given.subject]).toEqual(['snp-vlek-crl', 'Genoa']);
    const list = pkijs.CertificateRevocationList.fromBER(given.bytes);
    expect([list.thisUpdate.value, list.nextUpdate?.value]).toEqual([thisUpdate, nextUpdate]);
    expect(list.revokedCertificates?.map((entry) => entry.userCertificate.toBigInt())).toEqual([0x20101n]);
    // CRL number (2.5.29.20): 300, and the seconds of thisUpdate where nobody asked.
    expect(Buffer.from(given.bytes).toString('hex')).toContain('0603551d1404040202012c');
    expect(Buffer.from(usual.bytes).toString('hex')).toContain('0603551d140406020469a38180');
  });

  it('calls its anchors simulated and shares no root with another vendor', async () => {
    const anchors = anchorsOf(await simulatedVendor());
    expect(anchors.simulated).toBe(true);
    expect(anchors.vendors.amd?.roots).toHaveLength(3);
    expect(anchors.vendors.amd?.intermediates).toHaveLength(6);
    expect(anchors.vendors.intel).toBeUndefined();
  });
});

describe('the simulated report', () => {
  it.each([2, 3, 4, 5])(
    'version %i is signed by the leaf over its first 672 bytes',
    async (reportVersion) => {
      const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, reportVersion });
      const { publicKey } = new X509Certificate(guest.leafDer ?? Buffer.alloc(0));
      const r = guest.report.slice(0x2a0, 0x2d0).reverse();
      const s = guest.report.slice(0x2e8, 0x318).reverse();
      const signature = Buffer.concat([r, s]);
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
      expect(verify('sha384', guest.report.subarray(0, 0x2a0), key, signature)).toBe(true);
      expect(verify('sha384', guest.report.subarray(0, 0x29f), key, signature)).toBe(false);
      const view = new DataView(guest.report.buffer, guest.report.byteOffset);
      expect(guest.report).toHaveLength(1184);
      expect(view.getUint32(0, true)).toBe(reportVersion);
      expect([...guest.report.subarray(0x188, 0x18b)]).toEqual(reportVersion >= 3 ? [0x19, 1, 1] : [0, 0, 0]);
      expect(view.getBigUint64(0x1f8, true)).toBe(reportVersion >= 5 ? 0x3fn : 0n);
      expect(guest.report.subarray(0x160, 0x180).every((byte) => byte === 0xff)).toBe(true);
    },
  );

  it('writes each product’s own TCB layout', async () => {
    const vendor = await simulatedVendor();
    const tcb = { fmc: 1, bootloader: 2, tee: 3, snp: 4, microcode: 217 };
    const bytesFor = async (product: 'Milan' | 'Turin') => {
      const guest = await mintGuest(vendor, { at: SIMULATED_AT, product, tcb });
      return Buffer.from(guest.report.subarray(0x180, 0x188)).toString('hex');
    };
    expect(await bytesFor('Milan')).toBe('02030000000004d9');
    expect(await bytesFor('Turin')).toBe('01020304000000d9');
  });

  it('puts the chip id into the leaf without a DER tag, 64 bytes or Turin’s 8', async () => {
    const vendor = await simulatedVendor();
    for (const [product, length] of [
      ['Milan', 64],
      ['Turin', 8],
    ] as const) {
      const { leafDer, report } = await mintGuest(vendor, { at: SIMULATED_AT, product });
      const chipId = Buffer.from(report.subarray(0x1a0, 0x1a0 + length)).toString('hex');
      const wrapped = length.toString(16).padStart(2, '0') + chipId;
      expect(Buffer.from(leafDer ?? []).toString('hex')).toContain(`06092b060104019c78010404${wrapped}`);
      expect(report.subarray(0x1a0 + length, 0x1e0).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('encodes security patch levels from 128 on with a leading zero', async () => {
    const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, tcb: { microcode: 217 } });
    expect(Buffer.from(guest.leafDer ?? []).toString('hex')).toContain(
      '060a2b060104019c78010308' + '0404020200d9',
    );
  });

  it('hashes Azure’s runtime claims into REPORT_DATA and carries the 64 bytes as user-data', async () => {
    const reportData = new Uint8Array(64).fill(7);
    const guest = await mintGuest(await simulatedVendor(), {
      at: SIMULATED_AT,
      envelope: 'azure-hcl',
      reportData,
    });
    const envelope = Buffer.from(guest.evidence);
    const claims = envelope.subarray(0x4d4, 0x4d4 + envelope.readUInt32LE(0x4d0));
    expect(envelope.subarray(0, 4).toString('ascii')).toBe('HCLA');
    expect(envelope.readUInt32LE(8)).toBe(32 + 1184 + 20 + claims.length);
    expect(JSON.parse(claims.toString('utf8'))['user-data']).toBe('07'.repeat(64));
    expect(Buffer.from(guest.report.subarray(0x50, 0x70))).toEqual(
      createHash('sha256').update(claims).digest(),
    );
    expect(guest.report.subarray(0x70, 0x90).every((byte) => byte === 0)).toBe(true);
  });

  it('says which line of the vendor a guest needs', async () => {
    const { products } = await simulatedVendor();
    for (const fault of [undefined, ...FAULTS]) {
      const options = { at: SIMULATED_AT, product: 'Turin', fault } as const;
      const line = lineNeededBy(options);
      const authorities = products.get(line);
      if (authorities === undefined) throw new Error(`no ${line}`);
      const guest = await mintGuest({ products: new Map([[line, authorities]]) }, options);
      expect([fault, guest.actual.product]).toEqual([
        fault,
        fault === 'snp_product_not_allowed' ? 'Milan' : 'Turin',
      ]);
    }
  });

  it('refuses what contradicts the format, and instants outside the life of its authorities', async () => {
    const vendor = await simulatedVendor();
    const code = 'request_invalid';
    await expect(
      mintGuest(vendor, { at: SIMULATED_AT, reportData: new Uint8Array(63) }),
    ).rejects.toMatchObject({
      refusal: { code },
    });
    for (const microcode of [256, -1, 1.5]) {
      await expect(mintGuest(vendor, { at: SIMULATED_AT, tcb: { microcode } })).rejects.toMatchObject({
        refusal: { code },
      });
    }
    const currentVersion = { major: 1, minor: 55, build: 300 };
    await expect(mintGuest(vendor, { at: SIMULATED_AT, currentVersion })).rejects.toMatchObject({
      refusal: { code },
    });
    await expect(mintGuest(vendor, { at: new Date('2019-01-01T00:00:00Z') })).rejects.toMatchObject({
      refusal: { code },
    });
    await expect(mintGuest(vendor, { at: SIMULATED_AT, fault: 'nonce_replayed' })).rejects.toMatchObject({
      refusal: { code },
    });
    await expect(mintGuest({ products: new Map() }, { at: SIMULATED_AT })).rejects.toMatchObject({
      refusal: { code },
    });
  });
});
