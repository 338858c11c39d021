/**
 * JSON log lines. Nothing that was submitted is ever passed to the logger; redaction is the second line of defence,
 * for members that would be dangerous if somebody passed them after all, and for whatever is no plain value.
 */
import { type DestinationStream, pino } from 'pino';

export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const SECRET_MEMBERS: ReadonlySet<string> = new Set([
  'authorization',
  'bytes',
  'certificates',
  'challenge',
  'cookie',
  'evidence',
  'kek',
  'key',
  'keys',
  'nonce',
  'report_data',
  'reportData',
  'rp_nonce',
  'secret',
  'token',
]);

const REDACTED = '[redacted]';

/** Bytes that are gathered before they are written, and milliseconds for which they wait at most. */
const GATHERED = 8 * 1024;
const WRITTEN_WITHIN = 100;
/** Bytes that wait for a reader who does not read; what comes then is lost, and memory is not. */
const WAITING = 16 * 1024 * 1024;

/**
 * Standard error unless told otherwise: standard output is for people. Lines are written a few at a time; errors at
 * once, and everything when the process ends. `always` is in every line: which worker of several it is.
 */
export function createLog(destination: DestinationStream = standardError(), always: LogFields = {}): Log {
  const logger = pino(
    {
      base: { service: 'assay', ...always },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    info: (fields, message) => logger.info(redacted(fields), message),
    warn: (fields, message) => logger.warn(redacted(fields), message),
    error: (fields, message) => {
      logger.error(redacted(fields), message);
      logger.flush();
    },
  };
}

function standardError(): DestinationStream {
  const stream = pino.destination({ dest: 2, sync: false, minLength: GATHERED, maxLength: WAITING });
  setInterval(() => stream.flush(), WRITTEN_WITHIN).unref();
  return stream;
}

/** Objects do not belong into a line, whoever passed one: they may hold anything. */
function redacted(fields: LogFields): LogFields {
  // Nearly always nothing is to be left out.
  if (Object.keys(fields).every((name) => isPlain(name, fields[name]))) return fields;
  const plain: Record<string, LogFields[string]> = {};
  for (const [name, value] of Object.entries(fields)) plain[name] = isPlain(name, value) ? value : REDACTED;
  return plain;
}

function isPlain(name: string, value: unknown): boolean {
  if (SECRET_MEMBERS.has(name)) return false;
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
  return value === null || typeof value !== 'object';
}

/** For what somebody else says already. */
export const SILENCE: Log = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * A fault for the log: kind, code and where. Not its message: JSON.parse and many a library quote their input
 * in theirs, and the input may be evidence, a key or a token.
 */
export function faultFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { fault: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return { fault: error.name, code, at: frames.map((line) => line.trim()).slice(0, 12) };
}
