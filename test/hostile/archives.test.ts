/** Archives for the import that no tar program makes, and vendor documents in them that no vendor makes. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { intelArchive, listsArchive } from '../http/guest.js';
import { tarOf } from '../http/service.js';
import { der, nested } from './asn1.js';
import { type Door, noise, OPENING, openDoor, refusedWith } from './door.js';
import { TAR_END, tarEntry } from './tar.js';
import { type Exchange, exchange, type Piece, requestOf } from './wire.js';

let door: Door;
beforeAll(async () => {
  door = await openDoor('archives');
}, OPENING);
afterAll(() => door.close());

const MEGABYTE = 1024 * 1024;
const NESTED = nested(0x30, 5000);

function importOf(archive: Uint8Array, headers: Readonly<Record<string, string>> = {}): Piece[] {
  const authorization = { Authorization: `Bearer ${door.service.adminKey}` };
  const path = '/simulated/v1/endorsements/import';
  return requestOf(
    'POST',
    path,
    { 'Content-Type': 'application/x-tar', ...authorization, ...headers },
    archive,
  );
}

const send = (archive: Uint8Array): Promise<Exchange> => door.send(importOf(archive));

async function rejectedOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<JsonObject> {
  const { replies } = await send(await tarOf(files));
  expect(replies.map(({ status }) => status)).toEqual([200]);
  const { imported, rejected } = JSON.parse(replies[0]?.body ?? '');
  expect(imported).toEqual([]);
  return Object.fromEntries(rejected.map(({ file, code }: { file: string; code: string }) => [file, code]));
}

describe('the form of the archive', () => {
  test.each<[string, (mark: Buffer) => Uint8Array, string]>([
    ['nothing', () => new Uint8Array(), 'request_invalid'],
    ['zeros', () => new Uint8Array(10_240), 'request_invalid'],
    ['half a header', (mark) => glued(tarEntry('vcek.der', mark).subarray(0, 200)), 'request_invalid'],
    ['random bytes', () => noise('tar', 100_000), 'request_invalid'],
    ['text', (mark) => Buffer.from(mark.toString().repeat(500)), 'request_invalid'],
    ['JSON', (mark) => Buffer.from(`{"vcek.der":"${mark}"}`), 'request_invalid'],
    ['a gzip', () => glued(Uint8Array.of(0x1f, 0x8b, 8, 0), noise('gzip', 2000)), 'request_invalid'],
    ['a zip', () => glued(Buffer.from('PK\x03\x04'), noise('zip', 2000)), 'request_invalid'],
    ['a checksum that is wrong', (mark) => tarEntry('vcek.der', mark, { checksum: 1 }), 'request_invalid'],
    ['a file without its end', (mark) => tarEntry('vcek.der', mark, { size: 5000 }), 'request_invalid'],
    ['a file of 8 GB', (mark) => tarEntry('vcek.der', mark, { size: 0o77777777777 }), 'evidence_too_large'],
    [
      'a file of 2 MB and a byte',
      (mark) => tarEntry('x', mark, { size: 2 * MEGABYTE + 1 }),
      'evidence_too_large',
    ],
    [
      'a size in 64 bits of binary',
      (mark) => tarEntry('x', mark, { sizeField: binarySize(2n ** 60n) }),
      'evidence_too_large',
    ],
    [
      'a size that is no number',
      (mark) => tarEntry('x', mark, { sizeField: Buffer.from('zzzzzzzzzzz\0') }),
      'request_invalid',
    ],
    [
      'a negative size',
      (mark) => tarEntry('x', mark, { sizeField: Buffer.alloc(12, 0xff) }),
      'request_invalid',
    ],
    [
      'a symbolic link',
      (mark) => tarEntry('vcek.der', Buffer.alloc(0), { type: '2', link: `/etc/${mark}` }),
      'request_invalid',
    ],
    [
      'a hard link',
      () => tarEntry('vcek.der', Buffer.alloc(0), { type: '1', link: '../../etc/passwd' }),
      'request_invalid',
    ],
    ['a character device', () => tarEntry('dev/zero', Buffer.alloc(0), { type: '3' }), 'request_invalid'],
    ['a block device', () => tarEntry('dev/sda', Buffer.alloc(0), { type: '4' }), 'request_invalid'],
    ['a pipe', () => tarEntry('pipe', Buffer.alloc(0), { type: '6' }), 'request_invalid'],
    ['a path up', (mark) => tarEntry('../vcek.der', mark), 'request_invalid'],
    ['a path up in the middle', (mark) => tarEntry('milan/../../vcek.der', mark), 'request_invalid'],
    ['an absolute path', (mark) => tarEntry('/etc/passwd', mark), 'request_invalid'],
    ['a path of Windows', (mark) => tarEntry('..\\..\\vcek.der', mark), 'request_invalid'],
    ['a path with a line feed', (mark) => tarEntry('a\nb/vcek.der', mark), 'request_invalid'],
    ['a path beyond ASCII', (mark) => tarEntry('\u202evcek.der', mark), 'request_invalid'],
    [
      'a file twice',
      (mark) => glued(tarEntry('a/vcek.der', mark), tarEntry('./a/vcek.der', mark)),
      'request_invalid',
    ],
    [
      '513 files',
      (mark) => glued(...many(513, (index) => tarEntry(`${index}/x`, mark))),
      'evidence_too_large',
    ],
    [
      '10,000 empty files',
      () => glued(...many(10_000, (index) => tarEntry(`${index}`, Buffer.alloc(0)))),
      'evidence_too_large',
    ],
    [
      'a long name of 4 MB',
      () =>
        glued(
          tarEntry('L', Buffer.alloc(4 * MEGABYTE, 0x61), { type: 'L' }),
          tarEntry('x', Buffer.from('x')),
        ),
      'evidence_too_large',
    ],
    [
      'a PAX header of 4 MB',
      () => glued(tarEntry('P', paxFlood(4 * MEGABYTE), { type: 'x' }), tarEntry('x', Buffer.from('x'))),
      'evidence_too_large',
    ],
    [
      'a path up in a PAX header',
      (mark) => glued(tarEntry('P', pax('path', '../../vcek.der'), { type: 'x' }), tarEntry('x', mark)),
      'request_invalid',
    ],
    [
      'a size in a PAX header',
      (mark) => glued(tarEntry('P', pax('size', '9007199254740991'), { type: 'x' }), tarEntry('x', mark)),
      'evidence_too_large',
    ],
    [
      'a negative size in a PAX header',
      (mark) => glued(tarEntry('P', pax('size', '-1024'), { type: 'x' }), tarEntry('x', mark)),
      'evidence_too_large',
    ],
    [
      'a PAX header that lies about its length',
      () =>
        glued(
          tarEntry('P', Buffer.from('99999999 path=x\n'), { type: 'x' }),
          tarEntry('x', Buffer.from('x')),
        ),
      'request_invalid',
    ],
  ])('%s', async (_what, write, code) => {
    const archive = write(Buffer.from(door.mark()));
    for (const bytes of [archive, glued(archive, TAR_END)]) {
      const { replies } = await send(bytes);
      const [reply] = replies;
      const body = JSON.parse(reply?.body ?? '{}');
      // Some are read as archives in which there is nothing of a vendor’s.
      if (reply?.status === 200) expect(body).toEqual({ imported: [], rejected: expect.anything() });
      else expect({ status: reply?.status, code: body.code }).toEqual({ status: expect.any(Number), code });
    }
  });

  test('too large, or without an end', async () => {
    const endless = many(9, (index) => tarEntry(`${index}.bin`, Buffer.alloc(MEGABYTE, index)));
    const answer = await send(glued(...endless));
    expect(refusedWith(answer)).toBe('evidence_too_large');
    const flood = await send(
      glued(...many(14, (index) => tarEntry(`${index}.bin`, Buffer.alloc(MEGABYTE, index)))),
    );
    expect(flood.closed).toBe(true);
    if (flood.replies.length > 0) expect(refusedWith(flood)).toBe('evidence_too_large');
  });

  test('from somebody who is not the admin, nothing is read', async () => {
    const archive = await listsArchive();
    const keys = ['', 'Bearer ak_nobody', `Bearer ${door.mark()}`, 'Basic YWRtaW46YWRtaW4=', 'Bearer '];
    for (const Authorization of keys) {
      expect(refusedWith(await door.send(importOf(archive, { Authorization })))).toBe('unauthenticated');
    }
  });
});

describe('what is in it', () => {
  const names = [
    ...['chain.pem', 'vcek.der', 'vlek.der', 'vcek_crl.der', 'vlek_crl.der'],
    ...['tcb_signing_chain.pem', 'tcb_info.json', 'qe_identity.json'],
    ...['pck_crl_issuer_chain.pem', 'pck_crl.der', 'root_ca_crl.der'],
  ];

  test.each<[string, (name: string) => Uint8Array | string]>([
    ['nothing', () => ''],
    ['text', () => 'nothing of a vendor’s'],
    ['random bytes', (name) => noise(name, 3000)],
    ['zeros', () => Buffer.alloc(5000)],
    ['a bomb of JSON', () => '{"tcbInfo":'.repeat(20_000)],
    ['a bomb of values', () => `{"tcbInfo":[${'0,'.repeat(100_000)}0],"signature":"00"}`],
    ['ASN.1 that nests', () => NESTED],
    ['an indefinite length', () => Uint8Array.of(0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0)],
    ['a length of 4 GB', () => Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30)],
    ['a million empty values', () => der(0x30, Buffer.alloc(1_000_000, Buffer.from([0x05, 0x00])))],
    ['PEM without contents', () => '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'.repeat(1000)],
    [
      'a thousand PEM blocks',
      () => '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'.repeat(1000),
    ],
    ['2 MB', () => Buffer.alloc(2 * MEGABYTE, 0x30)],
  ])('%s, under every name', async (_what, write) => {
    for (const name of names) {
      const codes = await rejectedOf({ [`a/${name}`]: write(name) });
      expect(codes).toEqual({ [`a/${name}`]: expect.stringMatching(/^(?:snp_|tdx_|collateral_malformed)/) });
    }
  });

  test('five hundred bad ones at once', async () => {
    const files = Object.fromEntries(
      many(500, (index) => [`${index}/${names[index % names.length]}`, noise(String(index), 2000)] as const),
    );
    expect(Object.keys(await rejectedOf(files))).toHaveLength(500);
  });

  test('good ones beside bad ones are kept', async () => {
    for (const archive of [await listsArchive(), await intelArchive()]) {
      const bad = tarEntry('zzz/vcek.der', Buffer.from(door.mark()));
      // Hundreds of signatures that hold are honest work, and take their time.
      const { replies } = await exchange(door.port, importOf(glued(bad, archive)));
      expect(JSON.parse(replies[0]?.body ?? '')).toMatchObject({
        imported: expect.arrayContaining([expect.objectContaining({ state: 'known' })]),
        rejected: [{ file: 'zzz/vcek.der', code: 'snp_chain_untrusted' }],
      });
    }
  });
});

test('afterwards', () => door.expectUntouched());

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** GNU’s numbers beyond octal: a set first bit, then the value, big endian. */
function binarySize(value: bigint): Uint8Array {
  const field = Buffer.alloc(12);
  field.writeBigUInt64BE(value, 4);
  field[0] = 0x80;
  return field;
}

function pax(name: string, value: string): Uint8Array {
  const line = ` ${name}=${value}\n`;
  const length = line.length + String(line.length + 2).length;
  return Buffer.from(`${length}${line}`);
}

function paxFlood(length: number): Uint8Array {
  const line = pax('comment', 'x');
  return Buffer.alloc(length, line);
}

function glued(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
