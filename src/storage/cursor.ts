/** Keyset pages, newest first: a cursor is the sort key of the last row, opaque to callers. */
import { bytesOfBase64 } from '../bytes/encoding.js';
import { parseJson } from '../bytes/json.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonValue } from '../rats/result.js';
import { refuseRequest } from '../rats/shared-refusals.js';
import type { Page, PageRequest } from '../verifier/ports.js';
import type { Row, Transaction } from './database.js';

/** As `writeCursor` got it from toISOString(). */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Within the type integer. */
const NUMBER = /^[1-9]\d{0,8}$/;

/** Where a list's pages continue: values of the sort columns, as text. */
export type Position = readonly string[];

/** `list` is sealed in so that a cursor of one list is not taken for another's. */
export function writeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([list, ...position]), 'utf8').toString('base64url');
}

/** Refuses with `request_invalid` whatever `writeCursor` did not write for this list. */
function readCursor(list: string, parts: number, cursor: string): Position {
  const [name, ...position] = textsOf(cursor);
  if (name !== list || position.length !== parts) refuseCursor();
  return position;
}

/** As `readCursor`, of a list whose sort key is one positive integer. */
export function readNumberCursor(list: string, cursor: string): number {
  const [text = ''] = readCursor(list, 1, cursor);
  return NUMBER.test(text) ? Number(text) : refuseCursor();
}

/** As `readCursor`, of a list whose sort key is a name. */
export function readNameCursor(list: string, cursor: string): string {
  const [name = ''] = readCursor(list, 1, cursor);
  return name;
}

function textsOf(cursor: string): readonly string[] {
  const bytes = bytesOfBase64(cursor) ?? refuseCursor();
  const value = parseOrRefuse(bytes);
  if (!Array.isArray(value)) return refuseCursor();
  // The database's text type cannot hold NUL.
  return value.map((part) => (typeof part === 'string' && !part.includes('\0') ? part : refuseCursor()));
}

function parseOrRefuse(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof RefusalError) return refuseCursor();
    throw error;
  }
}

function refuseCursor(): never {
  refuseRequest('The cursor is not one that this list gave out.');
}

export interface TimedList<T> {
  /** Table to read. Its sort key is (created column, key column), both descending, within the tenant. */
  readonly table: string;
  readonly created: string;
  readonly key: string;
  readonly read: (row: Row) => T;
  /** The same two values of an item. */
  readonly position: (item: T) => readonly [Date, string];
}

/** One page of a list ordered by time and key. */
export async function pageByTime<T>(
  tx: Transaction,
  list: TimedList<T>,
  tenant: string,
  page: PageRequest,
): Promise<Page<T>> {
  requireLimit(page);
  const { table, created, key } = list;
  const after = page.cursor === null ? null : timedPosition(table, page.cursor, { parts: 2, time: 0 });
  const { rows } = await tx.query(
    `SELECT * FROM ${table}
      WHERE tenant = $1 ${after === null ? '' : `AND (${created}, ${key}) < ($3::timestamptz, $4)`}
      ORDER BY ${created} DESC, ${key} DESC LIMIT $2`,
    [tenant, page.limit + 1, ...(after ?? [])],
  );
  return pageOf(rows.map(list.read), page.limit, (item) => {
    const [time, name] = list.position(item);
    return writeCursor(table, [time.toISOString(), name]);
  });
}

/** `items` holds one more than the limit when there is a next page. */
export function pageOf<T>(items: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, nextCursor: items.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** Limits are checked at the door already; a bad one here would be a bug. */
export function requireLimit(page: PageRequest): void {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > 200) {
    throw new RangeError('a page has 1 to 200 items');
  }
}

/** As `readCursor`, of a list whose sort key has an instant at a place of its own. */
export function timedPosition(
  list: string,
  cursor: string,
  { parts, time: place }: { readonly parts: number; readonly time: number },
): Position {
  const position = readCursor(list, parts, cursor);
  const time = position[place] ?? '';
  if (!INSTANT.test(time) || Number.isNaN(Date.parse(time))) refuseCursor();
  return position;
}
