/** Certificates that are none, too many of them, loops and look-alikes among them, and bombs in ASN.1. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mintIntel, mintVendor } from '../../src/simulator/index.js';
import { guestWith, tdWith } from '../http/guest.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { der, indefinite, nested, pemBlock } from './asn1.js';
import { loopOf } from './authorities.js';
import { type Door, noise, OPENING, openDoor, refusedWith } from './door.js';
import { type EvidenceDoor, evidenceDoors } from './doors.js';

let door: Door;
let doors: readonly EvidenceDoor[];
beforeAll(async () => {
  door = await openDoor('certificates');
  doors = (await evidenceDoors(door)).filter(({ takesCertificates }) => takesCertificates);
}, OPENING);
afterAll(() => door.close());

/** What travels as a certificate and is none. */
const NONE: readonly (readonly [string, Uint8Array])[] = [
  ['text', Buffer.from('certainly a certificate')],
  ['zeros', Buffer.alloc(1500)],
  ['random bytes', noise('certificate', 1500)],
  [
    'random bytes behind a sequence',
    Buffer.concat([Uint8Array.of(0x30, 0x82, 0x05, 0xd8), noise('c', 1500)]),
  ],
  ['an empty sequence', der(0x30)],
  ['a private key in PEM', Buffer.from('-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n')],
  ['PEM of nothing', Buffer.from(pemBlock(new Uint8Array()))],
  ['PEM in PEM', Buffer.from(pemBlock(Buffer.from(pemBlock(der(0x30)))))],
  ['PEM without an end', Buffer.from(pemBlock(noise('pem', 900)).slice(0, -20))],
  ['a thousand PEM blocks', Buffer.from(pemBlock(der(0x30)).repeat(700))],
  ['sequences four hundred deep', nested(0x30, 400)],
  ['sets seventeen deep', nested(0x31, 17)],
  ['sequences in a context tag, two hundred deep', nested(0xa0, 200)],
  ['indefinite lengths', indefinite(0x30, 100)],
  ['a string in pieces', der(0x30, der(0x24, der(0x04, noise('a', 20))))],
  ['a length of 4 GB', Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1, 2)],
  ['a length of 127 octets', Uint8Array.of(0x30, 0xff, ...Array<number>(127).fill(0xff))],
  ['a length longer than needed', Uint8Array.of(0x30, 0x84, 0, 0, 0, 2, 5, 0)],
  ['a tag of many octets', Uint8Array.of(0x3f, ...Array<number>(500).fill(0xff), 0x7f, 0)],
  ['four thousand empty values', der(0x30, Buffer.alloc(8000, Buffer.from([0x05, 0x00])))],
  ['an integer of 8000 octets', der(0x30, der(0x02, Buffer.alloc(8000, 0x7f)))],
  [
    'an object identifier of 8000 octets',
    der(0x30, der(0x06, Buffer.concat([Buffer.alloc(8000, 0xff), Buffer.of(1)]))),
  ],
  ['an object identifier without an end', der(0x30, der(0x06, Buffer.alloc(20, 0xff)))],
  ['60 KB of it', der(0x30, der(0x04, Buffer.alloc(60_000, 0x5a)))],
];

