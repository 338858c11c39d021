/** `assay inspect`: what evidence says, believing none of it. */
import type { Command } from 'commander';
import { outcomeOf } from '../../rats/outcome.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { inspectEvidence, parseEvidence } from '../../tee/registry.js';
import { readBytes, readEvidence } from '../files.js';
import { printJson, printTable, rowsOf, textOf } from '../print.js';
import type { CommandLine, Terminal } from '../terminal.js';

const NOTICE = 'NOTHING HERE WAS VERIFIED: anybody can write these bytes. Use `assay verify` to learn more.';

interface InspectFlags {
  readonly type: string;
  readonly eventLog?: string;
  readonly json?: true;
}

export function addInspect(program: Command, { terminal }: CommandLine): void {
  program
    .command('inspect')
    .description('decode evidence for reading; verifies nothing')
    .argument('<file>', 'the evidence in any form that a guest hands out; - is standard input')
    .option('--type <tee>', 'insist on one form: auto, sev-snp, az-sev-snp, tdx', 'auto')
    .option('--event-log <file>', 'event log of the boot (TDX), to be listed and replayed')
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: InspectFlags) => {
      const eventLog = flags.eventLog === undefined ? null : await readBytes(flags.eventLog);
      const bytes = await readEvidence(file, terminal);
      const { tee, envelope, decoded } = inspectEvidence(flags.type, bytes, eventLog);
      const notice = [NOTICE, ...(await objectionsOf(flags.type, bytes))].join(' ');
      const object = { verified: false, notice, tee, envelope, decoded };
      if (flags.json === true) printJson(terminal, object);
      else print(object, terminal);
    });
}

/** More can be decoded than verified: what `assay verify` refuses to read at all is said at once. */
async function objectionsOf(type: string, bytes: Uint8Array): Promise<readonly string[]> {
  const parsed = await outcomeOf(() => parseEvidence(type, bytes, []));
  return parsed.ok ? [] : [`It refuses this evidence (${parsed.refusal.code}): ${parsed.refusal.detail}`];
}

interface Inspected {
  readonly notice: string;
  readonly tee: string;
  readonly envelope: string;
  readonly decoded: JsonObject;
}

function print(object: Inspected, terminal: Terminal): void {
  const { bold, dim, yellow } = terminal.colours;
  const { event_log: log, ...decoded } = object.decoded;
  const fields = Object.entries(decoded).flatMap(([name, value]) => linesOf(name, value));
  const width = Math.max(...fields.map(([name]) => name.length));
  terminal.out(bold(yellow(object.notice)));
  terminal.out(`\n${object.tee}, envelope ${object.envelope}\n`);
  for (const [name, text] of fields) terminal.out(`  ${dim(name.padEnd(width))}  ${text}`);
  if (log !== undefined) printLog(log, terminal);
  terminal.out(`\n${bold(yellow(object.notice))}`);
}

const EVENT_COLUMNS = ['number', 'register', 'type', 'data_digest', 'digest', 'data'];

/** One line for each event, behind what the registers come to. */
function printLog(log: JsonValue, terminal: Terminal): void {
  const { bold, dim, yellow } = terminal.colours;
  if (typeof log !== 'object' || log === null || !('events' in log)) return;
  const { events, ...registers } = log;
  terminal.out(
    `\n${bold('Event log')}  ${yellow('not verified either: anybody can write one that replays')}\n`,
  );
  for (const [name, text] of linesOf('', registers))
    terminal.out(`  ${dim(name.slice(1).padEnd(14))}  ${text}`);
  terminal.out('');
  printTable(terminal, rowsOf(events), EVENT_COLUMNS);
}

/** Objects become one line per member, `policy.debug`; long hex is left whole, for copying. */
function linesOf(name: string, value: JsonValue): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, textOf(value)]];
  return Object.entries(value).flatMap(([member, inner]) => linesOf(`${name}.${member}`, inner));
}
