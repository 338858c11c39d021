/** What a certificate is made of, member by member: each deviation is refused, and says which. */
import { describe, expect, test } from '@jest/globals';
import { parseCertificate } from '../../src/pki/certificate.js';
import { MalformedDer } from '../../src/pki/der.js';
import {
  type Asn1,
  asn1Of,
  bits,
  boolean,
  derOf,
  ia5,
  integer,
  nothing,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  tagged,
  time,
  utf8,
} from '../../src/simulator/asn1.js';
import { extensionList } from '../../src/simulator/certificate.js';
import { INTEL_FORM } from '../../src/simulator/intel/form.js';
import { pointOf, spkiOf } from '../../src/simulator/key-pair.js';
import { constraints, extension, NOT_AFTER, NOT_BEFORE } from './miniature.js';
import { keyOf } from './miniature-ec.js';

const ONE = extension('1.2.3', Uint8Array.of(5, 0));
const ECDSA = INTEL_FORM.algorithm();
const PSS_OF_NOTHING = sequence(oid('1.2.840.113549.1.1.10'));
const commonName = (value: Asn1): Asn1 => setOf(sequence(oid('2.5.4.3'), value));
const nameOf = (text: string): Asn1 => sequence(commonName(printable(text)));

type Member = 'version' | 'serial' | 'algorithm' | 'issuer' | 'validity' | 'subject' | 'key' | 'extensions';

/** Names to nodes; null leaves one out. Nobody signed it: only its form is looked at. */
function certificate(
  change: Partial<Record<Member, Asn1 | null>> = {},
  more: { tbs?: Asn1[]; outer?: Asn1[] } = {},
): Uint8Array {
  const members: Record<Member, Asn1 | null> = {
    version: tagged(0, integer(2)),
    serial: integer(7),
    algorithm: ECDSA,
    issuer: nameOf('issuer'),
    validity: sequence(time(NOT_BEFORE), time(NOT_AFTER)),
    subject: nameOf('leaf'),
    key: asn1Of(spkiOf(keyOf('leaf'))),
    extensions: tagged(3, extensionList([ONE])),
    ...change,
  };
  const present = Object.values(members).filter((member) => member !== null);
  const tbs = sequence(...present, ...(more.tbs ?? []));
  return derOf(sequence(tbs, ...(more.outer ?? [ECDSA, bits(Uint8Array.of(1))])));
}

/** On P-256, whatever the octets of its point are. */
const ecKeyOf = (point: Uint8Array): Asn1 =>
  sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bits(point));

/** x, and whether y is odd (SEC 1, 2.3.3). */
const compressed = (point: Uint8Array): Uint8Array =>
  Uint8Array.of(2 + ((point.at(-1) ?? 0) & 1), ...point.subarray(0, point.length / 2));

const withExtensions = (...list: readonly Asn1[]): Uint8Array =>
  certificate({ extensions: tagged(3, sequence(...list)) });
const MEMBERS = 'not the members of a certificate with extensions';
const NO_ATTRIBUTE = 'not an attribute of a name';
const NOT_UNCOMPRESSED = 'a public key whose point is not uncompressed';
const SPELLED_OUT = 'an extension that spells out its default';

test('the sound one is read', () => {
  const read = parseCertificate(certificate());
  expect(read).toMatchObject({ subjectCn: 'leaf', issuerCn: 'issuer', serialNumber: 7n });
  expect(read.keyFacts).toEqual({ type: 'ec', curve: 'prime256v1' });
  expect(read.extension('1.2.3')?.critical).toBe(false);
});

