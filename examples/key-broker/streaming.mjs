/**
 * Files of any size under one data key, in segments that are each authenticated: memory stays that of a few segments, and nobody
 * can change, swap, repeat or cut off any of them unseen. The format is that of Tink's `AES256_GCM_HKDF_1MB` (Streaming
 * AEAD; the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár), so that other programs open these files too:
 *
 *     header   1 byte: its length, 40; 32 bytes of salt; 7 bytes that each nonce begins with
 *     segment  1 MiB, the header counted with the first one; the last is shorter. AES-256-GCM, its tag of 16 bytes at the end
 *     nonce    the 7 bytes; number of the segment, 4 bytes; 1 for the last segment and 0 for the others
 *     key      HKDF-SHA256 of data key and salt; the name of the data key is its context
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

const HEADER = 40;
const SALT = 32;
const SEGMENT = 1024 * 1024;
const TAG = 16;
const CIPHER = 'aes-256-gcm';

/** The file is not what was sealed under this key and name. What was read of it before is, as far as it goes. */
export class NotAuthentic extends Error {}

/** Sealed pieces of what a stream of buffers holds. `dataKey`: 32 bytes; `name`: that of the key. */
export async function* sealStream(source, { dataKey, name }) {
  const header = Buffer.concat([Buffer.of(HEADER), randomBytes(HEADER - 1)]);
  const stream = keyedBy(header, dataKey, name);
  yield header;
  for await (const { number, bytes, last } of segmentsOf(source, SEGMENT - HEADER - TAG, SEGMENT - TAG)) {
    const cipher = createCipheriv(CIPHER, stream.key, stream.nonce(number, last));
    yield cipher.update(bytes);
    cipher.final();
    yield cipher.getAuthTag();
  }
}

/** What `sealStream` sealed, each piece once it is known to be genuine. Only the end says that all of it came. Throws NotAuthentic. */
export async function* openStream(source, { dataKey, name }) {
  let stream = null;
  for await (const { number, bytes, last } of segmentsOf(source, SEGMENT, SEGMENT)) {
    if (number === 0) {
      if (bytes.length < HEADER || bytes[0] !== HEADER) throw new NotAuthentic('this is no sealed file');
      stream = keyedBy(bytes.subarray(0, HEADER), dataKey, name);
    }
    const sealed = number === 0 ? bytes.subarray(HEADER) : bytes;
    if (sealed.length < TAG) throw new NotAuthentic(`segment ${number} is cut off`);
    const decipher = createDecipheriv(CIPHER, stream.key, stream.nonce(number, last), {
      authTagLength: TAG,
    }).setAuthTag(sealed.subarray(-TAG));
    const opened = decipher.update(sealed.subarray(0, -TAG));
    try {
      decipher.final();
    } catch {
      throw new NotAuthentic(`segment ${number} was changed, moved or cut off, or the key is another one`);
    }
    yield opened;
  }
}

/** Writes a file from another one, which `changed` turns into pieces. It has its name only when all of it is there, durably. */
export async function writeStream(source, target, changed) {
  const unfinished = `${target}.part`;
  const input = await open(source);
  try {
    const output = await open(unfinished, 'w', 0o600);
    try {
      for await (const piece of changed(piecesOf(input))) await output.writeFile(piece);
      await output.sync();
    } finally {
      await output.close();
    }
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await input.close();
  }
}

/** What a file holds, in a buffer that is used again: each piece is good until the next is asked for. */
async function* piecesOf(file) {
  const buffer = Buffer.allocUnsafe(SEGMENT);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The key of one file: with a salt of its own, no nonce ever comes twice under it. */
function keyedBy(header, dataKey, name) {
  const salt = header.subarray(1, 1 + SALT);
  const key = Buffer.from(hkdfSync('sha256', dataKey, salt, Buffer.from(name, 'utf8'), 32));
  const prefix = Buffer.from(header.subarray(1 + SALT));
  return {
    key,
    nonce(number, last) {
      const nonce = Buffer.alloc(12);
      prefix.copy(nonce);
      nonce.writeUInt32BE(number, prefix.length);
      nonce[11] = last ? 1 : 0;
      return nonce;
    },
  };
}

/** Pieces of these lengths, in one buffer that is used again: a full one is known to be the last only when nothing follows. */
async function* segmentsOf(source, firstLength, length) {
  const segment = Buffer.allocUnsafe(length);
  let [number, filled, wanted] = [0, 0, firstLength];
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length; ) {
      if (filled === wanted) {
        yield { number, bytes: segment.subarray(0, filled), last: false };
        [number, filled, wanted] = [number + 1, 0, length];
      }
      const copied = chunk.copy(segment, filled, offset, offset + wanted - filled);
      offset += copied;
      filled += copied;
    }
  }
  yield { number, bytes: segment.subarray(0, filled), last: true };
}
