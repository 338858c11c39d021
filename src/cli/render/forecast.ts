/** A forecast as a calendar: a date, what happens then, whom it concerns, what to do. */
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { rowsOf, textOf } from '../print.js';
import type { Colours } from '../terminal.js';
import { hang } from './wrap.js';

/** Columns of a date, and of what stands below it. */
const INDENT = 14;

/** Lines, at most 80 columns wide where words allow it. */
export function renderForecast(reply: JsonObject, colours: Colours): readonly string[] {
  const rows = rowsOf(reply.rows);
  return [
    ...rows.flatMap((row) => [...renderRow(row, colours), '']),
    summaryOf(reply, rows, colours),
    ...(reply.truncated === true ? [colours.yellow('There is more than is shown.')] : []),
    ...unjudgedIn(reply, colours),
  ];
}

function renderRow(row: JsonObject, colours: Colours): readonly string[] {
  const { bold, red, yellow, dim } = colours;
  const date = typeof row.at === 'string' ? row.at.slice(0, 10) : 'no date';
  const mark =
    row.fails === true ? (row.cause === 'documents' ? yellow('!') : red('\u2717')) : yellow('\u00b7');
  const told = (text: string): string => `${' '.repeat(INDENT)}${hang(text, INDENT)}`;
  const count = row.platforms === 1 ? '1 platform' : `${textOf(row.platforms)} platforms`;
  const audiences = wordsOf(row.audiences);
  return [
    `${mark} ${bold(date.padEnd(INDENT - 2))}${hang(textOf(row.what), INDENT)}`,
    ...(typeof row.presumes === 'string' ? [dim(told(`if before: ${row.presumes}`))] : []),
    told(
      `${count} (${textOf(row.tee)}) of ${wordsOf(row.workloads).join(', ')}, policy ${textOf(row.policy)}`,
    ),
    ...(wordsOf(row.labels).length === 0 ? [] : [dim(told(wordsOf(row.labels).join(', ')))]),
    told(`${standingText(row.from)} \u2192 ${standingText(row.to)}`),
    ...(audiences.length === 0 ? [] : [told(`no longer taken by ${audiences.join(', ')}`)]),
    ...(typeof row.remedy === 'string' ? [dim(told(row.remedy))] : []),
  ];
}

/** `affirming (UpToDate)`, `contraindicated (OutOfDate, tdx_tcb_status_not_accepted)`. */
function standingText(standing: JsonValue | undefined): string {
  const [one] = rowsOf(standing === undefined ? [] : [standing]);
  if (one === undefined) return '-';
  const why = [one.tcb_status, one.code].filter((word) => typeof word === 'string');
  const status = one.status === 'none' ? 'no verdict' : textOf(one.status);
  return why.length === 0 ? status : `${status} (${why.join(', ')})`;
}

function summaryOf(reply: JsonObject, rows: readonly JsonObject[], colours: Colours): string {
  const until = textOf(reply.until).slice(0, 10);
  const of = `${textOf(reply.platforms)} platforms that were seen in the last 30 days`;
  if (reply.platforms === 0) return `Nothing can be foreseen yet: no platform was seen in the last 30 days.`;
  const failing = rows.filter(({ fails, cause }) => fails === true && cause !== 'documents');
  return failing.length === 0
    ? colours.green(hang(`Nothing stops passing until ${until}, of ${of}.`, 0))
    : hang(`${failing.length} of these dates until ${until} stop some of ${of}.`, 0);
}

function unjudgedIn({ unjudged }: JsonObject, { yellow }: Colours): readonly string[] {
  if (typeof unjudged !== 'number' || unjudged === 0) return [];
  const why = 'vendor documents that decide about them are not at hand, or no policy is in force.';
  return [yellow(hang(`${unjudged} more could not be judged: ${why}`, 0))];
}

function wordsOf(value: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(value)) return [];
  const items: readonly JsonValue[] = value;
  return items.filter((item): item is string => typeof item === 'string');
}
