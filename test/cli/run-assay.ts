/** Runs the command line inside the test process, with a terminal that remembers. */
import pc from 'picocolors';
import { main } from '../../src/cli/main.js';
import { SIMULATED_AT } from '../simulated-vendor.js';

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly colour?: boolean;
  readonly now?: Date;
  /** Told of every line of standard output as it is written. */
  readonly reading?: (text: string) => void;
  /** Until when a command that serves is left alone; default: not at all. */
  readonly interrupted?: Promise<void>;
}

export async function assay(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, {
    out: (text) => {
      out.push(`${text}\n`);
      options.reading?.(text);
    },
    err: (text) => err.push(`${text}\n`),
    readInput: async () => options.input ?? new Uint8Array(0),
    colours: pc.createColors(options.colour ?? false),
    env: options.env ?? {},
    now: () => options.now ?? SIMULATED_AT,
    interrupted: () => options.interrupted ?? Promise.resolve(),
  });
  return { code, out: out.join(''), err: err.join('') };
}
