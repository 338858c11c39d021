/**
 * `assay keys`: a running service's signing keys; and, straight into the database, the first admin key and a change of the
 * key that encrypts the others.
 */
import { type Command, Option } from 'commander';
import { ConfigRefused, readKekConfig } from '../../config.js';
import { makeApiKey } from '../../identity/api-key.js';
import { systemEntropy } from '../../platform/entropy.js';
import { whyUnreadable } from '../../platform/file-access.js';
import { readSecret, SecretUnusable } from '../../platform/secret-file.js';
import { REPLACEABLE } from '../../verifier/key-ports.js';
import type { Stores } from '../../verifier/ports.js';
import { databaseUrlOf, withStorage } from '../database.js';
import { CommandFailed, EXIT, UsageMistake } from '../exit.js';
import { printJson, printTable, rowsOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine, Terminal } from '../terminal.js';

const TENANT = 'default';

interface BootstrapFlags {
  readonly name: string;
  readonly another?: true;
  readonly tenant: string;
}

interface RotateFlags extends ServerFlags {
  readonly alg?: string;
  readonly emergency?: true;
  readonly purpose?: string;
  readonly reason?: string;
}

export function addKeys(program: Command, { terminal }: CommandLine): void {
  const keys = program.command('keys').description('signing keys, and the first API key');
  keys
    .command('bootstrap')
    .description('make an admin key and print it, once; needs ASSAY_DATABASE_URL')
    .option('--name <name>', 'what the key is for', 'bootstrap')
    .option('--tenant <name>', 'whose it is: another than the built-in one must be there already', TENANT)
    .option('--another', 'make one although there is an admin key already')
    .action((flags: BootstrapFlags) => bootstrap(flags, terminal));
  withServer(keys.command('list'))
    .description('signing keys and their states, newest first')
    .action(async (flags: ServerFlags) => {
      const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/keys' });
      printTable(terminal, rowsOf(reply.items), ['kid', 'alg', 'purpose', 'state', 'active_from']);
    });
  withServer(keys.command('rotate'))
    .description('publish the next token keys, which sign 70 minutes later')
    .addOption(new Option('--alg <alg>', 'of this algorithm alone').choices(['ES256', 'RS256']))
    .option('--emergency', 'keys may be in other hands: new ones sign at once, older ones count no more')
    .addOption(
      new Option('--purpose <purpose>', 'what an emergency replaces; all of it when left out').choices(
        REPLACEABLE,
      ),
    )
    .option('--reason <text>', 'why, for the record; with --emergency')
    .action((flags: RotateFlags) => rotate(flags, terminal));
  keys
    .command('rewrap')
    .description(
      'encrypt stored keys anew under ASSAY_KEK[_FILE]; needs ASSAY_KEK_PREVIOUS[_FILE] and ASSAY_DATABASE_URL',
    )
    .action(() => rewrap(terminal));
}

async function rotate(flags: RotateFlags, terminal: Terminal): Promise<void> {
  const { alg, purpose, emergency, reason } = flags;
  if ((emergency === true) !== (reason !== undefined)) {
    throw new UsageMistake('--emergency and --reason go together: say why older keys count no more.');
  }
  const json = {
    ...(alg === undefined ? {} : { alg }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(emergency === undefined ? {} : { emergency }),
    ...(reason === undefined ? {} : { reason }),
  };
  const server = await serverOf(flags, terminal);
  printJson(terminal, await server.call({ method: 'POST', path: '/v1/keys/rotate', json }));
}

/** The service does the same at its start. */
async function rewrap(terminal: Terminal): Promise<void> {
  const url = databaseUrlOf(terminal);
  const { kek, previous } = readKeks(terminal);
  const values = await withStorage(async ({ openStores, createKeyWrap }) => {
    const stores = await openStores(url);
    try {
      return await stores.deployment.rewrap(createKeyWrap(kek, previous));
    } finally {
      await stores.close();
    }
  });
  terminal.out(`${values} stored value${values === 1 ? '' : 's'} encrypted anew under ASSAY_KEK.`);
}

function readKeks({ env }: Terminal): { readonly kek: Uint8Array; readonly previous: Uint8Array | null } {
  try {
    const { kek, kekPrevious } = readKekConfig(env, whyUnreadable);
    const previous = kekPrevious === null ? null : readSecret(kekPrevious, systemEntropy);
    return { kek: readSecret(kek, systemEntropy), previous };
  } catch (error) {
    if (error instanceof ConfigRefused || error instanceof SecretUnusable) {
      throw new UsageMistake(error.message);
    }
    throw error;
  }
}

async function bootstrap({ name, another, tenant }: BootstrapFlags, terminal: Terminal): Promise<void> {
  const url = databaseUrlOf(terminal);
  const text = await withStorage(async ({ openStores }) => {
    const stores = await openStores(url);
    try {
      if (tenant !== TENANT) await requireTenant(stores, tenant);
      if (another !== true) await requireNoAdmin(stores, tenant);
      const key = makeApiKey({ name, role: 'admin', now: terminal.now() }, systemEntropy);
      if (tenant === TENANT) await stores.tenants.ensure(TENANT, 'genuine', terminal.now());
      await stores.apiKeys.create(tenant, key.record, key.digest);
      return key.text;
    } finally {
      await stores.close();
    }
  });
  // The key alone, so that it can be piped into a secret store.
  terminal.out(text);
}

async function requireTenant({ tenants }: Stores, tenant: string): Promise<void> {
  if ((await tenants.get(tenant)) !== null) return;
  throw new CommandFailed(
    `There is no tenant ${tenant}. "assay tenants list" shows those that there are, "assay tenants create" makes one.`,
    EXIT.refused,
  );
}

/** A deployment that runs this at every start would otherwise leave admin keys in its logs. */
async function requireNoAdmin({ apiKeys }: Stores, tenant: string): Promise<void> {
  let cursor: string | null = null;
  do {
    const page = await apiKeys.list(tenant, { limit: 200, cursor });
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
