/** How long a place stays empty before another worker is started in it. */

const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** Seconds after which a worker has proved that it can serve. */
const PROVEN = 60;

/** Ends in a row of workers that had not proved themselves, the one that lived so many seconds included. */
export function endsInARow(before: number, lived: number): number {
  return lived >= PROVEN ? 1 : before + 1;
}

/** Milliseconds: doubles with every end in a row. */
export function restartDelay(ends: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (ends - 1));
}
