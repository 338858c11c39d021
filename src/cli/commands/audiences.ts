/** `assay audiences`: the relying parties that tokens are made for. */
import { type Command, Option } from 'commander';
import { UsageMistake } from '../exit.js';
import { printJson, printTable, rowsOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

interface AudienceFlags extends ServerFlags {
  readonly workload?: readonly string[];
  readonly anyWorkload?: true;
  readonly minimumStatus?: string;
  readonly keyBinding?: string;
  readonly lifetime?: string;
  readonly renewalSeconds?: string;
  readonly tokenEncryption?: string;
}

export function addAudiences(program: Command, { terminal }: CommandLine): void {
  const audiences = program.command('audiences').description('the relying parties that tokens are made for');
  withServer(audiences.command('create'))
    .argument('<name>', 'what the token says in `aud`')
    .option('--workload <name...>', 'workloads it accepts')
    .option('--any-workload', 'accept every workload of the tenant')
    .addOption(new Option('--minimum-status <status>').choices(['affirming', 'warning']))
    .addOption(new Option('--key-binding <rule>').choices(['required', 'optional']))
    .option('--lifetime <seconds>', 'of its tokens')
    .option('--renewal-seconds <seconds>', 'how long after the evidence the key alone renews a token')
    .addOption(new Option('--token-encryption <rule>').choices(['when-key', 'never']))
    .action(async (name: string, flags: AudienceFlags) => {
      const server = await serverOf(flags, terminal);
      const json = { name, ...membersOf(flags) };
      printJson(terminal, await server.call({ method: 'POST', path: '/v1/audiences', json }));
    });
  withServer(audiences.command('list')).action(async (flags: ServerFlags) => {
    const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/audiences' });
    printTable(terminal, rowsOf(reply.items), [
      'name',
      'minimum_status',
      'key_binding',
      'lifetime',
      'workloads',
    ]);
  });
}

function membersOf(flags: AudienceFlags) {
  const { workload, anyWorkload, minimumStatus, keyBinding, tokenEncryption } = flags;
  if ((workload === undefined) === (anyWorkload !== true)) {
    throw new UsageMistake('Say which workloads the audience accepts: --workload NAME… or --any-workload.');
  }
  const lifetime = secondsOf('--lifetime', flags.lifetime);
  const renewalSeconds = secondsOf('--renewal-seconds', flags.renewalSeconds);
  return {
    workloads: workload ?? '*',
    ...(minimumStatus === undefined ? {} : { minimum_status: minimumStatus }),
    ...(keyBinding === undefined ? {} : { key_binding: keyBinding }),
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(renewalSeconds === undefined ? {} : { renewal_seconds: renewalSeconds }),
    ...(tokenEncryption === undefined ? {} : { token_encryption: tokenEncryption }),
  };
}

function secondsOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/u.test(text)) throw new UsageMistake(`${option} takes a whole number of seconds.`);
  return Number(text);
}
