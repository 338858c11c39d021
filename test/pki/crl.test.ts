import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Certificate, parseCertificate } from '../../src/pki/certificate.js';
import { crlSignedBy, isNewerCrl, parseCrl } from '../../src/pki/crl.js';
import { MalformedDer } from '../../src/pki/der.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import { distinguishedName, pssAlgorithm } from '../../src/simulator/amd/certificate.js';
import {
  type Asn1,
  bits,
  derOf,
  integer,
  nothing,
  sequence,
  tagged,
  time,
} from '../../src/simulator/asn1.js';
import { extensionList, type PlannedExtension } from '../../src/simulator/certificate.js';
import { signPss } from '../../src/simulator/key-pair.js';
import { describeWithVectors } from '../vectors-home.js';
import {
  authorityKeyId,
  constraints,
  extension,
  flipped,
  keyNamed,
  mintAuthority,
  mintRoot,
  SIGNS_CERTIFICATES,
  shippedDer,
  subjectKeyId,
  usage,
} from './miniature.js';

const THIS_UPDATE = new Date('2026-05-01T00:00:00Z');
const NEXT_UPDATE = new Date('2026-07-01T00:00:00Z');
const NUMBER = extension('2.5.29.20', derOf(integer(4660)));

interface ListDraft {
  readonly version?: number | null;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date | null;
  readonly revoked?: readonly (readonly [serial: bigint, ...extensions: PlannedExtension[]])[];
  /** In place of `revoked`. */
  readonly entries?: readonly Asn1[];
  readonly extensions?: readonly PlannedExtension[] | null;
  readonly signedWith?: string;
}

