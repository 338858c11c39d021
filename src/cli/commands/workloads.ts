/** `assay workloads`: the named things that an operator protects. */
import type { Command } from 'commander';
import { UsageMistake } from '../exit.js';
import { printJson, printTable, rowsOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

interface WorkloadFlags extends ServerFlags {
  readonly description?: string;
  readonly policy?: string;
}

export function addWorkloads(program: Command, { terminal }: CommandLine): void {
  const workloads = program.command('workloads').description('the named things that an operator protects');
  withServer(workloads.command('create'))
    .argument('<name>')
    .option('--description <text>')
    .option('--policy <name>', 'that judges its evidence (default: standard)')
    .action(async (name: string, flags: WorkloadFlags) => {
      const json = { name, ...membersOf(flags) };
      const server = await serverOf(flags, terminal);
      printJson(terminal, await server.call({ method: 'POST', path: '/v1/workloads', json }));
    });
  withServer(workloads.command('change'))
    .description('describe a workload anew, or choose another policy for it')
    .argument('<name>')
    .option('--description <text>')
    .option('--policy <name>', 'that judges its evidence from now on')
    .action(async (name: string, flags: WorkloadFlags) => {
      const json = membersOf(flags);
      if (Object.keys(json).length === 0)
        throw new UsageMistake('Say what changes: --description or --policy.');
      const server = await serverOf(flags, terminal);
      const path = `/v1/workloads/${encodeURIComponent(name)}`;
      printJson(terminal, await server.call({ method: 'PATCH', path, json }));
    });
  withServer(workloads.command('list')).action(async (flags: ServerFlags) => {
    const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/workloads' });
    printTable(terminal, rowsOf(reply.items), ['name', 'policy', 'description', 'created_at']);
  });
}

function membersOf({ description, policy }: WorkloadFlags) {
  return {
    ...(description === undefined ? {} : { description }),
    ...(policy === undefined ? {} : { policy }),
  };
}
