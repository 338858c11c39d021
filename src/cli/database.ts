/** Commands that open the database themselves: its address, and its refusals in words. */
import { CommandFailed, EXIT, UsageMistake } from './exit.js';
import type { Terminal } from './terminal.js';

export function databaseUrlOf({ env }: Terminal): string {
  const url = env.ASSAY_DATABASE_URL;
  if (url) return url;
  throw new UsageMistake('ASSAY_DATABASE_URL must name the database: postgres://… or pglite:DIRECTORY.');
}

type Storage = typeof import('../storage/index.js');

/**
 * Runs the work; what storage refuses ends the command with its sentence. Storage is loaded only here, so that
 * the offline commands start without a database engine.
 */
export async function withStorage<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await import('../storage/index.js');
  try {
    return await work(storage);
  } catch (error) {
    if (error instanceof storage.StorageRefused) throw new CommandFailed(error.message, EXIT.usage);
    throw error;
  }
}
