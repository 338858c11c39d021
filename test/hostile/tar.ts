/** Entries of a tar archive, octet by octet (POSIX.1, ustar), so that they can say what no program would write. */

export interface EntryForm {
  /** Type flag; default a file. */
  readonly type?: string;
  readonly link?: string;
  /** In place of the length of the contents. */
  readonly size?: number;
  /** The twelve bytes themselves. */
  readonly sizeField?: Uint8Array;
  /** In place of the right one. */
  readonly checksum?: number;
}

const BLOCK = 512;

/** What closes an archive. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK);

export function tarEntry(name: string, content: Uint8Array, form: EntryForm = {}): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, 'utf8');
  header.write('0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  header.write(`${(form.size ?? content.length).toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  if (form.sizeField !== undefined) header.set(form.sizeField, 124);
  header.write('00000000000\0', 136, 'latin1');
  header.write(form.type ?? '0', 156, 'latin1');
  header.write(form.link ?? '', 157, 100, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  // The sum is taken with its own field as spaces.
  header.fill(0x20, 148, 156);
  const sum = form.checksum ?? header.reduce((total, octet) => total + octet, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return new Uint8Array(Buffer.concat([header, content, padding]));
}
