/** Where the genuine evidence lies: read in place, never copied. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Beside the repository; the built file lies two levels below it. */
const DEFAULT = new URL('../../../shared/vectors', import.meta.url);

/** `ASSAY_VECTORS`, or the default place; null when there is no manifest. */
export function vectorsDir(): string | null {
  const named = process.env.ASSAY_VECTORS;
  const directory = named === undefined || named === '' ? fileURLToPath(DEFAULT) : named;
  return existsSync(`${directory}/manifest.json`) ? directory : null;
}
