/** Which engine a database URL means. Nothing is guessed: what is not one of the three forms is refused. */
import { StorageRefused } from './refused.js';

export type DatabaseAddress =
  | { readonly engine: 'pglite'; readonly directory: string | null }
  | { readonly engine: 'postgres'; readonly url: string };

const EMBEDDED = 'pglite:';
const MEMORY = 'memory';

/** `pglite:DIR`, `pglite:memory`, `postgres://…` or `postgresql://…`. The URL itself may hold a password. */
export function readDatabaseUrl(url: string): DatabaseAddress {
  if (url.startsWith(EMBEDDED)) {
    const place = url.slice(EMBEDDED.length);
    if (place === '') throw new StorageRefused('The database URL pglite: names no directory.');
    return { engine: 'pglite', directory: place === MEMORY ? null : place };
  }
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)) return { engine: 'postgres', url };
  throw new StorageRefused(
    'The database URL is none of pglite:DIRECTORY, pglite:memory and postgres://USER:PASSWORD@HOST/DATABASE.',
  );
}
