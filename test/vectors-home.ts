/** Tests that need genuine evidence say so when it is absent. */
import { describe, test } from '@jest/globals';
import { vectorsDir } from './vectors-directory.js';

export { vectorsDir };

/** Without the vectors: skipped by name, on standard error too, on a developer's machine; an error in CI. */
export function describeWithVectors(name: string, suite: (directory: string) => void): void {
  const directory = vectorsDir();
  if (directory !== null) {
    describe(name, () => suite(directory));
    return;
  }
  if (process.env.CI !== undefined && process.env.CI !== '') {
    throw new Error(`${name}: CI has no vectors; ASSAY_VECTORS names their folder`);
  }
  // Reporters fold skipped suites away; nobody should take their silence for a pass.
  process.stderr.write(`skipped, no vectors on this machine (ASSAY_VECTORS): ${name}\n`);
  describe.skip(`${name} (no vectors on this machine: ASSAY_VECTORS)`, () => {
    test.todo('needs genuine evidence');
  });
}
