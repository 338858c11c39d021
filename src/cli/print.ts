/** Replies of a service on a terminal: JSON as it came, or a table of its lists. */
import type { JsonObject, JsonValue } from '../rats/result.js';
import type { Terminal } from './terminal.js';

export function printJson(terminal: Terminal, value: object): void {
  terminal.out(JSON.stringify(value, null, 2));
}

/** The objects of a list member; none when it is no list. */
export function rowsOf(value: JsonValue | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  const items: readonly JsonValue[] = value;
  return items.filter((item): item is JsonObject => typeof item === 'object' && item !== null);
}

/** A JSON value in a line of text; `-` where there is none. */
export function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Columns as wide as their widest cell; the heading dimmed. */
export function printTable(
  terminal: Terminal,
  rows: readonly JsonObject[],
  columns: readonly string[],
): void {
  if (rows.length === 0) {
    terminal.out('nothing yet');
    return;
  }
  const cells = rows.map((row) => columns.map((column) => textOf(row[column])));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  terminal.out(terminal.colours.dim(lineOf(columns)));
  for (const row of cells) terminal.out(lineOf(row));
}
