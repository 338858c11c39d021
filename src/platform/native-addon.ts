/** The native addon for ECDSA, where `npm run build:native` leaves it. It may be absent: nothing else needs it. */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Beside the built code: build/native. */
export const ADDON_FILE = fileURLToPath(new URL('../../native/assay-native.node', import.meta.url));

/** Nobody who was allowed to verify signatures can be believed. In words for the operator. */
export class CryptoRefused extends Error {
  override readonly name = 'CryptoRefused';
}

/** What was found: the addon's exports, nothing, or a file that this Node cannot load, and why. */
export type FoundAddon =
  | { readonly kind: 'loaded'; readonly exports: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unloadable'; readonly why: string };

/** Runs the addon's own start-up code: call it once, when a process starts. */
export function loadAddon(file: string = ADDON_FILE): FoundAddon {
  if (!existsSync(file)) return { kind: 'absent' };
  const loaded: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(loaded, file, constants.dlopen.RTLD_NOW);
    return { kind: 'loaded', exports: loaded.exports };
  } catch (error) {
    return { kind: 'unloadable', why: error instanceof Error ? error.message : String(error) };
  }
}
