/** Rows of vendor requests and services, as they are written and read. */
import type {
  ServiceStanding,
  VendorEntry,
  VendorRequestState,
  VendorStatus,
} from '../verifier/vendor-ports.js';
import type { Row } from './database.js';
import { booleanOf, dateOf, integerOf, nullable, textOf, wordOf } from './row.js';

const STATES: readonly VendorRequestState[] = ['waiting', 'asked', 'kept', 'absent'];
const STATUSES: readonly VendorStatus[] = [
  'kept',
  'not-found',
  'rate-limited',
  'unavailable',
  'refused',
  'older',
];

/** All but realm and service, with their types. */
export const COLUMNS = `kind text, subject text, share text, known boolean, rationed boolean, state text,
  wanted_at timestamptz, last_wanted_at timestamptz, attempts integer, not_before timestamptz, asked_at timestamptz,
  leased_until timestamptz, last_status text, last_error text, answered_at timestamptz`;
export const NAMES = COLUMNS.split(',').map((column) => column.trim().split(' ')[0] ?? '');

/** As JSON, for a statement that takes many. */
export function rowOf(entry: VendorEntry): Readonly<Record<string, unknown>> {
  return {
    kind: entry.kind,
    subject: entry.subject,
    share: entry.share,
    known: entry.known,
    rationed: entry.rationed,
    state: entry.state,
    wanted_at: entry.wantedAt,
    last_wanted_at: entry.lastWantedAt,
    attempts: entry.attempts,
    not_before: entry.notBefore,
    asked_at: entry.askedAt,
    leased_until: entry.leasedUntil,
    last_status: entry.lastStatus,
    last_error: entry.lastError,
    answered_at: entry.answeredAt,
  };
}

export function readEntry(row: Row): VendorEntry {
  return {
    kind: textOf(row, 'kind'),
    subject: textOf(row, 'subject'),
    share: textOf(row, 'share'),
    known: booleanOf(row, 'known'),
    rationed: booleanOf(row, 'rationed'),
    state: wordOf(row, 'state', STATES),
    wantedAt: dateOf(row, 'wanted_at'),
    lastWantedAt: dateOf(row, 'last_wanted_at'),
    attempts: integerOf(row, 'attempts'),
    notBefore: dateOf(row, 'not_before'),
    askedAt: nullable(dateOf, row, 'asked_at'),
    leasedUntil: nullable(dateOf, row, 'leased_until'),
    lastStatus: nullable((from, column) => wordOf(from, column, STATUSES), row, 'last_status'),
    lastError: nullable(textOf, row, 'last_error'),
    answeredAt: nullable(dateOf, row, 'answered_at'),
  };
}

export function readStanding(row: Row): ServiceStanding {
  return {
    nextAt: nullable(dateOf, row, 'next_at'),
    closedUntil: nullable(dateOf, row, 'closed_until'),
    failures: integerOf(row, 'failures'),
  };
}
