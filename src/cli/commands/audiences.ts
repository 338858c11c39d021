/** `assay audiences`: the relying parties that tokens are made for. */
import { type Command, Option } from 'commander';
import { KEY_HEADERS, TOKEN_PROFILES, TOKEN_TYPS } from '../../rats/token-form.js';
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
  readonly profile?: string;
  readonly alg?: string;
  readonly keyHeader?: string;
  readonly typ?: string;
  readonly clientId?: string;
  readonly awsTags?: true;
  readonly maxTokenBytes?: string;
}

export function addAudiences(program: Command, { terminal }: CommandLine): void {
  const audiences = program.command('audiences').description('the relying parties that tokens are made for');
  withForms(withServer(audiences.command('create')))
    .argument('<name>', 'what the token says in `aud`')
    .option('--workload <name...>', 'workloads it accepts')
    .option('--any-workload', 'accept every workload of the tenant')
    .addOption(new Option('--minimum-status <status>').choices(['affirming', 'warning']))
    .addOption(new Option('--key-binding <rule>').choices(['required', 'optional']))
    .option('--lifetime <seconds>', 'of its tokens')
    .option('--renewal-seconds <seconds>', 'how long after the evidence the key alone renews a token')
    .addOption(new Option('--token-encryption <rule>').choices(['when-key', 'never']))
    .action(async (name: string, flags: AudienceFlags) => {
      const json = { name, ...membersOf(flags) };
      const server = await serverOf(flags, terminal);
      printJson(terminal, await server.call({ method: 'POST', path: '/v1/audiences', json }));
    });
  withServer(audiences.command('list')).action(async (flags: ServerFlags) => {
    const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/audiences' });
    printTable(terminal, rowsOf(reply.items), [
      ...['name', 'minimum_status', 'profile', 'alg', 'key_header', 'key_binding', 'lifetime', 'workloads'],
    ]);
  });
  withServer(audiences.command('authority'))
    .description(
      'the certificate that readers of its tokens trust, PEM (for audiences with --key-header x5c)',
    )
    .argument('<name>', 'of the list')
    .action(async (name: string, flags: ServerFlags) => {
      const path = `/v1/audiences/${encodeURIComponent(name)}/authority`;
      const { certificate } = await (await serverOf(flags, terminal)).call({ method: 'GET', path });
      terminal.out(String(certificate).trimEnd());
    });
}

/** Of its tokens: docs/audiences.md says which is for whom. */
function withForms(command: Command): Command {
  return command
    .addOption(new Option('--profile <profile>', 'claims of its tokens').choices(TOKEN_PROFILES))
    .addOption(new Option('--alg <alg>', 'what they are signed with').choices(['ES256', 'RS256']))
    .addOption(new Option('--key-header <form>', 'how they name the key').choices(KEY_HEADERS))
    .addOption(new Option('--typ <typ>', 'kind of token that the header names').choices(TOKEN_TYPS))
    .option('--client-id <id>', 'claim `client_id`, with --typ at+jwt')
    .option('--aws-tags', 'add session tags for AWS')
    .option('--max-token-bytes <count>', 'deny a longer token, 1024 to 8192');
}

function membersOf(flags: AudienceFlags) {
  const { workload, anyWorkload } = flags;
  if ((workload === undefined) === (anyWorkload !== true)) {
    throw new UsageMistake('Say which workloads the audience accepts: --workload NAME… or --any-workload.');
  }
  const lifetime = wholeNumber(flags.lifetime, '--lifetime takes a whole number of seconds.');
  const renewal = wholeNumber(flags.renewalSeconds, '--renewal-seconds takes a whole number of seconds.');
  const longest = wholeNumber(flags.maxTokenBytes, '--max-token-bytes takes a whole number of bytes.');
  const given = {
    minimum_status: flags.minimumStatus,
    key_binding: flags.keyBinding,
    lifetime,
    renewal_seconds: renewal,
    token_encryption: flags.tokenEncryption,
    profile: flags.profile,
    alg: flags.alg,
    key_header: flags.keyHeader,
    typ: flags.typ,
    client_id: flags.clientId,
    aws_tags: flags.awsTags,
    max_token_bytes: longest,
  };
  const members = Object.entries(given).filter(([, value]) => value !== undefined);
  return { workloads: workload ?? '*', ...Object.fromEntries(members) };
}

function wholeNumber(text: string | undefined, mistake: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/u.test(text)) throw new UsageMistake(mistake);
  return Number(text);
}
