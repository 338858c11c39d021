/**
 * JSON log lines. Nothing that was submitted is ever passed to the logger; the redaction list is the second
 * line of defence, for members that would be dangerous if somebody passed them after all.
 */
import { type DestinationStream, pino } from 'pino';

export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const SECRET_MEMBERS = [
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
];

/** Standard error unless told otherwise: standard output is for people. */
export function createLog(destination: DestinationStream = pino.destination(2)): Log {
  const logger = pino(
    {
      base: { service: 'assay' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_MEMBERS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
    },
    destination,
  );
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

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
