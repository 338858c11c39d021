import type { KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { type Certificate, parseCertificate } from '../../../src/pki/certificate.js';
import { MalformedDer } from '../../../src/pki/der.js';
import { mintCertificate } from '../../../src/simulator/amd/certificate.js';
import { authoritiesOf } from '../../../src/simulator/amd/vendor.js';
import { derOf, ia5, integer, octets, utf8 } from '../../../src/simulator/asn1.js';
import type { PlannedExtension } from '../../../src/simulator/certificate.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import type { SnpProduct } from '../../../src/tee/snp/product.js';
import type { SigningKey } from '../../../src/tee/snp/signer.js';
import { decodeTcb } from '../../../src/tee/snp/tcb.js';
import { kindOfIssuer, kindOfLeaf, readVek, type Vek } from '../../../src/tee/snp/vek.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { AT } from './judged.js';

const PREFIX = '1.3.6.1.4.1.3704.1';
const number = (value: number): Uint8Array => derOf(integer(value));
const HWID = Uint8Array.from({ length: 64 }, (_, index) => index + 1);

/** Extension values by the part of the OID after AMD's prefix; null leaves one out. */
type Values = Readonly<Record<string, Uint8Array | null>>;

const MILAN_VCEK: Values = {
  '1': number(0),
  '2': derOf(ia5('Milan-B0')),
  '3.1': number(4),
  '3.2': number(0),
  '3.3': number(24),
  '3.4': number(0),
  '3.5': number(0),
  '3.6': number(0),
  '3.7': number(0),
  '3.8': number(217),
  '4': HWID,
};
const MILAN_VLEK: Values = {
  ...MILAN_VCEK,
  '2': derOf(ia5('Milan')),
  '4': null,
  '5': derOf(ia5('CN=cc.example')),
};
const TURIN_VCEK: Values = {
  ...MILAN_VCEK,
  '1': number(1),
  '2': derOf(ia5('Turin')),
  '3.4': null,
  '3.9': number(1),
  '4': HWID.subarray(0, 8),
};

let key: KeyObject;
let issuer: KeyObject;

beforeAll(async () => {
  key = await makeEcKey('P-384');
  issuer = authoritiesOf(await simulatedVendor(), 'Milan').ask.key;
});

async function leafOf(values: Values, extra: readonly PlannedExtension[] = []): Promise<Certificate> {
  const planned = Object.entries(values).flatMap(([suffix, value]) =>
    value === null ? [] : [{ oid: `${PREFIX}.${suffix}`, critical: false, value }],
  );
  const der = await mintCertificate(
    {
      serialNumber: 0n,
      subject: 'SEV-VCEK',
      issuer: 'SEV-Milan',
      notBefore: AT,
      notAfter: new Date('2030-01-01T00:00:00Z'),
      key,
      extensions: [...planned, ...extra],
    },
    issuer,
  );
  return parseCertificate(der);
}

async function read(
  values: Values,
  kind: SigningKey = 'VCEK',
  product: SnpProduct = 'Milan',
  extra: readonly PlannedExtension[] = [],
): Promise<Vek | string> {
  const leaf = await leafOf(values, extra);
  try {
    return readVek(leaf, kind, product);
  } catch (error) {
    if (error instanceof MalformedDer) return error.message;
    throw error;
  }
}

describe('AMD’s extensions', () => {
  test('a VCEK names levels and a chip', async () => {
    const vek = await read(MILAN_VCEK);
    expect(vek).toMatchObject({ productName: 'Milan-B0', cspId: null });
    if (typeof vek === 'string') throw new Error(vek);
    expect(vek.hwid).toEqual(HWID);
    expect(decodeTcb(vek.tcb, 'Milan')).toMatchObject({
      bootloader: 4,
      tee: 0,
      snp: 24,
      microcode: 217,
      fmc: null,
    });
  });

  test('a VLEK names levels and a provider', async () => {
    expect(await read(MILAN_VLEK, 'VLEK')).toMatchObject({
      cspId: 'CN=cc.example',
      hwid: null,
      productName: 'Milan',
    });
  });

  test('turin_hwid_8_bytes', async () => {
    const vek = await read(TURIN_VCEK, 'VCEK', 'Turin');
    if (typeof vek === 'string') throw new Error(vek);
    expect(vek.hwid).toEqual(HWID.subarray(0, 8));
    expect(decodeTcb(vek.tcb, 'Turin')).toMatchObject({ fmc: 1, bootloader: 4, tee: 0, snp: 24 });
    expect(await read({ ...TURIN_VCEK, '4': HWID }, 'VCEK', 'Turin')).toMatch(/hwID of 64 bytes/);
    expect(await read({ ...MILAN_VCEK, '4': HWID.subarray(0, 8) })).toMatch(/hwID of 8 bytes/);
  });

  test('hwID may be an OCTET STRING', async () => {
    expect(await read({ ...MILAN_VCEK, '4': derOf(octets(HWID)) })).toMatchObject({ hwid: HWID });
    const short = HWID.subarray(0, 8);
    expect(await read({ ...TURIN_VCEK, '4': derOf(octets(short)) }, 'VCEK', 'Turin')).toMatchObject({
      hwid: short,
    });
  });

  test('chip_id_prefix_all_256', async () => {
    for (let first = 0; first < 256; first += 1) {
      const chip = HWID.map((byte, index) => (index === 0 ? first : index === 1 ? 0x40 : byte));
      const vek = await read({ ...MILAN_VCEK, '4': chip });
      expect([first, typeof vek === 'string' ? vek : hexOf(vek.hwid ?? new Uint8Array())]).toEqual([
        first,
        hexOf(chip),
      ]);
    }
  });

  test('extension_value_length_exact', async () => {
    const level = (bytes: readonly number[]) => read({ ...MILAN_VCEK, '3.8': Uint8Array.from(bytes) });
    expect(await level([0x02, 0x02, 0x00, 0xd9])).toMatchObject({ hwid: HWID });
    expect(await level([0x02, 0x01, 0x7f])).toMatchObject({ hwid: HWID });
    for (const bytes of [
      [0x02, 0x01, 0xd9],
      [0x02, 0x02, 0x01, 0x00],
      [0x02, 0x02, 0x00, 0x05],
      [0x02, 0x01, 0x05, 0x00],
      [0x02, 0x03, 0x00, 0xd9],
      [0x04, 0x01, 0xd9],
      [0xd9],
      [],
    ]) {
      expect(typeof (await level(bytes))).toBe('string');
    }
    for (const length of [0, 63, 65, 66, 67]) {
      expect(typeof (await read({ ...MILAN_VCEK, '4': new Uint8Array(length).fill(9) }))).toBe('string');
    }
  });

  test('vcek_without_hwid_fails', async () => {
    expect(await read({ ...MILAN_VCEK, '4': null })).toMatch(/\.4 is missing/);
    expect(await read({ ...MILAN_VCEK, '4': new Uint8Array(64) })).toMatch(/zero/);
  });

  test.each(['1', '2', '3.1', '3.2', '3.3', '3.8'])('none without extension %s', async (suffix) => {
    expect(await read({ ...MILAN_VCEK, [suffix]: null })).toMatch(/is missing/);
    expect(await read({ ...MILAN_VLEK, [suffix]: null }, 'VLEK')).toMatch(/is missing/);
  });

  test('chip and provider exclude each other', async () => {
    const both = { ...MILAN_VCEK, '5': derOf(ia5('CN=cc.example')) };
    expect(await read(both)).toMatch(/cspID/);
    expect(await read(both, 'VLEK')).toMatch(/hwID/);
    expect(await read({ ...MILAN_VLEK, '5': null }, 'VLEK')).toMatch(/\.5 is missing/);
    expect(await read({ ...MILAN_VLEK, '5': derOf(utf8('CN=cc.example')) }, 'VLEK')).toMatch(
      /not printable text/,
    );
    expect(await read({ ...MILAN_VLEK, '5': derOf(ia5('')) }, 'VLEK')).toMatch(/not printable text/);
  });

  test('FMC exists on Turin, and there it must', async () => {
    expect(await read({ ...TURIN_VCEK, '3.9': null }, 'VCEK', 'Turin')).toMatch(/3\.9 is missing/);
    expect(await read({ ...MILAN_VCEK, '3.9': number(0) })).toMatch(/fmcSPL/);
  });

  test('reserved levels are zero where they are there', async () => {
    expect(await read({ ...MILAN_VCEK, '3.5': number(1) })).toMatch(/reserved/);
    expect(await read({ ...MILAN_VCEK, '3.5': null })).toMatchObject({ hwid: HWID });
  });

  test('an unknown extension is ignored unless it is critical', async () => {
    const unknown = (critical: boolean) => [{ oid: `${PREFIX}.3.10`, critical, value: number(1) }];
    expect(await read(MILAN_VCEK, 'VCEK', 'Milan', unknown(false))).toMatchObject({ hwid: HWID });
    expect(await read(MILAN_VCEK, 'VCEK', 'Milan', unknown(true))).toMatch(/critical/);
  });

  test('kinds go by whole names', async () => {
    expect(kindOfLeaf(await leafOf(MILAN_VCEK))).toBe('VCEK');
    expect(kindOfIssuer('SEV-Milan')).toBe('VCEK');
    expect(kindOfIssuer('SEV-VLEK-Milan')).toBe('VLEK');
    expect(kindOfIssuer('SEV-VLEK-Rome')).toBeNull();
    expect(kindOfIssuer(null)).toBeNull();
  });
});

describe('values at their ends', () => {
  test('hwID may be wrapped, by an OCTET STRING of its very length alone', async () => {
    const wrapped = Uint8Array.of(0x04, 64, ...HWID);
    const hwidOf = async (value: Uint8Array) => {
      const vek = await read({ ...MILAN_VCEK, '4': value });
      return typeof vek === 'string' ? vek : vek.hwid;
    };
    expect(await hwidOf(wrapped)).toEqual(HWID);
    const wrong = 'hwID of 66 bytes, not 64';
    expect(await hwidOf(wrapped.with(0, 0x05))).toBe(wrong);
    expect(await hwidOf(wrapped.with(1, 63))).toBe(wrong);
    expect(await hwidOf(Uint8Array.of(...wrapped, 0))).toBe('hwID of 67 bytes, not 64');
    const looksWrapped = HWID.with(0, 0x04).with(1, 64);
    expect(await hwidOf(looksWrapped)).toEqual(looksWrapped);
  });

  test('a level is a byte', async () => {
    const told = async (level: number) => {
      const vek = await read({ ...MILAN_VCEK, '3.3': number(level) });
      return typeof vek === 'string' ? vek : decodeTcb(vek.tcb, 'Milan').snp;
    };
    expect(await told(255)).toBe(255);
    expect(await told(256)).toBe(`extension ${PREFIX}.3.3 is not 0 to 255`);
    expect(await told(-1)).toBe(`extension ${PREFIX}.3.3 is not 0 to 255`);
  });

  test('a text is printable from its first character to its last', async () => {
    const told = async (text: string) => {
      const vek = await read({ ...MILAN_VCEK, '2': derOf(ia5(text)) });
      return typeof vek === 'string' ? vek : vek.productName;
    };
    expect(await told('y'.repeat(256))).toBe('y'.repeat(256));
    for (const text of ['', 'y'.repeat(257), '\u0001Milan', 'Milan\u0001']) {
      expect(await told(text)).toMatch(/ is not printable text \([0-9a-f]*\)$/u);
    }
  });

  test('what was read of one certificate is what it is read as', async () => {
    const leaf = await leafOf({ ...MILAN_VCEK, '4': HWID });
    expect(readVek(leaf, 'VCEK', 'Milan')).toMatchObject({ productName: 'Milan-B0' });
    expect(() => readVek(leaf, 'VLEK', 'Milan')).toThrow('a VLEK with hwID');
    expect(() => readVek(leaf, 'VCEK', 'Turin')).toThrow(`extension ${PREFIX}.3.9 is missing`);
  });

  test('names of kinds', async () => {
    const leaf = await leafOf(MILAN_VCEK);
    expect([kindOfLeaf(leaf), kindOfLeaf({ ...leaf, subjectCn: 'SEV-VLEK' })]).toEqual(['VCEK', 'VLEK']);
    expect(kindOfLeaf({ ...leaf, subjectCn: 'SEV' })).toBeNull();
    expect([null, 'SEV-Milan', 'SEV-VLEK-Milan', 'SEV-VLEK'].map(kindOfIssuer)).toEqual([
      null,
      'VCEK',
      'VLEK',
      null,
    ]);
  });
});
