/** Who verifies the signatures of evidence in this process: Node, or the native addon where there is one. */
import type { CryptoChoice } from '../config.js';
import type { EcdsaAddon } from '../pki/ecdsa-native.js';
import { chooseEcdsa, ecdsaName } from '../pki/signature.js';
import type { Log } from '../platform/log.js';
import { ADDON_FILE, CryptoRefused, type FoundAddon, loadAddon } from '../platform/native-addon.js';

const BUILD_OR_CHOOSE = 'Build it with `npm run build:native`, or set ASSAY_CRYPTO=auto or node.';

/**
 * Chooses for this process and returns the name of what was chosen. `auto`: an addon that is there and cannot be used
 * is said in the log as an error, and Node verifies. Throws CryptoRefused where the choice leaves nobody.
 */
export async function openCrypto(
  choice: CryptoChoice,
  log: Pick<Log, 'error'>,
  load: () => FoundAddon = loadAddon,
): Promise<string> {
  const objection = choice === 'node' ? 'not asked for' : await tryAddon(load());
  if (objection === null) return ecdsaName();
  if (choice === 'native') throw new CryptoRefused(`ASSAY_CRYPTO=native: ${objection} ${BUILD_OR_CHOOSE}`);
  if (choice === 'auto' && objection !== ABSENT) {
    log.error({ addon: ADDON_FILE, why: objection }, 'the native addon is not used: Node verifies instead');
  }
  const failed = await chooseEcdsa(null);
  if (failed.length === 0) return ecdsaName();
  throw new CryptoRefused(
    `Node's own OpenSSL gives wrong answers to signatures that are known (${inShort(failed)}). Run Assay on another build of Node, or on another machine.`,
  );
}

const ABSENT = 'there is no native addon.';

/** Null when it is in use from now on, otherwise why not. Whatever the addon throws is a reason, and ends nothing. */
async function tryAddon(found: FoundAddon): Promise<string | null> {
  if (found.kind === 'absent') return ABSENT;
  if (found.kind === 'unloadable') return `the native addon cannot be loaded (${found.why}).`;
  try {
    if (!isEcdsaAddon(found.exports)) return 'the native addon is of another version of Assay.';
    const failed = await chooseEcdsa(found.exports);
    if (failed.length === 0) return null;
    return `the native addon gives wrong answers to signatures and keys that are known (${inShort(failed)}).`;
  } catch (error) {
    return `the native addon fails before it is asked anything (${error instanceof Error ? error.message : String(error)}).`;
  }
}

function isEcdsaAddon(exports: unknown): exports is EcdsaAddon {
  if (typeof exports !== 'object' || exports === null) return false;
  const { library, PublicKey } = exports as Partial<Record<keyof EcdsaAddon, unknown>>;
  return typeof library === 'function' && typeof PublicKey === 'function' && typeof library() === 'string';
}

/** An implementation that is wrong throughout fails by the hundred. */
const NAMED = 4;

function inShort(failed: readonly string[]): string {
  const more = failed.length - NAMED;
  return [...failed.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join('; ');
}
