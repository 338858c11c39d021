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
}

export async function assay(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, {
    out: (text) => out.push(`${text}\n`),
    err: (text) => err.push(`${text}\n`),
    readInput: async () => options.input ?? new Uint8Array(0),
    colours: pc.createColors(options.colour ?? false),
    env: options.env ?? {},
    now: () => options.now ?? SIMULATED_AT,
  });
  return { code, out: out.join(''), err: err.join('') };
}
