/** `assay endorsements`: vendor documents into a running service, and what it holds. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import { pack } from 'tar-stream';
import { reasonOf } from '../../platform/file-access.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { SCHEMES } from '../../tee/registry.js';
import { EXIT, UsageMistake } from '../exit.js';
import { printJson, printTable, rowsOf, textOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

export function addEndorsements(program: Command, line: CommandLine): void {
  const endorsements = program
    .command('endorsements')
    .description("vendors' certificates and revocation lists");
  withServer(endorsements.command('import'))
    .description('send every vendor document below a directory; each is verified before it is kept')
    .argument('<dir>', 'directory of the endorsement layout; files of other names are ignored')
    .option('--json', 'print the reply as it came')
    .action((dir: string, flags: ServerFlags & { readonly json?: true }) =>
      importDirectory(dir, flags, line),
    );
  withServer(endorsements.command('list'))
    .description('what the service holds, and until when')
    .option('--json', 'print the reply as it came')
    .action(async (flags: ServerFlags & { readonly json?: true }) => {
      const reply = await (await serverOf(flags, line.terminal)).call({
        method: 'GET',
        path: '/v1/endorsements',
      });
      if (flags.json === true) printJson(line.terminal, reply);
      else printTable(line.terminal, rowsOf(reply.items), ['kind', 'subject', 'state', 'expires_at']);
    });
}

async function importDirectory(
  dir: string,
  flags: ServerFlags & { readonly json?: true },
  line: CommandLine,
): Promise<void> {
  const files = await documentsBelow(dir);
  if (files.length === 0) throw new UsageMistake(`${dir} holds no vendor document: ${layout().join(', ')}.`);
  const server = await serverOf(flags, line.terminal);
  const tar = await archiveOf(dir, files);
  const reply = await server.call({ method: 'POST', path: '/v1/endorsements/import', tar });
  if (flags.json === true) printJson(line.terminal, reply);
  else printReport(reply, line);
  // Good documents were kept; still the caller should notice that one was not.
  line.exitCode = rowsOf(reply.rejected).length === 0 ? EXIT.affirming : EXIT.refused;
}

function printReport(reply: JsonObject, { terminal }: CommandLine): void {
  const { dim, green, red } = terminal.colours;
  for (const { file, code } of rowsOf(reply.rejected)) {
    terminal.out(`${red('✗')} ${textOf(file)}: ${textOf(code)}`);
  }
  const imported = rowsOf(reply.imported);
  for (const { kind, sha256, state } of imported) {
    terminal.out(`${green('✓')} ${textOf(kind)} ${textOf(sha256).slice(0, 16)}… ${stateInWords(state)}`);
  }
  // Kept is not current: a list past its end is good for judging the past.
  if (imported.length > 0) terminal.out(dim('`assay endorsements list` shows when each ends.'));
}

function stateInWords(state: JsonValue | undefined): string {
  if (state === 'current') return 'is now the current one';
  if (state === 'past') return 'is kept for past instants: a newer one is there';
  return 'was there already';
}

function layout(): string[] {
  return [...new Set(SCHEMES.flatMap((scheme) => [...scheme.endorsementFiles]))];
}

async function documentsBelow(dir: string): Promise<string[]> {
  const names = layout();
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && names.includes(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw new UsageMistake(`${dir} cannot be read: ${reasonOf(error)}.`);
  }
}

async function archiveOf(dir: string, files: readonly string[]): Promise<Uint8Array> {
  const archive = pack();
  for (const file of files) {
    archive.entry({ name: relative(dir, file).split(sep).join('/') }, await readFile(file));
  }
  archive.finalize();
  return new Uint8Array(await buffer(archive));
}
