/** `assay endorsements`: vendor documents into a running service, and what it holds. */
import { type Command, Option } from 'commander';
import { ENDORSEMENT_TRACKS, type EndorsementTrack } from '../../rats/endorsement.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { EXIT } from '../exit.js';
import { printJson, printTable, rowsOf, textOf } from '../print.js';
import { hang } from '../render/wrap.js';
import { itemsOf, type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';
import { archiveAt } from './endorsement-archive.js';
import { addExport } from './endorsement-bundle.js';
import { addFetch } from './endorsement-fetch.js';
import { addStatus } from './endorsement-status.js';
import { addRefresh } from './endorsements-refresh.js';
import { addForecast } from './forecast.js';

export function addEndorsements(program: Command, line: CommandLine): void {
  const endorsements = program
    .command('endorsements')
    .description('vendor documents: certificates, revocation lists, TCB info, QE identity');
  withServer(endorsements.command('import'))
    .description('send every vendor document of a directory or archive; each is verified before it is kept')
    .argument(
      '<path>',
      'directory of the endorsement layout, a tar of one, or a bundle; files of other names are ignored',
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
    .option('--json', 'print all of them as one JSON object')
    .action(async (flags: ServerFlags & { readonly json?: true }) => {
      const items = await itemsOf(await serverOf(flags, line.terminal), '/v1/endorsements');
      if (flags.json === true) printJson(line.terminal, { items });
      else printTable(line.terminal, items, ['kind', 'subject', 'state', 'expires_at']);
    });
  addForecast(endorsements, line);
  addStatus(endorsements, line);
  addExport(endorsements, line);
  addFetch(endorsements, line);
  addRefresh(endorsements, line);
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
  for (const { file, code, why } of rowsOf(reply.rejected)) {
    terminal.out(
      `${red('✗')} ${textOf(file)}: ${textOf(code)}${why === undefined ? '' : ` (${textOf(why)})`}`,
    );
  }
  const imported = rowsOf(reply.imported);
  for (const { kind, sha256, state } of imported) {
    terminal.out(`${green('✓')} ${textOf(kind)} ${textOf(sha256).slice(0, 16)}… ${stateInWords(state)}`);
  }
  if (isBundleReply(reply.bundle)) terminal.out(hang(textOf(reply.bundle.note), 0));
  // Kept is not current: a list past its end is good for judging the past.
  if (imported.length > 0) terminal.out(dim('`assay endorsements list` shows when each ends.'));
}

function stateInWords(state: JsonValue | undefined): string {
  if (state === 'current') return 'is now the current one';
  if (state === 'past') return 'is kept for past instants: a newer one is there';
  return 'was there already';
}

function isBundleReply(bundle: JsonValue | undefined): bundle is JsonObject {
  return typeof bundle === 'object' && bundle !== null && !Array.isArray(bundle);
}
