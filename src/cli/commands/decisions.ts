/** `assay decisions`: what was decided, and on what grounds. */
import type { Command } from 'commander';
import { printJson, printTable, rowsOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

export function addDecisions(program: Command, { terminal }: CommandLine): void {
  const decisions = program.command('decisions').description('what was decided, and on what grounds');
  withServer(decisions.command('list')).action(async (flags: ServerFlags) => {
    const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/decisions' });
    printTable(terminal, rowsOf(reply.items), [
      'id',
      'recorded_at',
      'status',
      'code',
      'workload',
      'audience',
    ]);
  });
  withServer(decisions.command('show'))
    .argument('<id>')
    .action(async (id: string, flags: ServerFlags) => {
      const server = await serverOf(flags, terminal);
      printJson(
        terminal,
        await server.call({ method: 'GET', path: `/v1/decisions/${encodeURIComponent(id)}` }),
      );
    });
}
