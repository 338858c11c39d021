/** `assay workloads`: the named things that an operator protects. */
import type { Command } from 'commander';
import { printJson, printTable, rowsOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

export function addWorkloads(program: Command, { terminal }: CommandLine): void {
  const workloads = program.command('workloads').description('the named things that an operator protects');
  withServer(workloads.command('create'))
    .argument('<name>')
    .option('--description <text>')
    .action(async (name: string, flags: ServerFlags & { readonly description?: string }) => {
      const { description } = flags;
      const json = { name, ...(description === undefined ? {} : { description }) };
      const server = await serverOf(flags, terminal);
      printJson(terminal, await server.call({ method: 'POST', path: '/v1/workloads', json }));
    });
  withServer(workloads.command('list')).action(async (flags: ServerFlags) => {
    const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/workloads' });
    printTable(terminal, rowsOf(reply.items), ['name', 'description', 'created_at']);
  });
}
