/** Sealed files: what Tink made opens, sizes around the ends of segments come back, and nothing that was changed does. */
import { createCipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { load } from './modules.js';

const { NotAuthentic, openStream, sealStream, writeStream } = await load('streaming');

const MEBIBYTE = 1024 * 1024;
const [HEADER, TAG] = [40, 16];
const FIRST = MEBIBYTE - HEADER - TAG;
const KEY = { dataKey: Buffer.from(Array.from({ length: 32 }, (_, index) => index)), name: 'sample-model' };

async function collect(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

const seal = (plain: Buffer) => collect(sealStream([plain], KEY));
const open = (sealed: Buffer, key = KEY) => collect(openStream([sealed], key));

/** Made by tink 1.10 for Python: the key of this test, template AES256_GCM_HKDF_1MB, prefix RAW, associated data `sample-model`. */
const BY_TINK = {
  short:
    'KPF/AGEEwZHqLWFzlTgiIaHDmZo+22KFeux8sLVZ1cYptiE8lq5b1cLkJ5Tx0CyoHABcvHk4GkctQChTqTcDKdHXT9kozufPKVAru3RUqX96yS61EN57dtE9/x+I9Zwicao=',
  /** 2,500,000 zeros: its header, and the digest of all of it. */
  zeros: {
    header: '28dc2d8aa7b62a85a46106ae2e479d16368ee01ebdbc6b2601722b90f6489fc9a0afe4fb3279262d',
    sha256: 'b5f988e4524e758cb46a5f41430632677feaf84afa8d1d7ba44e83732baf8959',
  },
  /** As many zeros as fill one segment. */
  full: {
    header: '280a7b6ebeb8f62e0ec8a65481b317c94e6a522e33faa2b8158cdc6fa0ad9b2f50f0a993a47d4085',
    sha256: '3cbfa030ece03dedda44e10b7fa43ba9fa1fcb6a87dd73f66c4906069fb53242',
  },
};

/** The format once more, all at once and by its description: what a header and a text become. */
function sealedBy(header: Buffer, plain: Buffer): Buffer {
  const key = Buffer.from(hkdfSync('sha256', KEY.dataKey, header.subarray(1, 33), Buffer.from(KEY.name), 32));
  const texts = [plain.subarray(0, FIRST)];
  for (let at = FIRST; at < plain.length; at += MEBIBYTE - TAG) {
    texts.push(plain.subarray(at, at + MEBIBYTE - TAG));
  }
  const sealed = texts.map((text, number) => {
    const counter = Buffer.alloc(5);
    counter.writeUInt32BE(number);
    counter[4] = number === texts.length - 1 ? 1 : 0;
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.concat([header.subarray(33), counter]));
    return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  });
  return Buffer.concat([header, ...sealed]);
}

describe('the format', () => {
  test('is that of Tink', async () => {
    const short = await open(Buffer.from(BY_TINK.short, 'base64'));
    expect(short.toString()).toBe('weights that nobody but the guest may read');
    for (const [{ header, sha256 }, length] of [
      [BY_TINK.zeros, 2_500_000],
      [BY_TINK.full, FIRST],
    ] as const) {
      const sealed = sealedBy(Buffer.from(header, 'hex'), Buffer.alloc(length));
      expect(createHash('sha256').update(sealed).digest('hex')).toBe(sha256);
      expect((await open(sealed)).equals(Buffer.alloc(length))).toBe(true);
    }
  });

  test.each([0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + MEBIBYTE - TAG, 3 * MEBIBYTE])(
    'brings back %i bytes, however they come',
    async (length) => {
      const plain = randomBytes(length);
      const sealed = await seal(plain);
      expect(sealedBy(sealed.subarray(0, HEADER), plain).equals(sealed)).toBe(true);
      const pieces = [sealed.subarray(0, 7), sealed.subarray(7, 1_000_000), sealed.subarray(1_000_000)];
      expect((await collect(openStream(pieces, KEY))).equals(plain)).toBe(true);
    },
  );

  test('never seals the same file alike', async () => {
    const plain = Buffer.alloc(1000);
    expect((await seal(plain)).equals(await seal(plain))).toBe(false);
  });
});

describe('a sealed file', () => {
  const plain = randomBytes(2 * MEBIBYTE + 500_000);
  let sealed: Buffer;
  let folder: string;
  beforeAll(async () => {
    sealed = await seal(plain);
    folder = await mkdtemp(join(tmpdir(), 'assay-streaming-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const flipped = (at: number) => {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  };
  const segment = (number: number) => sealed.subarray(number * MEBIBYTE, (number + 1) * MEBIBYTE);

  test.each<[string, () => Buffer]>([
    ['with another length of the header', () => flipped(0)],
    ['with a bit turned in the salt', () => flipped(5)],
    ['with a bit turned in the nonces’ beginning', () => flipped(35)],
    ['with a bit turned in the first segment', () => flipped(HEADER)],
    ['with a bit turned in a tag', () => flipped(MEBIBYTE - 1)],
    ['with a bit turned in the second segment', () => flipped(MEBIBYTE + 1000)],
    ['with a bit turned in the last byte', () => flipped(sealed.length - 1)],
    ['that ends after a segment', () => sealed.subarray(0, 2 * MEBIBYTE)],
    ['that ends after the first segment', () => sealed.subarray(0, MEBIBYTE)],
    ['that ends within a segment', () => sealed.subarray(0, MEBIBYTE + 1000)],
    ['that ends within a tag', () => sealed.subarray(0, sealed.length - 1)],
    ['that ends after the header', () => sealed.subarray(0, HEADER)],
    ['that ends within the header', () => sealed.subarray(0, 20)],
    ['that is empty', () => Buffer.alloc(0)],
    ['with a segment left out', () => Buffer.concat([segment(0), segment(2)])],
    ['with a segment twice', () => Buffer.concat([segment(0), segment(1), segment(1), segment(2)])],
    ['with segments in another order', () => Buffer.concat([segment(0), segment(2), segment(1)])],
    ['with something after its end', () => Buffer.concat([sealed, Buffer.alloc(1)])],
    ['with a segment after its end', () => Buffer.concat([sealed, segment(1)])],
  ])('%s is not opened, and leaves no output', async (_what, change) => {
    const source = join(folder, 'sealed');
    const target = join(folder, 'opened');
    await writeFile(source, change());
    await expect(writeStream(source, target, (pieces) => openStream(pieces, KEY))).rejects.toThrow(
      NotAuthentic,
    );
    expect(await readdir(folder)).toEqual(['sealed']);
    await writeFile(source, sealed);
    await writeStream(source, target, (pieces) => openStream(pieces, KEY));
    expect((await readFile(target)).equals(plain)).toBe(true);
    await rm(target);
  });

  test('opens under its own key and name alone', async () => {
    await expect(open(sealed, { ...KEY, name: 'another-model' })).rejects.toThrow(NotAuthentic);
    await expect(open(sealed, { ...KEY, dataKey: randomBytes(32) })).rejects.toThrow(NotAuthentic);
    expect((await open(sealed)).equals(plain)).toBe(true);
  });
});
