/** The addon that `npm run build:native` built, for tests that compare it with Node. */
import { describe, test } from '@jest/globals';
import type { EcdsaAddon } from '../../src/pki/ecdsa-native.js';
import { loadAddon } from '../../src/platform/native-addon.js';

/** Null, and said by name, where it is not built; on the build server, and for one that cannot be loaded, an error. */
export function builtAddon(what: string): EcdsaAddon | null {
  const found = loadAddon();
  if (found.kind === 'loaded') return found.exports as EcdsaAddon;
  if (found.kind === 'unloadable') throw new Error(`the native addon cannot be loaded: ${found.why}`);
  if (process.env.CI !== undefined && process.env.CI !== '') {
    throw new Error('the native addon is not built: npm run build:native');
  }
  process.stderr.write(`skipped, not built (npm run build:native): ${what}\n`);
  describe.skip(`${what} (not built: npm run build:native)`, () => {
    test.todo('needs the addon');
  });
  return null;
}
