/** For tests that start the service as a process: how it is watched, and how that is read. */

/** Begins each line about an exchange that the API description does not allow. */
export const BROKEN = 'not in the API description:';
/** Of a process that saw one; otherwise it ends as it would have. */
export const STATUS = 86;

/** For the environment of the child. */
export const WATCHING = {
  NODE_OPTIONS: `--import=${new URL('./in-process.js', import.meta.url).href}`,
} as const;

/** Throws with the lines about such exchanges, if the child has written any. */
export function requireNoneBroken(said: string): void {
  const lines = said.split('\n').filter((line) => line.startsWith(BROKEN));
  if (lines.length > 0) throw new Error(lines.join('\n'));
}
