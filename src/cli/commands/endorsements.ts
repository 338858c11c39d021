/** `assay endorsements`: vendor documents into a running service, and what it holds. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { pack } from 'tar-stream';
import { reasonOf } from '../../platform/file-access.js';
import { ENDORSEMENT_TRACKS, type EndorsementTrack } from '../../rats/endorsement.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { SCHEMES } from '../../tee/registry.js';
import { EXIT, UsageMistake } from '../exit.js';
import { readBytes } from '../files.js';
import { printJson, printTable, rowsOf, textOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';
import { addForecast } from './forecast.js';

export function addEndorsements(program: Command, line: CommandLine): void {
  const endorsements = program
    .command('endorsements')
    .description('vendor documents: certificates, revocation lists, TCB info, QE identity');
  withServer(endorsements.command('import'))
    .description('send every vendor document of a directory or archive; each is verified before it is kept')
    .argument(
      '<path>',
      'directory of the endorsement layout, or a tar of one; files of other names are ignored',
    )
    .addOption(
      new Option('--track <series>', 'which of Intel’s two series TCB info and QE identity are of')
        .choices(ENDORSEMENT_TRACKS)
        .default('standard'),
    )
    .option('--json', 'print the reply as it came')
    .action((path: string, flags: ImportFlags) => importPath(path, flags, line));
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
  addForecast(endorsements, line);
}

interface ImportFlags extends ServerFlags {
  readonly track: EndorsementTrack;
  readonly json?: true;
}

async function importPath(path: string, flags: ImportFlags, line: CommandLine): Promise<void> {
  const tar = await archiveAt(path);
  const server = await serverOf(flags, line.terminal);
  const reply = await server.call({
    method: 'POST',
    path: `/v1/endorsements/import?track=${flags.track}`,
    tar,
  });
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

/** A file is an archive already; the service reads it. */
async function archiveAt(path: string): Promise<Uint8Array> {
  if (await isFile(path)) return readBytes(path);
  const files = await documentsBelow(path);
  if (files.length === 0) throw new UsageMistake(`${path} holds no vendor document: ${layout().join(', ')}.`);
  return archiveOf(path, files);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    throw new UsageMistake(`${path} cannot be read: ${reasonOf(error)}.`);
  }
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
