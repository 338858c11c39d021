/** Which failures of a database mean "try again later", which mean bad input, and which are bugs. */
import pg from 'pg';
import { RefusalError, type Stage } from '../rats/refusal.js';
import { invalidRequest, withoutDatabase } from '../rats/shared-refusals.js';

/** Seconds after which a caller may try again. */
const RETRY_AFTER = 5;

/** The refusal for a database that cannot answer, or whose answer to COMMIT never came. */
export function unavailable(stage: Stage): RefusalError {
  const detail = 'The database cannot be reached or did not answer in time. Nothing was issued.';
  return withoutDatabase(stage, detail, { retryAfter: RETRY_AFTER });
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof RefusalError && error.refusal.code === 'database_unavailable';
}

/** Deadlock or serialisation failure: the whole transaction may run again. */
export function isSerializationFailure(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01';
}

/**
 * Errors after which only a new connection is worth a try. The server is a standby and takes no writes, while another one may
 * be the primary by now: 25006, and 0A000 from BEGIN … READ WRITE. Or what is kept on the connection under a name is not
 * what it was: the statement is gone (26000), its name is taken (42P05), its plan has other columns since a migration (0A000).
 */
const SPENT_STATES = new Set(['25006', '0A000', '26000', '42P05']);

/** Whether the connection is of no more use, though the server goes on with it. */
export function isSpent(error: unknown): boolean {
  return SPENT_STATES.has(sqlState(error) ?? '');
}

/** True when the connection itself is lost, so that even ROLLBACK is in vain. */
function isConnectionLoss(error: unknown): boolean {
  return error instanceof Error && sqlState(error) === null && !isProgrammingMistake(error);
}

/** What to throw in place of an engine's error. Bugs pass through unchanged. */
export function readableFailure(error: unknown, stage: Stage): unknown {
  if (isUnstorableText(error)) {
    const detail = 'Text with a NUL character or an unpaired surrogate cannot be stored.';
    return new RefusalError(invalidRequest(detail));
  }
  const state = sqlState(error);
  if (state === null) return isConnectionLoss(error) ? unavailable(stage) : error;
  return isOutage(state) || isFileFailure(state, error) ? unavailable(stage) : error;
}

/** SQLSTATE (PostgreSQL manual, appendix A); null when the error is not the server's. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const { code } = error;
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return null;
  // Node's own codes (EPIPE) can look alike; PGlite's errors are not instances of pg's class but have a severity.
  return error instanceof pg.DatabaseError || 'severity' in error ? code : null;
}

/** Connection, authorisation of a login, resources, operator intervention, system errors. */
const OUTAGE_CLASSES = new Set(['08', '28', '3D', '53', '57', '58']);
/** Spent connection, idle transaction ended, lock not to be had. */
const OUTAGE_STATES = new Set([...SPENT_STATES, '25P03', '25P04', '55P03']);

function isOutage(state: string): boolean {
  return OUTAGE_CLASSES.has(state.slice(0, 2)) || OUTAGE_STATES.has(state);
}

/** A file of the database that cannot be opened or written has the state of a missing privilege, but other words. */
function isFileFailure(state: string, error: unknown): boolean {
  return state === '42501' && error instanceof Error && /^could not /.test(error.message);
}

function isUnstorableText(error: unknown): boolean {
  const state = sqlState(error);
  if (state === '22P05' || state === '22021') return true;
  return state === '22P02' && error instanceof Error && /type json/.test(error.message);
}

function isProgrammingMistake(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}
