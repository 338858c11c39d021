/** What a command may touch of the process: its streams, environment and clock, handed in so that tests can. */
import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

/** None, for text that goes elsewhere than to a terminal. */
export const PLAIN: Colours = pc.createColors(false);

export interface Terminal {
  /** Writes text and a line break to standard output. */
  out(text: string): void;
  /** The same to standard error. */
  err(text: string): void;
  /** All of standard input. */
  readInput(): Promise<Uint8Array>;
  readonly colours: Colours;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  /** Resolves when somebody asks the command to stop: Ctrl-C, or SIGTERM. A second time ends the process. */
  interrupted(): Promise<void>;
}

/** The terminal of this process. Colour only where standard output is a terminal and nobody asked for none. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process;
  // A reader that has seen enough (`| head`) is no fault; the exit code still says what the command found.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const colourful = stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
      return new Uint8Array(Buffer.concat(chunks));
    },
    colours: pc.createColors(colourful),
    env,
    now: () => new Date(),
    interrupted: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      }),
  };
}

/** Where a command leaves its exit code; everything it prints goes to the terminal. */
export interface CommandLine {
  readonly terminal: Terminal;
  exitCode: number;
}
