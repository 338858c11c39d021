/** Genuine event logs, and the quotes that they replay to. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GenuineQuote, genuineQuotes } from './tdx-quotes.js';
import { entriesOf } from './tdx-samples.js';

export interface GenuineLog {
  readonly sample: GenuineQuote;
  readonly log: Uint8Array;
  /** The ACPI table that points to it. */
  readonly table: Uint8Array;
}

/** Every genuine quote that has its log beside it. */
export function genuineLogs(home: string): readonly GenuineLog[] {
  const samples = genuineQuotes(home);
  return entriesOf(home, 'tdx-quote').flatMap(({ slug, dir }) => {
    const sample = samples.find((one) => one.slug === slug);
    const path = join(home, dir, 'ccel_data.dat');
    if (sample === undefined || !existsSync(path)) return [];
    const table = readBytes(join(home, dir, 'ccel_table.dat'));
    return [{ sample, log: readBytes(path), table }];
  });
}

/** Logs without a genuine quote, by the slug of the manifest. */
export function looseLogs(home: string): Readonly<Record<string, Uint8Array>> {
  const entries = entriesOf(home, 'ccel-eventlog');
  return Object.fromEntries(
    entries.map(({ slug, dir }) => [slug, readBytes(join(home, dir, 'ccel_data.bin'))]),
  );
}

function readBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
