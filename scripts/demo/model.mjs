// A model file of any size that compresses to nothing, in a folder that goes away, and what becomes of it.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, statfs } from 'node:fs/promises';

const UNITS = { M: 1_000_000, G: 1_000_000_000 };
const PIECE = 1024 * 1024;

/** `20M`, `1G`. */
export function bytesOf(text) {
  const [, count, unit] = /^([1-9]\d{0,5})([MG])$/u.exec(text) ?? [];
  if (unit === undefined) throw new Error('--model-size takes megabytes or gigabytes: 20M, 1G');
  return Number(count) * UNITS[unit];
}

export const inMegabytes = (bytes) => `${Math.round(bytes / UNITS.M)} MB`;

/** Two files of that size lie there at a time. Says how much room there is; throws when it is too little. */
export async function requireSpace(folder, size) {
  const { bavail, bsize } = await statfs(folder);
  const [free, needed] = [bavail * bsize, 2 * size + 100 * UNITS.M];
  const room = `A model of ${inMegabytes(size)} needs ${inMegabytes(needed)} in ${folder} for a while; ${inMegabytes(free)} are free.`;
  if (free < needed) throw new Error(`${room} Point TMPDIR elsewhere, or try --model-size 20M`);
  return room;
}

/** Writes it and gives its digest: the key stream of AES-CTR under a key that nobody keeps, which is quick to make. */
export async function makeModel(path, size) {
  const stream = createCipheriv('aes-256-ctr', randomBytes(32), randomBytes(16));
  const zeros = Buffer.alloc(PIECE);
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  try {
    for (let left = size; left > 0; left -= PIECE) {
      const piece = stream.update(zeros.subarray(0, Math.min(left, PIECE)));
      hash.update(piece);
      await file.writeFile(piece);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** Hex SHA-256. */
export async function digestOf(path) {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}
