/**
 * The form of a tar archive (POSIX.1, ustar and pax), walked over before a library unpacks it: every file lies within
 * the archive, and no header is long. The library waits for ever within a file that is cut short, and decodes a header
 * of megabytes in one go.
 */

/** What is wrong; `tooLarge` tells a bound from a mistake. */
export interface TarObjection {
  readonly why: string;
  readonly tooLarge: boolean;
}

const BLOCK = 512;
const SIZE = { offset: 124, length: 12 } as const;
const TYPE_OFFSET = 156;
const DIRECTORY = '5';
/** pax headers of one file and of all, long names and long links of GNU. */
const HEADER_TYPES = 'xgLK';
const MAX_HEADER_BYTES = 64 * 1024;
/** Octal digits and what ends them; nothing at all is zero. */
const OCTAL = /^(?:[0-7]+[ \0]+|\0+)$/;
/** GNU's binary numbers begin with this bit, and are written for what octal cannot say. */
const BINARY = 0x80;

/** Null: the archive can be unpacked. `maxFileBytes`: of each file. */
export function tarObjection(archive: Uint8Array, maxFileBytes: number): TarObjection | null {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.length);
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    at += BLOCK;
    if (header.every((octet) => octet === 0)) continue;
    const type = String.fromCharCode(header[TYPE_OFFSET] ?? 0);
    const field = header.subarray(SIZE.offset, SIZE.offset + SIZE.length);
    if (field[0] === BINARY) return tooLarge(`a file above ${maxFileBytes} bytes`);
    const text = field.toString('latin1');
    if (!OCTAL.test(text)) return mistaken('holds a file whose size is no number');
    const size = Number.parseInt(text, 8) || 0;
    const isHeader = HEADER_TYPES.includes(type);
    if (isHeader && size > MAX_HEADER_BYTES) return tooLarge(`a header above ${MAX_HEADER_BYTES} bytes`);
    if (size > maxFileBytes) return tooLarge(`a file above ${maxFileBytes} bytes`);
    if (size > bytes.length - at) return mistaken('ends within a file');
    if (isDirectory(header, type) && size > 0) return mistaken('holds a directory with contents of its own');
    // A size in a pax header is for files that octal cannot measure.
    if (isHeader && /(?:^|\n)\d+ size=/.test(bytes.toString('latin1', at, at + size))) {
      return tooLarge(`a file above ${maxFileBytes} bytes`);
    }
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return null;
}

/** Old archives know directories by the end of their name. */
function isDirectory(header: Buffer, type: string): boolean {
  if (type === DIRECTORY) return true;
  const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
  return type === '\0' && name.endsWith('/');
}

function mistaken(why: string): TarObjection {
  return { why, tooLarge: false };
}

function tooLarge(why: string): TarObjection {
  return { why, tooLarge: true };
}
