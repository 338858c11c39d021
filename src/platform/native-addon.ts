/** The native addon for ECDSA, where `npm run build:native` leaves it. It may be absent: nothing else needs it. */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Beside the built code: build/native. */
export const ADDON_FILE = fileURLToPath(new URL('../../native/assay-native.node', import.meta.url));

/** Nobody who was allowed to verify signatures can be believed. In words for the operator. */
export class CryptoRefused extends Error {
  override readonly name = 'CryptoRefused';
}

/** What was found: the addon's exports, nothing, or a file that this process cannot use, and why. */
export type FoundAddon =
  | { readonly kind: 'loaded'; readonly exports: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unloadable'; readonly why: string };

/** Runs the addon's own start-up code: call it once, when a process starts. Only a file that is not there is absent. */
export function loadAddon(file: string = ADDON_FILE): FoundAddon {
  const loaded: { exports: unknown } = { exports: {} };
  try {
    // The link itself: one that leads nowhere was put there by somebody who wants the addon.
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return { kind: 'absent' };
    if (!isWhole(file)) return { kind: 'unloadable', why: `${file} is not what was built: ${REMEDY}` };
    process.dlopen(loaded, file, constants.dlopen.RTLD_NOW);
    return { kind: 'loaded', exports: loaded.exports };
  } catch (error) {
    return { kind: 'unloadable', why: error instanceof Error ? error.message : String(error) };
  }
}

const REMEDY = 'copy it whole, with the file .sha256 beside it, or build it again';

/**
 * Whether its SHA-256 is the one that the build wrote beside it. A library that was cut short loads on some systems, and
 * ends the process when what is missing is touched.
 */
function isWhole(file: string): boolean {
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  return readFileSync(`${file}.sha256`, 'utf8').trim() === digest;
}