describe('a certificate is refused', () => {
  test.each<[string, Uint8Array, string]>([
    ['one member too few', certificate({ extensions: null }), MEMBERS],
    ['a member too many', certificate({}, { tbs: [nothing()] }), MEMBERS],
    ['nothing in it', derOf(sequence(sequence(), ECDSA, bits(Uint8Array.of(1)))), MEMBERS],
    ['version 2', certificate({ version: tagged(0, integer(1)) }), 'not an X.509 version 3 certificate'],
    [
      'another algorithm inside',
      certificate({ algorithm: PSS_OF_NOTHING }),
      'the signature algorithm differs inside and outside of the signed part',
    ],
    [
      'an algorithm that is none of ours',
      certificate({ algorithm: PSS_OF_NOTHING }, { outer: [PSS_OF_NOTHING, bits(Uint8Array.of(1))] }),
      'not signed with RSASSA-PSS and SHA-384 or ECDSA and SHA-256',
    ],
    ['no signature', certificate({}, { outer: [ECDSA] }), 'not a signed document of three parts'],
    ['no algorithm', certificate({}, { outer: [] }), 'not a signed document of three parts'],
    [
      'something behind the signature',
      certificate({}, { outer: [ECDSA, bits(Uint8Array.of(1)), nothing()] }),
      'not a signed document of three parts',
    ],
    ['nothing at all', Uint8Array.of(0x30, 0), 'not a signed document of three parts'],
    ['no end of validity', certificate({ validity: sequence(time(NOT_BEFORE)) }), 'not a validity'],
    ['no validity', certificate({ validity: sequence() }), 'not a validity'],
    [
      'a validity of three dates',
      certificate({ validity: sequence(time(NOT_BEFORE), time(NOT_AFTER), time(NOT_AFTER)) }),
      'not a validity',
    ],
    ['no list of extensions', certificate({ extensions: tagged(3) }), 'not a list of extensions'],
    [
      'two lists of extensions',
      certificate({ extensions: tagged(3, extensionList([ONE]), extensionList([ONE])) }),
      'not a list of extensions',
    ],
    ['an empty list of extensions', withExtensions(), 'an empty list of extensions'],
    ['an extension without value', withExtensions(sequence(oid('1.2.3'))), 'not an extension'],
    ['an extension of nothing', withExtensions(sequence()), 'not an extension'],
    [
      'an extension of four parts',
      withExtensions(sequence(oid('1.2.3'), boolean(true), octets(Uint8Array.of(1)), nothing())),
      'not an extension',
    ],
    [
      'an extension that is not critical in words',
      withExtensions(sequence(oid('1.2.3'), boolean(false), octets(Uint8Array.of(1)))),
      SPELLED_OUT,
    ],
    [
      'an extension whose criticality is a number',
      withExtensions(sequence(oid('1.2.3'), integer(-1), octets(Uint8Array.of(1)))),
      SPELLED_OUT,
    ],
    [
      'an extension that stands twice',
      certificate({ extensions: tagged(3, extensionList([ONE, ONE])) }),
      'extension 1.2.3 stands twice',
    ],
    [
      'an attribute without value',
      certificate({ subject: sequence(setOf(sequence(oid('2.5.4.3')))) }),
      NO_ATTRIBUTE,
    ],
    ['an attribute of nothing', certificate({ subject: sequence(setOf(sequence())) }), NO_ATTRIBUTE],
    [
      'an attribute of three parts',
      certificate({ issuer: sequence(setOf(sequence(oid('2.5.4.3'), utf8('a'), utf8('b')))) }),
      NO_ATTRIBUTE,
    ],
    [
      'an attribute whose type is none',
      certificate({ issuer: sequence(setOf(sequence(integer(1), utf8('a')))) }),
      NO_ATTRIBUTE,
    ],
    [
      'a common name in IA5',
      certificate({ subject: sequence(commonName(ia5('leaf'))) }),
      'a common name in another kind of string',
    ],
    [
      'a key without parameters that is none',
      certificate({ key: sequence(sequence(oid('1.2.3')), bits(Uint8Array.of(1))) }),
      'not a public key',
    ],
    ['an empty key', certificate({ key: sequence() }), 'not a public key'],
    // Node 20 ends the process when it is asked about the first of these.
    ['a key at infinity', certificate({ key: ecKeyOf(Uint8Array.of(0)) }), NOT_UNCOMPRESSED],
    ['a compressed key', certificate({ key: ecKeyOf(compressed(pointOf(keyOf('leaf')))) }), NOT_UNCOMPRESSED],
    ['a key of no octets', certificate({ key: ecKeyOf(new Uint8Array()) }), NOT_UNCOMPRESSED],
    [
      'a key with parameters of its own',
      certificate({ key: sequence(sequence(oid('1.2.3'), sequence()), bits(Uint8Array.of(1))) }),
      'a public key with parameters of its own',
    ],
  ])('for %s', (_what, der, says) => {
    expect(() => parseCertificate(der)).toThrow(new MalformedDer(says));
  });

  test('for a common name that is not UTF-8', () => {
    const der = Buffer.from(certificate({ subject: sequence(commonName(utf8('leaf'))) }));
    der[der.lastIndexOf('leaf')] = 0xff;
    expect(() => parseCertificate(der)).toThrow(new MalformedDer('a common name that is not UTF-8'));
  });

  test('for basicConstraints that the library cannot read, by the name of the extension', () => {
    const der = certificate({
      extensions: tagged(3, extensionList([extension('2.5.29.19', derOf(integer(1)))])),
    });
    expect(() => parseCertificate(der)).toThrow(/^extension 2\.5\.29\.19: ./u);
  });

  test('for more than 8 KiB, and not for 8 KiB', () => {
    const sized = (filler: number): Uint8Array =>
      certificate({ extensions: tagged(3, extensionList([extension('1.2.3', new Uint8Array(filler))])) });
    const overhead = sized(7000).length - 7000;
    expect(parseCertificate(sized(8192 - overhead)).der).toHaveLength(8192);
    const large = sized(8193 - overhead);
    expect(() => parseCertificate(large)).toThrow(new MalformedDer('a certificate of more than 8 KiB'));
  });
});

describe('a certificate is read', () => {
  test.each<[string, Asn1, string | null]>([
    ['one in UTF-8', sequence(commonName(utf8('Größe'))), 'Größe'],
    ['none', sequence(setOf(sequence(oid('2.5.4.10'), utf8('somebody')))), null],
    ['two', sequence(commonName(utf8('a')), commonName(utf8('b'))), null],
    [
      'one beside others',
      sequence(setOf(sequence(oid('2.5.4.6'), printable('US'))), commonName(utf8('a'))),
      'a',
    ],
    ['a byte order mark in it', sequence(commonName(utf8('\ufeffa'))), '\ufeffa'],
  ])('with its common name: %s', (_what, subject, name) => {
    expect(parseCertificate(certificate({ subject })).subjectCn).toBe(name);
  });

  test('with a key of another kind, which is nobody’s here', () => {
    const key = asn1Of(
      Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.alloc(32, 0x66)]),
    );
    expect(parseCertificate(certificate({ key })).keyFacts).toEqual({ type: 'other' });
  });

  test('with what basicConstraints say, and without any', () => {
    const authorityOf = (...list: readonly ReturnType<typeof constraints>[]) =>
      parseCertificate(certificate({ extensions: tagged(3, extensionList([ONE, ...list])) })).authority;
    expect(authorityOf(constraints(true, 2))).toEqual({
      isAuthority: true,
      pathLength: 2,
      mayCertify: true,
      maySignLists: true,
    });
    expect(authorityOf(constraints(true, 0)).pathLength).toBe(0);
    expect(authorityOf()).toEqual({
      isAuthority: false,
      pathLength: null,
      mayCertify: false,
      maySignLists: false,
    });
  });
});