async function mintList(draft: ListDraft = {}): Promise<Uint8Array> {
  const entries =
    draft.entries ??
    (draft.revoked ?? []).map(([serial, ...extensions]) =>
      sequence(
        integer(serial),
        time(THIS_UPDATE),
        ...(extensions.length === 0 ? [] : [extensionList(extensions)]),
      ),
    );
  const extensions =
    draft.extensions === undefined ? [NUMBER, await authorityKeyId('root')] : draft.extensions;
  const members: Asn1[] = [
    ...(draft.version === null ? [] : [integer(draft.version ?? 1)]),
    pssAlgorithm(),
    distinguishedName('root'),
    time(draft.thisUpdate ?? THIS_UPDATE),
    ...(draft.nextUpdate === null ? [] : [time(draft.nextUpdate ?? NEXT_UPDATE)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...(extensions === null ? [] : [tagged(0, extensionList(extensions))]),
  ];
  const tbs = sequence(...members);
  const signature = await signPss(derOf(tbs), await keyNamed(draft.signedWith ?? 'root'));
  return derOf(sequence(tbs, pssAlgorithm(), bits(signature)));
}

describe('a revocation list', () => {
  let root: Certificate;
  beforeAll(async () => {
    root = await mintRoot();
  });

  test('is read as it stands', async () => {
    const crl = parseCrl(await mintList({ revoked: [[0x20001n], [0n], [2n ** 150n]] }));
    expect(crl).toMatchObject({
      issuerCn: 'root',
      thisUpdate: THIS_UPDATE,
      nextUpdate: NEXT_UPDATE,
      number: 4660n,
      authorityKeyId: root.subjectKeyId,
    });
    expect(crl.revokedSerials).toEqual(new Set([0x20001n, 0n, 2n ** 150n]));
    expect(await crlSignedBy(crl, root)).toBe(true);
  });

  test('compares serial numbers as numbers', async () => {
    const { revokedSerials } = parseCrl(await mintList({ revoked: [[0x80n]] }));
    expect(revokedSerials.has(0x80n)).toBe(true);
    expect(revokedSerials.has(-0x80n)).toBe(false);
    expect(revokedSerials.has(0x8000n)).toBe(false);
  });

  test('may be empty', async () => {
    expect(parseCrl(await mintList()).revokedSerials.size).toBe(0);
  });

  test('crl_without_next_update_fails', async () => {
    const der = await mintList({ nextUpdate: null });
    expect(() => parseCrl(der)).toThrow(new MalformedDer('no nextUpdate'));
    const withEntries = await mintList({ nextUpdate: null, revoked: [[1n]] });
    expect(() => parseCrl(withEntries)).toThrow(new MalformedDer('no nextUpdate'));
  });

  test.each<[string, ListDraft]>([
    ['version 1', { version: null }],
    ['a version that is not 2', { version: 2 }],
    ['a negative number', { extensions: [extension('2.5.29.20', derOf(integer(-1)))] }],
    ['a number that is none', { extensions: [extension('2.5.29.20', derOf(nothing()))] }],
    ['an entry without a date', { entries: [sequence(integer(1))] }],
    ['an entry with a date that is none', { entries: [sequence(integer(1), integer(2))] }],
    [
      'an entry with something behind',
      { entries: [sequence(integer(1), time(THIS_UPDATE), extensionList([NUMBER]), nothing())] },
    ],
    ['an entry whose number is none', { entries: [sequence(nothing(), time(THIS_UPDATE))] }],
    ['two numbers', { extensions: [NUMBER, NUMBER] }],
    ['a delta of another list', { extensions: [NUMBER, extension('2.5.29.27', derOf(integer(1)), true)] }],
    ['only a part of a list', { extensions: [NUMBER, extension('2.5.29.28', derOf(sequence()), true)] }],
    [
      'a critical extension of an entry',
      { revoked: [[1n, extension('2.5.29.29', derOf(sequence()), true)]] },
    ],
  ])('with %s is malformed', async (_what, draft) => {
    const der = await mintList(draft);
    expect(() => parseCrl(der)).toThrow(MalformedDer);
  });

  test.each<[string, Parameters<typeof mintList>[0]]>([
    ['no extensions', { extensions: null }],
    ['no number', { extensions: [extension('2.5.29.35', derOf(sequence()))] }],
  ])('with %s has no number, which its vendor may not tolerate', async (_what, draft) => {
    const list = parseCrl(await mintList(draft));
    expect([list.number, list.authorityKeyId]).toEqual([null, null]);
    expect(await crlSignedBy(list, root)).toBe(true);
  });

  test('comes after another by number, and of one number by date', async () => {
    const listOf = async (number: number | null, thisUpdate: Date) =>
      parseCrl(
        await mintList({
          thisUpdate,
          ...(number === null
            ? { extensions: null }
            : { extensions: [extension('2.5.29.20', derOf(integer(number)))] }),
        }),
      );
    const later = new Date(THIS_UPDATE.getTime() + 86_400_000);
    const [none, first, again, second] = await Promise.all([
      listOf(null, later),
      listOf(1, THIS_UPDATE),
      listOf(1, later),
      listOf(2, THIS_UPDATE),
    ]);
    const ascending = [none, first, again, second];
    for (const [index, list] of ascending.entries()) {
      for (const [other, against] of ascending.entries())
        expect(isNewerCrl(list, against)).toBe(index > other);
    }
  });

  test('may be long: every entry of 20,000 is read', async () => {
    const { revokedSerials } = parseCrl(
      await mintList({ revoked: Array.from({ length: 20_000 }, (_, index) => [BigInt(index) + 0x10000n]) }),
    );
    expect(revokedSerials.size).toBe(20_000);
    expect(revokedSerials.has(0x10000n + 19_999n)).toBe(true);
  });

  test('is remembered once its signature was found good, and not before', async () => {
    const der = await mintList({ revoked: [[77n]] });
    const list = parseCrl(der);
    expect(parseCrl(der)).not.toBe(list);
    expect(await crlSignedBy(list, await mintRoot('other'))).toBe(false);
    expect(parseCrl(der)).not.toBe(list);
    const forged = parseCrl(await mintList({ signedWith: 'impostor' }));
    expect(await crlSignedBy(forged, root)).toBe(false);
    expect(parseCrl(forged.der)).not.toBe(forged);
    expect(await crlSignedBy(list, root)).toBe(true);
    expect(parseCrl(der)).toBe(list);
  });

  test('with a reason beside an entry is fine', async () => {
    const reason = extension('2.5.29.21', Uint8Array.of(0x0a, 1, 4));
    expect(parseCrl(await mintList({ revoked: [[5n, reason]] })).revokedSerials).toEqual(new Set([5n]));
  });

  test('truncated anywhere, or with something behind, is malformed', async () => {
    const der = await mintList({ revoked: [[1n]] });
    for (let length = 0; length < der.length; length += 1) {
      expect(() => parseCrl(der.subarray(0, length))).toThrow(MalformedDer);
    }
    expect(() => parseCrl(Buffer.concat([der, Uint8Array.of(0)]))).toThrow(MalformedDer);
    expect(() => parseCrl(new Uint8Array(1024 * 1024 + 1))).toThrow(/1 MiB/);
  });

  test('crl_signed_by_other_key_fails', async () => {
    const forged = parseCrl(await mintList({ signedWith: 'impostor' }));
    expect(await crlSignedBy(forged, root)).toBe(false);
    expect(await crlSignedBy(parseCrl(await mintList()), root)).toBe(true);
  });

  test('crl_aki_mismatch_fails', async () => {
    const list = parseCrl(await mintList({ extensions: [NUMBER, await authorityKeyId('impostor')] }));
    expect(await crlSignedBy(list, root)).toBe(false);
    const silent = parseCrl(await mintList({ extensions: [NUMBER] }));
    expect(await crlSignedBy(silent, root)).toBe(true);
  });

  test('is not signed by a certificate of another name, or one that may not', async () => {
    const list = parseCrl(await mintList());
    const renamed = await mintRoot('renamed', [
      constraints(true, null),
      usage(0x06),
      await subjectKeyId('root'),
    ]);
    const allowed = [constraints(true, null), usage(0x06)];
    const others = [
      renamed,
      await mintAuthority('other name', 'root', { key: 'root', extensions: allowed }),
      await mintRoot('root', [constraints(true, null), usage(SIGNS_CERTIFICATES)]),
      await mintRoot('root', [usage(0x06)]),
    ];
    for (const certificate of others) expect(await crlSignedBy(list, certificate)).toBe(false);
    const plain = await mintRoot('root', allowed);
    expect(createPublicKey(await keyNamed('root')).equals(plain.publicKey)).toBe(true);
    expect(await crlSignedBy(list, plain)).toBe(true);
    // Without keyUsage nothing is restricted (RFC 5280, 6.1.4 (n)).
    expect(await crlSignedBy(list, await mintRoot('root', [constraints(true, null)]))).toBe(true);
  });

  test.each(['cold', 'warm'])('with any octet changed is not the authority’s (%s)', async (cache) => {
    const der = await mintList({ revoked: [[0x20001n]] });
    expect(await acceptedCopies(der, root, cache === 'cold')).toBe(0);
    expect(await crlSignedBy(parseCrl(der), root)).toBe(true);
  });
});

/** How many of the copies with one octet changed are read and signed by the certificate. */
async function acceptedCopies(der: Uint8Array, certificate: Certificate, cold: boolean): Promise<number> {
  let accepted = 0;
  for (let index = 0; index < der.length; index += 1) {
    if (cold) forgetVerifiedSignatures();
    try {
      if (await crlSignedBy(parseCrl(flipped(der, index)), certificate)) accepted += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedDer);
    }
  }
  return accepted;
}

describeWithVectors('AMD’s own lists', (directory) => {
  const lists = [
    ['milan', 6n, []],
    ['genoa', 4n, [0x20001n]],
    ['turin', 7n, []],
  ] as const;

  test.each(lists)('%s', async (product, number, revoked) => {
    const der = readFileSync(`${directory}/roots/amd/${product}/crl/vcek_crl.der`);
    const crl = parseCrl(der);
    expect(crl.number).toBe(number);
    expect(crl.revokedSerials).toEqual(new Set(revoked));
    const ark = parseCertificate(shippedDer(`${product}/ark.pem`));
    expect(await crlSignedBy(crl, ark)).toBe(true);
    expect(await crlSignedBy(crl, parseCertificate(shippedDer(`${product}/ask.pem`)))).toBe(false);
    expect(await acceptedCopies(der, ark, true)).toBe(0);
  });
});
