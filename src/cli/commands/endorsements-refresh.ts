/** `assay endorsements refresh`: has a running service ask vendors at once. */
import type { Command } from 'commander';
import type { JsonObject } from '../../rats/result.js';
import { EXIT, UsageMistake } from '../exit.js';
import { printJson, rowsOf, textOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

interface RefreshFlags extends ServerFlags {
  readonly subject?: string;
  readonly json?: true;
}

export function addRefresh(endorsements: Command, line: CommandLine): void {
  withServer(endorsements.command('refresh'))
    .description('ask vendors now for the documents in use; by itself the service does so daily')
    .argument('[kind]', 'documents of this kind alone, as `assay endorsements list` names them')
    .option('--subject <subject>', 'of this kind the one document, in use or not')
    .option('--json', 'print the reply as it came')
    .action((kind: string | undefined, flags: RefreshFlags) => refresh(kind, flags, line));
}

async function refresh(kind: string | undefined, flags: RefreshFlags, line: CommandLine): Promise<void> {
  const { subject } = flags;
  if (kind === undefined && subject !== undefined) {
    throw new UsageMistake(
      '--subject needs the kind before it: assay endorsements refresh KIND --subject S.',
    );
  }
  const server = await serverOf(flags, line.terminal);
  const reply = await server.call({
    method: 'POST',
    path: '/v1/endorsements/refresh',
    json: { ...(kind === undefined ? {} : { kind }), ...(subject === undefined ? {} : { subject }) },
  });
  const asked = rowsOf(reply.asked);
  if (flags.json === true) printJson(line.terminal, reply);
  else printOutcomes(asked, line);
  line.exitCode = asked.every(isWell) ? EXIT.affirming : EXIT.undecided;
}

/** Nothing to see to: kept, or somebody is at it. */
function isWell({ result }: JsonObject): boolean {
  return result === 'kept' || result === 'under-way' || result === 'queued';
}

const IN_WORDS: Readonly<Record<string, string>> = {
  current: 'is now the current one',
  known: 'is the one that is there',
  past: 'is kept for past instants: a newer one is there',
  'under-way': 'is being asked for by another process, was just now, or waits for its turn',
  queued: 'will be asked for in the background',
};

function printOutcomes(asked: readonly JsonObject[], { terminal }: CommandLine): void {
  const { dim, green, red } = terminal.colours;
  if (asked.length === 0) {
    terminal.out('Nothing to ask for: no verdict of the last 30 days used a vendor document.');
    return;
  }
  for (const outcome of asked) {
    const { kind, subject, result, state, why } = outcome;
    const mark = isWell(outcome) ? green('✓') : red('✗');
    const words = IN_WORDS[textOf(state ?? result)] ?? textOf(result);
    terminal.out(
      `${mark} ${textOf(kind)} ${textOf(subject)} ${words}${why === null ? '' : `: ${textOf(why)}`}`,
    );
  }
  if (!asked.every(isWell)) {
    terminal.out(dim('What is stored stays in use until it lapses; the service goes on trying by itself.'));
  }
}
