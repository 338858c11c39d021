/** The addon that `npm run build:native` built, for tests that compare it with Node. */
import type { EcdsaAddon } from '../../src/pki/ecdsa-native.js';
import { loadAddon } from '../../src/platform/native-addon.js';
import { leaveOut } from '../left-out.js';

/** Null, and said by name, where it is not built; on the build server, and for one that cannot be loaded, an error. */
export function builtAddon(what: string): EcdsaAddon | null {
  const found = loadAddon();
  if (found.kind === 'loaded') return found.exports as EcdsaAddon;
  if (found.kind === 'unloadable') throw new Error(`the native addon cannot be loaded: ${found.why}`);
  leaveOut(what, {
    why: 'not built (npm run build:native)',
    lacking: 'not built the native addon: npm run build:native',
    needs: 'needs the addon',
  });
  return null;
}
