/** `assay keys bootstrap`: the first admin key, straight into the database. */
import type { Command } from 'commander';
import { makeApiKey } from '../../identity/api-key.js';
import { systemEntropy } from '../../platform/entropy.js';
import type { Stores } from '../../verifier/ports.js';
import { databaseUrlOf, withStorage } from '../database.js';
import { CommandFailed, EXIT } from '../exit.js';
import type { CommandLine, Terminal } from '../terminal.js';

const TENANT = 'default';

interface BootstrapFlags {
  readonly name: string;
  readonly another?: true;
}

export function addKeys(program: Command, { terminal }: CommandLine): void {
  program
    .command('keys')
    .description('API keys')
    .command('bootstrap')
    .description('make an admin key for the tenant `default` and print it, once; needs ASSAY_DATABASE_URL')
    .option('--name <name>', 'what the key is for', 'bootstrap')
    .option('--another', 'make one although there is an admin key already')
    .action((flags: BootstrapFlags) => bootstrap(flags, terminal));
}

async function bootstrap({ name, another }: BootstrapFlags, terminal: Terminal): Promise<void> {
  const url = databaseUrlOf(terminal);
  const text = await withStorage(async ({ openStores }) => {
    const stores = await openStores(url);
    try {
      if (another !== true) await requireNoAdmin(stores);
      const key = makeApiKey({ name, role: 'admin', now: terminal.now() }, systemEntropy);
      await stores.tenants.ensure(TENANT, 'genuine', terminal.now());
      await stores.apiKeys.create(TENANT, key.record, key.digest);
      return key.text;
    } finally {
      await stores.close();
    }
  });
  // The key alone, so that it can be piped into a secret store.
  terminal.out(text);
}

/** A deployment that runs this at every start would otherwise leave admin keys in its logs. */
async function requireNoAdmin({ apiKeys }: Stores): Promise<void> {
  let cursor: string | null = null;
  do {
    const page = await apiKeys.list(TENANT, { limit: 200, cursor });
    const admin = page.items.find(({ role }) => role === 'admin');
    if (admin !== undefined) {
      const made = admin.createdAt.toISOString();
      throw new CommandFailed(
        `There is an admin key already: ${admin.id} (${admin.name}, ${made}). --another makes one more.`,
        EXIT.refused,
      );
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
}
