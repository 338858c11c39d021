/** What a guest hands out, as files of a directory. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes or text by file name; null: there is no such file. */
export type Handout = Readonly<Record<string, Uint8Array | string | null>>;

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes the files, replacing or removing those of an earlier guest. Returns the names written. */
export async function writeHandout(dir: string, files: Handout): Promise<readonly string[]> {
  await mkdir(dir, { recursive: true });
  const written: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    if (content === null) {
      await rm(join(dir, name), { force: true });
      continue;
    }
    await writeFile(join(dir, name), content);
    written.push(name);
  }
  return written;
}
