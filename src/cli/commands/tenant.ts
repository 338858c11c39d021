/** `assay tenant`: what an admin may set for the whole tenant. */
import { type Command, Option } from 'commander';
import { PROBLEM_DETAILS } from '../../rats/problem-detail.js';
import { printJson } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

const PATH = '/v1/tenant';

export function addTenant(program: Command, { terminal }: CommandLine): void {
  const tenant = program.command('tenant').description('settings of the whole tenant');
  withServer(tenant.command('show')).action(async (flags: ServerFlags) => {
    printJson(terminal, await (await serverOf(flags, terminal)).call({ method: 'GET', path: PATH }));
  });
  withServer(tenant.command('set'))
    .addOption(
      new Option(
        '--problem-detail <level>',
        'what a denied attester is told: which checks failed and what to do, what was observed of it too, or all',
      )
        .choices(PROBLEM_DETAILS)
        .makeOptionMandatory(),
    )
    .action(async (flags: ServerFlags & { readonly problemDetail: string }) => {
      const server = await serverOf(flags, terminal);
      const json = { problem_detail: flags.problemDetail };
      printJson(terminal, await server.call({ method: 'PATCH', path: PATH, json }));
    });
}
