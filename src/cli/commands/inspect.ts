/** `assay inspect`: what evidence says, believing none of it. */
import type { Command } from 'commander';
import { outcomeOf } from '../../rats/outcome.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { inspectEvidence, parseEvidence } from '../../tee/registry.js';
import { readEvidence } from '../files.js';
import { printJson, textOf } from '../print.js';
import type { CommandLine, Terminal } from '../terminal.js';

const NOTICE = 'NOTHING HERE WAS VERIFIED: anybody can write these bytes. Use `assay verify` to learn more.';

export function addInspect(program: Command, { terminal }: CommandLine): void {
  program
    .command('inspect')
    .description('decode evidence for reading; verifies nothing')
    .argument('<file>', 'the evidence in any form that a guest hands out; - is standard input')
    .option('--type <tee>', 'insist on one form: auto, sev-snp, az-sev-snp', 'auto')
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: { readonly type: string; readonly json?: true }) => {
      const bytes = await readEvidence(file, terminal);
      const { tee, envelope, decoded } = inspectEvidence(flags.type, bytes);
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
  const fields = Object.entries(object.decoded).flatMap(([name, value]) => linesOf(name, value));
  const width = Math.max(...fields.map(([name]) => name.length));
  terminal.out(bold(yellow(object.notice)));
  terminal.out(`\n${object.tee}, envelope ${object.envelope}\n`);
  for (const [name, text] of fields) terminal.out(`  ${dim(name.padEnd(width))}  ${text}`);
  terminal.out(`\n${bold(yellow(object.notice))}`);
}

/** Objects become one line per member, `policy.debug`; long hex is left whole, for copying. */
function linesOf(name: string, value: JsonValue): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, textOf(value)]];
  return Object.entries(value).flatMap(([member, inner]) => linesOf(`${name}.${member}`, inner));
}
