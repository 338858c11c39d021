/** What becomes of a suite on a machine that lacks what it needs: skipped by name; on the build server an error. */
import { describe, test } from '@jest/globals';

/** `lacking`: what the build server should have had, in words. `needs`: the same, for the list of what was skipped. */
export function leaveOut(
  suite: string,
  { why, lacking, needs }: { readonly why: string; readonly lacking: string; readonly needs: string },
): void {
  if (process.env.CI !== undefined && process.env.CI !== '') throw new Error(`${suite}: CI has ${lacking}`);
  // Reporters fold skipped suites away; nobody should take their silence for a pass.
  process.stderr.write(`skipped, ${why}: ${suite}\n`);
  describe.skip(`${suite} (${why})`, () => {
    test.todo(needs);
  });
}
