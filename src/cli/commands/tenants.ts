/** `assay tenants`: the tenants of a running service, for whoever runs it. */
import type { Command } from 'commander';
import { printJson, printTable } from '../print.js';
import { itemsOf, type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

interface CreateFlags extends ServerFlags {
  readonly description?: string;
}

interface ListFlags extends ServerFlags {
  readonly json?: true;
}

export function addTenants(program: Command, { terminal }: CommandLine): void {
  const tenants = program
    .command('tenants')
    .description('tenants with issuers of their own; needs an admin key of the built-in tenant');
  withServer(tenants.command('create'))
    .description('make a tenant and print it with its first admin key, which is shown this once')
    .argument('<name>', '1 to 40 of a-z 0-9 -; its issuer ends with /t/NAME')
    .option('--description <text>', 'for whoever runs the service')
    .action(async (name: string, { description, ...flags }: CreateFlags) => {
      const json = { name, ...(description === undefined ? {} : { description }) };
      const server = await serverOf(flags, terminal);
      printJson(terminal, await server.call({ method: 'POST', path: '/v1/tenants', json }));
    });
  withServer(tenants.command('list'))
    .description('all tenants, by name')
    .option('--json', 'as the service replies, all pages in one')
    .action(async ({ json, ...flags }: ListFlags) => {
      const items = await itemsOf(await serverOf(flags, terminal), '/v1/tenants');
      if (json === true) printJson(terminal, { items });
      else printTable(terminal, items, ['name', 'issuer', 'description', 'created_at']);
    });
}
