/**
 * JSON log lines. Only plain values fit in, and nobody passes evidence, nonces, keys or tokens; what a server said is
 * shown without control characters and no longer than a few lines.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface AgentLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const LONGEST = 600;

export function createAgentLog(write: (line: string) => void, now: () => Date): AgentLog {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      const always = { level, time: now().toISOString(), service: 'assay-agent' };
      write(JSON.stringify({ ...always, ...printable(fields), msg: printableText(message) }));
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function printable(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? printableText(value) : value,
    ]),
  );
}

/** A terminal that shows the log does what control characters say, whoever sent them. */
function printableText(text: string): string {
  return text.slice(0, LONGEST).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
