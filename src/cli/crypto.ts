/** Who verifies signatures for commands that do so themselves: the same choice as the service’s. */
import { openCrypto } from '../compose/crypto.js';
import { ConfigRefused, readCryptoConfig } from '../config.js';
import { CryptoRefused } from '../platform/native-addon.js';
import { CommandFailed, EXIT, UsageMistake } from './exit.js';
import type { Terminal } from './terminal.js';

/** Chooses by ASSAY_CRYPTO and returns the name; what is wrong with the addon goes to standard error. */
export async function cryptoFor(terminal: Terminal): Promise<string> {
  const error = (fields: { readonly why?: unknown }, message: string): void =>
    terminal.err(`${message}: ${fields.why}`);
  try {
    return await openCrypto(readCryptoConfig(terminal.env).crypto, { error });
  } catch (refused) {
    if (refused instanceof ConfigRefused) throw new UsageMistake(refused.message);
    if (refused instanceof CryptoRefused) throw new CommandFailed(refused.message, EXIT.usage);
    throw refused;
  }
}
