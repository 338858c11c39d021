/** `assay platforms`: the register of machines that a tenant owns, on a running service. */
import { type Command, Option } from 'commander';
import { printJson, printTable, rowsOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

const KINDS = ['snp-chip-id', 'snp-csp-id', 'tdx-platform-instance'];

interface PlatformFlags extends ServerFlags {
  readonly kind: string;
  readonly label: string;
  readonly owner: string;
}

export function addPlatforms(program: Command, { terminal }: CommandLine): void {
  const platforms = program
    .command('platforms')
    .description('the machines you own, which policies with `common.platforms: "registered"` ask for');
  withServer(platforms.command('list')).action(async (flags: ServerFlags) => {
    const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/platforms' });
    printTable(terminal, rowsOf(reply.items), ['id', 'kind', 'label', 'owner', 'value', 'created_at']);
  });
  withServer(platforms.command('add'))
    .description('register a machine by what `assay verify` shows of its evidence')
    .argument('<value>', 'CHIP_ID, the CSP of a VLEK, or the platform instance id of a PCK certificate')
    .addOption(new Option('--kind <kind>').choices(KINDS).makeOptionMandatory())
    .requiredOption('--label <text>', 'what you call it; verdicts name it')
    .requiredOption('--owner <text>', 'who answers for it')
    .action(async (value: string, { kind, label, owner, ...flags }: PlatformFlags) => {
      const json = { kind, value, label, owner };
      const server = await serverOf(flags, terminal);
      printJson(terminal, await server.call({ method: 'POST', path: '/v1/platforms', json }));
    });
  withServer(platforms.command('remove'))
    .description('take a machine out: its evidence is refused from then on where a policy asks')
    .argument('<id>', 'of the list')
    .action(async (id: string, flags: ServerFlags) => {
      const path = `/v1/platforms/${encodeURIComponent(id)}`;
      printJson(terminal, await (await serverOf(flags, terminal)).call({ method: 'DELETE', path }));
    });
}
