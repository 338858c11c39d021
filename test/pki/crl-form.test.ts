/** What a list is made of, member by member: each deviation is refused, and says which. */
import { describe, expect, test } from '@jest/globals';
import { parseCrl, readCrls } from '../../src/pki/crl.js';
import { MalformedDer } from '../../src/pki/der.js';
import {
  type Asn1,
  bits,
  derOf,
  integer,
  nothing,
  octets,
  sequence,
  tagged,
  time,
} from '../../src/simulator/asn1.js';
import { extensionList } from '../../src/simulator/certificate.js';
import { INTEL_FORM } from '../../src/simulator/intel/form.js';
import { extension, NOT_AFTER, NOT_BEFORE } from './miniature.js';

const ECDSA = INTEL_FORM.algorithm();
const NUMBER = extension('2.5.29.20', derOf(integer(5)));
const PART = extension('2.5.29.28', derOf(sequence()), true);
const REASON = extension('2.5.29.21', Uint8Array.of(0x0a, 1, 4));

type Member = 'version' | 'algorithm' | 'issuer' | 'thisUpdate' | 'nextUpdate' | 'entries' | 'extensions';

/** Names to nodes; null leaves one out. Nobody signed it: only its form is looked at. */
function list(change: Partial<Record<Member, Asn1 | null>> = {}, ...behind: readonly Asn1[]): Uint8Array {
  const members: Record<Member, Asn1 | null> = {
    version: integer(1),
    algorithm: ECDSA,
    issuer: INTEL_FORM.name('root'),
    thisUpdate: time(NOT_BEFORE),
    nextUpdate: time(NOT_AFTER),
    entries: sequence(sequence(integer(9), time(NOT_BEFORE))),
    extensions: tagged(0, extensionList([NUMBER])),
    ...change,
  };
  const tbs = sequence(...Object.values(members).filter((member) => member !== null), ...behind);
  return derOf(sequence(tbs, ECDSA, bits(Uint8Array.of(1))));
}

const entry = (...parts: readonly Asn1[]): Partial<Record<Member, Asn1>> => ({
  entries: sequence(sequence(...parts)),
});
const MEMBERS = 'not the members of a list';
const NO_ENTRY = 'not an entry of a list';

test('the sound one is read', () => {
  expect(parseCrl(list())).toMatchObject({ issuerCn: 'root', number: 5n, revokedSerials: new Set([9n]) });
  const bare = parseCrl(list({ entries: null, extensions: null }));
  expect(bare).toMatchObject({ number: null, authorityKeyId: null, revokedSerials: new Set() });
  const reasoned = list(entry(integer(9), time(NOT_BEFORE), extensionList([REASON])));
  expect(parseCrl(reasoned).revokedSerials).toEqual(new Set([9n]));
  expect(
    parseCrl(list({ extensions: tagged(0, extensionList([extension('2.5.29.20', derOf(integer(0)))])) }))
      .number,
  ).toBe(0n);
});

test('a list may end after 2049, which takes the longer form of a date', () => {
  const nextUpdate = new Date('2051-01-01T00:00:00Z');
  expect(parseCrl(list({ nextUpdate: time(nextUpdate) })).nextUpdate).toEqual(nextUpdate);
});

describe('a list is refused', () => {
  test.each<[string, Uint8Array, string]>([
    ['nothing in it', derOf(sequence(sequence(), ECDSA, bits(Uint8Array.of(1)))), MEMBERS],
    ['no dates', list({ thisUpdate: null, nextUpdate: null, entries: null, extensions: null }), MEMBERS],
    ['something behind the entries', list({ extensions: null }, nothing()), MEMBERS],
    ['something behind the extensions', list({}, nothing()), MEMBERS],
    ['version 1 in words', list({ version: integer(0) }), 'not a version 2 list'],
    [
      'another algorithm inside',
      list({ algorithm: sequence() }),
      'the signature algorithm differs inside and outside of the signed part',
    ],
    ['no nextUpdate', list({ nextUpdate: null }), 'no nextUpdate'],
    ['a nextUpdate that is no date', list({ nextUpdate: octets(Uint8Array.of(1)) }), 'no nextUpdate'],
    ['no list of extensions', list({ extensions: tagged(0) }), 'not a list of extensions'],
    [
      'two lists of extensions',
      list({ extensions: tagged(0, extensionList([NUMBER]), extensionList([NUMBER])) }),
      'not a list of extensions',
    ],
    [
      'a critical extension',
      list({ extensions: tagged(0, extensionList([NUMBER, PART])) }),
      'critical extension 2.5.29.28 of the list or an entry',
    ],
    [
      'a negative number',
      list({ extensions: tagged(0, extensionList([extension('2.5.29.20', derOf(integer(-1)))])) }),
      'a list with a negative number',
    ],
    ['an entry without a date', list(entry(integer(9))), NO_ENTRY],
    ['an entry of nothing', list(entry()), NO_ENTRY],
    [
      'an entry of four parts',
      list(entry(integer(9), time(NOT_BEFORE), extensionList([REASON]), nothing())),
      NO_ENTRY,
    ],
    ['an entry whose date is none', list(entry(integer(9), integer(1))), 'not a time'],
    ['an entry without its number', list(entry(nothing(), time(NOT_BEFORE))), 'tag 5 where 2 belongs'],
    [
      'an entry with a critical extension',
      list(entry(integer(9), time(NOT_BEFORE), extensionList([PART]))),
      'critical extension 2.5.29.28 of the list or an entry',
    ],
  ])('for %s', (_what, der, says) => {
    expect(() => parseCrl(der)).toThrow(new MalformedDer(says));
  });

  test('for more than a MiB, and not for a MiB', () => {
    expect(() => parseCrl(new Uint8Array(2 ** 20 + 1))).toThrow(
      new MalformedDer('a list of more than 1 MiB'),
    );
    expect(() => parseCrl(new Uint8Array(2 ** 20))).not.toThrow('1 MiB');
  });
});

describe('of several lists', () => {
  test('those that can be read are, and the last that cannot says why', () => {
    const bad = [list({ version: integer(0) }), list({ nextUpdate: null })] as const;
    const { readable, unreadable } = readCrls([bad[0], list(), bad[1]]);
    expect(readable.map(({ number }) => number)).toEqual([5n]);
    expect(unreadable).toBe('no nextUpdate');
    expect(readCrls([list()]).unreadable).toBeNull();
    expect(readCrls([])).toEqual({ readable: [], unreadable: null });
  });

  test('a mistake of the program’s is no malformed list', () => {
    const broken = () => {
      throw new RangeError('a bug');
    };
    expect(() => readCrls([list()], broken)).toThrow(new RangeError('a bug'));
  });
});
