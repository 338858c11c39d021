/** The part of `assay policies` that a running service answers: which policies it has and which version counts. */
import type { Command } from 'commander';
import { parsePolicy } from '../../appraisal/policy-schema.js';
import type { AppraisalPolicy } from '../../rats/policy.js';
import type { JsonObject } from '../../rats/result.js';
import { CommandFailed, EXIT, UsageMistake } from '../exit.js';
import { readJson } from '../files.js';
import { printJson, printTable, rowsOf } from '../print.js';
import { type Server, type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine, Terminal } from '../terminal.js';

interface UploadFlags extends ServerFlags {
  readonly activate?: true;
}

/** Adds to the group that the offline commands opened. */
export function addPolicyService(policies: Command, { terminal }: CommandLine): void {
  withServer(policies.command('list'))
    .description('policies of a running service, shipped ones among them')
    .action(async (flags: ServerFlags) => {
      const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/policies' });
      printTable(terminal, rowsOf(reply.items), [
        'name',
        'active_version',
        'latest_version',
        'built_in',
        'created_at',
      ]);
    });
  withServer(policies.command('create'))
    .description('upload a new policy to a running service; lint errors refuse it')
    .argument('<name>')
    .argument('<file>', 'JSON with the policy document')
    .option('--activate', 'put it in force at once')
    .action(async (name: string, file: string, flags: UploadFlags) => {
      const json = { name, ...(await uploadOf(file, flags)) };
      await upload(terminal, flags, '/v1/policies', json);
    });
  withServer(policies.command('add'))
    .description('upload the next version of a policy to a running service')
    .argument('<name>')
    .argument('<file>', 'JSON with the policy document')
    .option('--activate', 'put it in force at once')
    .action(async (name: string, file: string, flags: UploadFlags) => {
      await upload(terminal, flags, versionsOf(name), await uploadOf(file, flags));
    });
  withServer(policies.command('activate'))
    .description('put a version in force, on every replica at once')
    .argument('<name>')
    .argument('<version>')
    .action(async (name: string, version: string, flags: ServerFlags) => {
      const path = `${versionsOf(name)}/${encodeURIComponent(version)}/activate`;
      printJson(terminal, await (await serverOf(flags, terminal)).call({ method: 'POST', path }));
    });
}

/**
 * One version as a service has it, under the digest that its tokens name. `text`: a name, for the version in force, or
 * `name@version`. Refuses `policy_invalid` where the service is of another release and knows other members.
 */
export async function servedPolicy(server: Server, text: string): Promise<AppraisalPolicy> {
  const [name = '', number] = text.split('@');
  const version = number ?? (await activeVersion(server, name));
  const path = `${versionsOf(name)}/${encodeURIComponent(version)}`;
  const { document, digest, ...kept } = await server.call({ method: 'GET', path });
  if (typeof document !== 'object' || document === null || typeof digest !== 'string') {
    throw new CommandFailed('The service answered with something that is no policy.', EXIT.undecided);
  }
  return { ...parsePolicy({ ...document, name: kept.name, version: kept.version }), digest };
}

async function activeVersion(server: Server, name: string): Promise<string> {
  const policy = await server.call({ method: 'GET', path: `/v1/policies/${encodeURIComponent(name)}` });
  if (typeof policy.active_version === 'number') return String(policy.active_version);
  throw new CommandFailed(
    `No version of ${name} is in force: name one, such as ${name}@${String(policy.latest_version)}.`,
    EXIT.refused,
  );
}

async function uploadOf(file: string, { activate }: UploadFlags): Promise<JsonObject> {
  const document = await readJson(file, file);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UsageMistake(`${file} does not hold a policy document.`);
  }
  return { document, ...(activate === true ? { activate: true } : {}) };
}

/** What the lint warns of goes to the terminal beside the reply. */
async function upload(terminal: Terminal, flags: ServerFlags, path: string, json: JsonObject): Promise<void> {
  const reply = await (await serverOf(flags, terminal)).call({ method: 'POST', path, json });
  for (const { path: place, reason } of rowsOf(reply.warnings)) {
    terminal.err(`${terminal.colours.yellow('warning')}: ${String(place)} ${String(reason)}`);
  }
  printJson(terminal, reply);
}

function versionsOf(name: string): string {
  return `/v1/policies/${encodeURIComponent(name)}/versions`;
}