describe.each(['attest, JSON', 'appraise'])('%s, sev-snp', (name) => {
  const doorOf = (): EvidenceDoor => {
    const found = doors.find((one) => one.name === name);
    if (found === undefined) throw new TypeError(`no door ${name}`);
    return found;
  };
  const refusalOf = async (certificates: readonly Uint8Array[]): Promise<string> => {
    const { evidence } = await guestWith(doorOf().reportData);
    return refusedWith(await door.send(doorOf().submit(evidence, certificates)));
  };

  test.each(NONE)('%s', async (_what, bytes) => {
    if (bytes.length > 40) door.plant(bytes.subarray(8, 40));
    const { certificates } = await guestWith(doorOf().reportData);
    // Alone, and among those that are good.
    expect(await refusalOf([bytes])).toMatch(/^snp_|evidence_too_large/);
    expect(await refusalOf([bytes, ...certificates])).toMatch(/^snp_|evidence_too_large/);
    expect(await refusalOf([...certificates, bytes])).toMatch(/^snp_|evidence_too_large/);
  });

  test('a hundred of them', async () => {
    const { certificates } = await guestWith(doorOf().reportData);
    const [leaf] = certificates;
    if (leaf === undefined) throw new TypeError('no leaf');
    expect(await refusalOf(Array(100).fill(leaf))).toBe('request_invalid');
    const different = Array.from({ length: 100 }, (_, index) => der(0x30, noise(String(index), 1400)));
    expect(await refusalOf(different)).toBe('request_invalid');
    expect(await refusalOf(different.slice(0, 16))).toBe('evidence_too_large');
    // As many in one PEM, where the count of the request says nothing.
    const leaves = await Promise.all(
      Array.from({ length: 10 }, async () => (await guestWith(noise('x', 64))).leafDer),
    );
    const pem = leaves.map((one) => pemBlock(one ?? leaf)).join('');
    expect(await refusalOf([Buffer.from(pem)])).toBe('evidence_too_large');
    expect(await refusalOf([Buffer.from(pem.repeat(10))])).toMatch(/^snp_|evidence_too_large/);
  });

  test('authorities that vouch for one another in a circle', async () => {
    const guest = await guestWith(doorOf().reportData);
    for (const size of [1, 2, 3, 8]) {
      const loop = await loopOf(size);
      expect(await refusalOf(loop)).toMatch(/^snp_/);
      expect(await refusalOf([...guest.certificates, ...loop].slice(0, 9))).toMatch(/^snp_/);
    }
  });

  test('authorities of the right names that have been signed across', async () => {
    const { certificates } = await guestWith(doorOf().reportData);
    const lookalike = await mintVendor({ at: SIMULATED_AT, rsaBits: 2048, products: ['Milan'] });
    const genuine = (await simulatedVendor()).products.get('Milan');
    const other = lookalike.products.get('Milan');
    if (genuine === undefined || other === undefined) throw new TypeError('no Milan');
    const [leaf] = certificates;
    if (leaf === undefined) throw new TypeError('no leaf');
    const mixes = [
      [leaf, other.ask.certificate, other.ark.certificate],
      [leaf, other.ask.certificate, genuine.ark.certificate],
      [leaf, genuine.ask.certificate, other.ark.certificate],
      [...certificates, other.ask.certificate, other.ark.certificate],
      [...certificates, other.ask.certificate, other.asvk.certificate, other.ark.certificate],
    ];
    for (const mix of mixes) expect(await refusalOf(mix)).toMatch(/^snp_chain_/);
  });

  test('the same in the certificate table', async () => {
    const { submit, reportData } = doorOf();
    const { report } = await guestWith(reportData);
    for (const [, bytes] of NONE) {
      const table = Buffer.concat([entry(48, bytes.length), Buffer.alloc(24), bytes]);
      const answer = await door.send(submit(Buffer.concat([report, table])));
      expect(refusedWith(answer)).toMatch(/^snp_|evidence_too_large/);
    }
  });

  test('afterwards', () => door.expectUntouched());
});

describe.each(['attest, JSON', 'appraise'])('%s, tdx', (name) => {
  const doorOf = (): EvidenceDoor => {
    const found = doors.find((one) => one.name === name);
    if (found === undefined) throw new TypeError(`no door ${name}`);
    return found;
  };
  const refusalOf = async (
    change: (chain: readonly Uint8Array[]) => readonly Uint8Array[],
  ): Promise<string> => {
    const { evidence } = await tdWith(doorOf().reportData, { changes: { chain: change } });
    return refusedWith(await door.send(doorOf().submit(evidence)));
  };

  test.each(NONE)('%s, in the chain of the quote', async (_what, bytes) => {
    for (const place of [0, 1, 2]) {
      const code = await refusalOf((chain) => chain.map((one, index) => (index === place ? bytes : one)));
      expect(code).toMatch(/^tdx_pck_chain_|^evidence_too_large/);
    }
  });

  test('a hundred of them, none, one, four, or in another order', async () => {
    const changes: readonly ((chain: readonly Uint8Array[]) => readonly Uint8Array[])[] = [
      (chain) => Array.from({ length: 36 }, (_, index) => chain[index % 3] ?? new Uint8Array()),
      (chain) => Array(100).fill(chain[0]),
      () => [],
      (chain) => chain.slice(0, 1),
      (chain) => [...chain, ...chain.slice(2)],
      (chain) => [...chain].reverse(),
      (chain) => chain.map((_one, index) => chain[(index + 1) % 3] ?? new Uint8Array()),
    ];
    for (const change of changes) expect(await refusalOf(change)).toMatch(/^tdx_|^evidence_too_large/);
  });

  test('a circle, and authorities of the right names that were signed by another', async () => {
    const loop = await loopOf(2);
    expect(await refusalOf(([leaf = new Uint8Array()]) => [leaf, ...loop])).toMatch(/^tdx_pck_chain_/);
    const [genuine, other] = [await simulatedIntel(), await mintIntel({ at: SIMULATED_AT })];
    const certificateOf = (intel: typeof other, which: 'platform' | 'root') =>
      intel.authorities[which].certificate;
    for (const [ca, root] of [
      [other, other],
      [other, genuine],
      [genuine, other],
    ] as const) {
      const code = await refusalOf(([leaf = new Uint8Array()]) => [
        leaf,
        certificateOf(ca, 'platform'),
        certificateOf(root, 'root'),
      ]);
      expect(code).toMatch(/^tdx_pck_chain_/);
    }
  });

  test('beside the quote, none is taken', async () => {
    const { evidence, pckChain } = await tdWith(doorOf().reportData);
    const answer = await door.send(doorOf().submit(evidence, pckChain));
    expect(refusedWith(answer)).toBe('request_invalid');
  });

  test('afterwards', () => door.expectUntouched());
});

/** The entry of a VCEK in a certificate table. */
function entry(offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.write('63da758de6644564adc5f4b93be8accd', 0, 'hex');
  bytes.writeUInt32LE(offset, 16);
  bytes.writeUInt32LE(length, 20);
  return bytes;
}
