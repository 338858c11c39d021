/** `assay endorsements status`: how old the documents in use are, when each ends, and whether one has. */
import type { Command } from 'commander';
import type { JsonObject } from '../../rats/result.js';
import { EXIT } from '../exit.js';
import { printJson, textOf } from '../print.js';
import { itemsOf, type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine, Terminal } from '../terminal.js';

interface StatusFlags extends ServerFlags {
  readonly json?: true;
}

export function addStatus(endorsements: Command, line: CommandLine): void {
  withServer(endorsements.command('status'))
    .description('each document in use: how old, from where, until when; exit code 4 when one has ended')
    .option('--json', 'print the documents in use as one JSON object')
    .action((flags: StatusFlags) => runStatus(flags, line));
}

async function runStatus(flags: StatusFlags, line: CommandLine): Promise<void> {
  const server = await serverOf(flags, line.terminal);
  const now = line.terminal.now();
  const current = await itemsOf(server, '/v1/endorsements?state=current');
  const items = current
    .filter((item) => isInUse(item, now))
    .map((item) => ({ ...item, stale: millisecondsLeft(item, now) < 0 }));
  const stale = items.filter((item) => item.stale).length;
  if (flags.json === true) printJson(line.terminal, { at: now.toISOString(), stale, items });
  else printStatus(items, { stale, now, unused: current.length - items.length }, line.terminal);
  if (stale > 0) line.exitCode = EXIT.undecided;
}

/** What nobody used for so long is not renewed, and may lapse. */
const IN_USE = 30 * 86_400_000;

/** Used of late, or too new to say. */
function isInUse({ last_used_at: used, stored_at: stored }: JsonObject, now: Date): boolean {
  const since = now.getTime() - IN_USE;
  return [used, stored].some((instant) => typeof instant === 'string' && Date.parse(instant) >= since);
}

function millisecondsLeft({ expires_at: end }: JsonObject, now: Date): number {
  return Date.parse(textOf(end)) - now.getTime();
}

type Item = JsonObject & { readonly stale: boolean };

/** Ends that come within a week are worth a look. */
const SOON = 7 * 86_400_000;

function printStatus(
  items: readonly Item[],
  { stale, now, unused }: { readonly stale: number; readonly now: Date; readonly unused: number },
  { out, colours }: Terminal,
): void {
  const { bold, dim, green, red, yellow } = colours;
  const soonest = [...items].sort((one, other) => millisecondsLeft(one, now) - millisecondsLeft(other, now));
  for (const item of soonest) {
    const left = millisecondsLeft(item, now);
    const mark = item.stale ? red('✗') : left < SOON ? yellow('!') : green('✓');
    out(`${mark} ${bold(textOf(item.kind))} ${textOf(item.subject)}`);
    const end = textOf(item.expires_at);
    const ends = item.stale
      ? red(`ended ${ago(-left)}, on ${end}`)
      : `good for ${lasting(left)}, until ${end}`;
    const age = now.getTime() - Date.parse(textOf(item.issued_at));
    out(`    ${ends}; issued ${ago(age)}${dim(`; from: ${textOf(item.source)}`)}`);
    if (typeof item.last_error === 'string') out(`    ${yellow(`last error: ${item.last_error}`)}`);
  }
  if (unused > 0)
    out(dim(`${unused} more that nothing used for 30 days; \`assay endorsements list\` has them.`));
  if (items.length === 0 && unused === 0)
    out('No vendor document is at hand: evidence stays undecided until some are imported.');
  else if (stale === 0) out(`${items.length} documents in use, none has ended.`);
  else {
    out(red(`${stale} of ${items.length} documents have ended: evidence that needs them stays undecided.`));
  }
}

function ago(milliseconds: number): string {
  return milliseconds < 0 ? `${lasting(-milliseconds)} ahead of this clock` : `${lasting(milliseconds)} ago`;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `3 days`, `1 hour`; what lasts for centuries has no end. */
function lasting(milliseconds: number): string {
  if (milliseconds > 100 * 365.25 * 86_400_000) return 'ever';
  const [name, length] = UNITS.find(([, one]) => milliseconds >= one) ?? ['second', 1000];
  const count = Math.floor(milliseconds / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
