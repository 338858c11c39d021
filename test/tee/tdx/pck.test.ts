import type { KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { type Certificate, parseCertificate } from '../../../src/pki/certificate.js';
import { MalformedDer } from '../../../src/pki/der.js';
import {
  type Asn1,
  boolean,
  derOf,
  enumerated,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  utf8,
} from '../../../src/simulator/asn1.js';
import { type PlannedExtension, signCertificate } from '../../../src/simulator/certificate.js';
import { INTEL_FORM, intelExtensions } from '../../../src/simulator/intel/form.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import { type PckFacts, pckTexts, readPck } from '../../../src/tee/tdx/pck.js';
import { AT, days } from './judged.js';
import { counting } from './sample-quote.js';

const SGX = '1.2.840.113741.1.13.1';
/** A member: the end of its OID, and its value. */
type Member = readonly [suffix: string, value: Asn1];

const list = (members: readonly Member[]): Asn1 =>
  sequence(...members.map(([suffix, value]) => sequence(oid(`${SGX}.${suffix}`), value)));

const PPID = counting(16, 0xa1);
const CPU_SVN = counting(16, 0xc1);
const INSTANCE = counting(16, 0xd1);
const TCB: readonly Member[] = [
  ...Array.from({ length: 16 }, (_, index): Member => [`2.${index + 1}`, integer(index * 16 + 15)]),
  ['2.17', integer(0x1234)],
  ['2.18', octets(CPU_SVN)],
];
const CONFIGURATION: readonly Member[] = [
  ['7.1', boolean(true)],
  ['7.2', boolean(false)],
  ['7.3', boolean(true)],
];
const WHOLE: readonly Member[] = [
  ['1', octets(PPID)],
  ['2', list(TCB)],
  ['3', octets(Uint8Array.of(0xab, 0xcd))],
  ['4', octets(Uint8Array.of(0xb0, 0xc0, 0x6f, 1, 2, 3))],
  ['5', enumerated(1)],
  ['6', octets(INSTANCE)],
  ['7', list(CONFIGURATION)],
];

/** The members with some replaced by others; null leaves one out. */
function altered(members: readonly Member[], changes: Readonly<Record<string, Asn1 | null>>): Member[] {
  return members.flatMap(([suffix, value]): Member[] => {
    const change = changes[suffix];
    return change === null ? [] : [[suffix, change ?? value]];
  });
}
const inTcb = (changes: Readonly<Record<string, Asn1 | null>>): Member[] =>
  altered(WHOLE, { '2': list(altered(TCB, changes)) });
const inConfiguration = (changes: Readonly<Record<string, Asn1 | null>>): Member[] =>
  altered(WHOLE, { '7': list(altered(CONFIGURATION, changes)) });

let key: KeyObject;
/** Without the extension. */
let bare: Certificate;
beforeAll(async () => {
  key = await makeEcKey('P-256');
  bare = await leafWith([]);
});

async function leafWith(extensions: readonly PlannedExtension[]) {
  const name = 'Intel SGX PCK Certificate';
  const plan = { serialNumber: 7n, subject: name, issuer: name, notBefore: AT, notAfter: days(9), key };
  const standard = intelExtensions(key, key, null, 'https://example.com/crl');
  return parseCertificate(
    await signCertificate(INTEL_FORM, { ...plan, extensions: [...standard, ...extensions] }, key),
  );
}

/** What is read of a certificate with this extension, or why it is not. */
async function readValue(value: Uint8Array): Promise<PckFacts | string> {
  const extension = { oid: SGX, critical: false, value, der: value };
  try {
    return readPck({ ...bare, extension: (wanted) => (wanted === SGX ? extension : null) });
  } catch (error) {
    if (error instanceof MalformedDer) return error.message;
    throw error;
  }
}
const read = (members: readonly Member[]): Promise<PckFacts | string> => readValue(derOf(list(members)));

const FACTS: PckFacts = {
  ppid: PPID,
  components: Array.from({ length: 16 }, (_, index) => index * 16 + 15),
  pceSvn: 0x1234,
  cpuSvn: CPU_SVN,
  pceId: Uint8Array.of(0xab, 0xcd),
  fmspc: Uint8Array.of(0xb0, 0xc0, 0x6f, 1, 2, 3),
  sgxType: 1,
  platformInstanceId: INSTANCE,
  configuration: { dynamicPlatform: true, cachedKeys: false, smtEnabled: true },
};

describe('what names a platform, in words', () => {
  test('is in lowercase hex, SVNs in decimal', () => {
    const components = [15, 31, 47, 63, 79, 95, 111, 127, 143, 159, 175, 191, 207, 223, 239, 255];
    expect(pckTexts(FACTS)).toEqual({
      fmspc: 'b0c06f010203',
      pceId: 'abcd',
      platformInstanceId: hexOf(INSTANCE),
      ppid: hexOf(PPID),
      svns: `${components.join(',')}.4660`,
    });
  });

  test('is of the one certificate that was asked about, with an instance or without', () => {
    const other = { ...FACTS, fmspc: counting(6, 0x10), platformInstanceId: null };
    expect(pckTexts(other)).toMatchObject({ fmspc: '10171e252c33', platformInstanceId: null });
    expect(pckTexts(FACTS).fmspc).toBe('b0c06f010203');
  });
});

describe('the SGX extension', () => {
  test('says which platform it is, and at which level', async () => {
    const leaf = await leafWith([{ oid: SGX, critical: false, value: derOf(list(WHOLE)) }]);
    expect(readPck(leaf)).toEqual(FACTS);
    expect(await read(WHOLE)).toEqual(FACTS);
  });

  test('is read by OID, whatever the order', async () => {
    const shuffled = <T>(items: readonly T[]): T[] => [...items].reverse();
    const rotated = <T>(items: readonly T[]): T[] => [...items.slice(3), ...items.slice(0, 3)];
    for (const order of [shuffled, rotated] as const) {
      const inside = altered(WHOLE, { '2': list(order(TCB)), '7': list(order(CONFIGURATION)) });
      expect(await read(order(inside))).toEqual(FACTS);
    }
  });

  test('may have members that nobody knows', async () => {
    expect(await read([...WHOLE, ['8', nothing()]])).toEqual(FACTS);
  });

  test('components and CPUSVN are different things', async () => {
    const facts = await read(inTcb({ '2.18': octets(new Uint8Array(16)) }));
    expect(facts).toMatchObject({ components: FACTS.components, cpuSvn: new Uint8Array(16) });
  });

  test.each(['1', '2', '3', '4'])('is none without member .%s', async (suffix) => {
    expect(await read(altered(WHOLE, { [suffix]: null }))).toBe(
      `${SGX}.${suffix} is missing in the SGX extension`,
    );
  });

  test.each(TCB.map(([suffix]) => suffix))('is none without member .%s', async (suffix) => {
    expect(await read(inTcb({ [suffix]: null }))).toBe(`${SGX}.${suffix} is missing in the SGX extension`);
  });

  test('of the Processor CA has neither instance nor configuration', async () => {
    const processor = await read(altered(WHOLE, { '6': null, '7': null, '5': enumerated(0) }));
    const unknown = { dynamicPlatform: null, cachedKeys: null, smtEnabled: null };
    expect(processor).toEqual({ ...FACTS, sgxType: 0, platformInstanceId: null, configuration: unknown });
  });

  test.each([
    ['7.1', 'dynamicPlatform'],
    ['7.2', 'cachedKeys'],
    ['7.3', 'smtEnabled'],
  ] as const)('that leaves out .%s does not know %s', async (suffix, name) => {
    const facts = await read(inConfiguration({ [suffix]: null }));
    expect(facts).toMatchObject({ configuration: { ...FACTS.configuration, [name]: null } });
    for (const value of [true, false]) {
      expect(await read(inConfiguration({ [suffix]: boolean(value) }))).toMatchObject({
        configuration: { [name]: value },
      });
    }
  });

  test.each([...WHOLE, ...TCB, ...CONFIGURATION].map(([suffix]) => suffix))(
    'has no member .%s twice',
    async (suffix) => {
      const twice = (members: readonly Member[]): Member[] => [
        ...members,
        ...members.filter(([one]) => one === suffix),
      ];
      const whole = suffix.startsWith('2.')
        ? altered(WHOLE, { '2': list(twice(TCB)) })
        : suffix.startsWith('7.')
          ? altered(WHOLE, { '7': list(twice(CONFIGURATION)) })
          : twice(WHOLE);
      expect(await read(whole)).toBe(`${SGX}.${suffix} stands twice in the SGX extension`);
    },
  );

  const BYTES: readonly (readonly [suffix: string, length: number])[] = [
    ['1', 16],
    ['3', 2],
    ['4', 6],
    ['6', 16],
    ['2.18', 16],
  ];
  test.each(BYTES)('.%s is an octet string of %i bytes and nothing else', async (suffix, length) => {
    const put = (value: Asn1): Member[] =>
      suffix.includes('.') ? inTcb({ [suffix]: value }) : altered(WHOLE, { [suffix]: value });
    for (const wrong of [0, length - 1, length + 1, 64]) {
      expect(await read(put(octets(new Uint8Array(wrong))))).toBe(`${wrong} bytes where ${length} belong`);
    }
    for (const other of [
      integer(1n << BigInt(length * 8 - 2)),
      utf8('x'.repeat(length)),
      nothing(),
      sequence(),
    ]) {
      expect(await read(put(other))).toMatch(/^tag \d+ where 4 belongs/);
    }
    expect(typeof (await read(put(octets(new Uint8Array(length)))))).toBe('object');
  });

  const NUMBERS: readonly (readonly [suffix: string, max: number])[] = [
    ...Array.from({ length: 16 }, (_, index) => [`2.${index + 1}`, 255] as const),
    ['2.17', 65535],
  ];
  test.each(NUMBERS)('.%s is an integer of 0 to %i', async (suffix, max) => {
    for (const good of [0, 127, 128, max])
      expect(typeof (await read(inTcb({ [suffix]: integer(good) })))).toBe('object');
    for (const bad of [-1, max + 1, 2 ** 40]) {
      expect(await read(inTcb({ [suffix]: integer(bad) }))).toBe(`an integer that is not 0 to ${max}`);
    }
    for (const other of [octets(Uint8Array.of(5)), enumerated(5), boolean(true), nothing()]) {
      expect(await read(inTcb({ [suffix]: other }))).toMatch(/^tag \d+ where 2 belongs/);
    }
  });

  test('.5 is one of three, or left out: it decides nothing', async () => {
    expect(await read(altered(WHOLE, { '5': null }))).toEqual({ ...FACTS, sgxType: null });
    for (const type of [0, 1, 2]) {
      expect(await read(altered(WHOLE, { '5': enumerated(type) }))).toMatchObject({ sgxType: type });
    }
    for (const value of [enumerated(3), enumerated(255), enumerated(256), integer(1), nothing()]) {
      expect(await read(altered(WHOLE, { '5': value }))).toBe('an SGX type that is not 0 to 2');
    }
  });

  test.each(['7.1', '7.2', '7.3'])('.%s is a boolean', async (suffix) => {
    for (const value of [integer(1), enumerated(1), nothing(), octets(Uint8Array.of(1))]) {
      expect(await read(inConfiguration({ [suffix]: value }))).toBe(`${SGX}.${suffix} is not a boolean`);
    }
  });

  test.each(['2', '7'])('.%s is a list of pairs', async (suffix) => {
    for (const value of [integer(1), octets(new Uint8Array(4)), nothing()]) {
      expect(await read(altered(WHOLE, { [suffix]: value }))).toMatch(/^tag \d+ where 48 belongs/);
    }
    for (const pair of [
      sequence(),
      sequence(oid(`${SGX}.2.1`)),
      sequence(oid(SGX), integer(1), integer(2)),
    ]) {
      expect(await read(altered(WHOLE, { [suffix]: sequence(pair) }))).toBe(
        'not a member of the SGX extension',
      );
    }
    expect(await read(altered(WHOLE, { [suffix]: sequence(sequence(utf8('x'), integer(1))) }))).toMatch(
      /where 6/,
    );
  });
});

describe('what cannot be the SGX extension', () => {
  test('none at all', () => {
    expect(() => readPck(bare)).toThrow(new MalformedDer('the SGX extension is missing'));
  });

  test('one under an OID that begins like it, or ends like it', async () => {
    for (const other of [
      `${SGX}.1`,
      '1.2.840.113741.1.13',
      '1.2.840.113741.1.13.2',
      '1.2.840.113742.1.13.1',
    ]) {
      const leaf = await leafWith([{ oid: other, critical: false, value: derOf(list(WHOLE)) }]);
      expect(() => readPck(leaf)).toThrow(/the SGX extension is missing/);
    }
  });

  test('extension_value_length_exact: bytes behind it, or too few', async () => {
    const der = derOf(list(WHOLE));
    expect(await readValue(new Uint8Array(Buffer.concat([der, Uint8Array.of(0)])))).toBe(
      '1 bytes behind the value',
    );
    for (let length = 0; length < der.length; length += 1) {
      expect([length, typeof (await readValue(der.subarray(0, length)))]).toEqual([length, 'string']);
    }
  });

  test('one that is not DER: booleans that are neither, integers longer than needed', async () => {
    const spoilt = (from: string, to: string): Uint8Array => {
      const hex = Buffer.from(derOf(list(WHOLE))).toString('hex');
      if (!hex.includes(from)) throw new Error(`${from} is not in there`);
      return new Uint8Array(Buffer.from(hex.replace(from, to), 'hex'));
    };
    expect(await readValue(spoilt('0101ff', '010101'))).toBe('a boolean that is neither');
    // PCESVN 0x1234 in two octets becomes 0x0034, which needs one.
    expect(await readValue(spoilt('02021234', '02020034'))).toBe('an integer longer than needed');
  });
});

describe('chip_id_prefix_all_256', () => {
  test('PPID, FMSPC and instance may begin with anything', async () => {
    for (let first = 0; first < 256; first += 1) {
      const beginning = (length: number): Uint8Array =>
        Uint8Array.from({ length }, (_, index) => (index === 0 ? first : index === 1 ? length - 2 : 0x33));
      const facts = await read(
        altered(WHOLE, { '1': octets(beginning(16)), '4': octets(beginning(6)), '6': octets(beginning(16)) }),
      );
      if (typeof facts === 'string') throw new Error(`${first}: ${facts}`);
      expect([facts.ppid, facts.fmspc, facts.platformInstanceId ?? new Uint8Array()].map(hexOf)).toEqual(
        [beginning(16), beginning(6), beginning(16)].map(hexOf),
      );
    }
  });
});
