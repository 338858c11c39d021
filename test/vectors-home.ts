/** Tests that need genuine evidence say so when it is absent. */
import { describe } from '@jest/globals';
import { leaveOut } from './left-out.js';
import { vectorsDir } from './vectors-directory.js';

export { vectorsDir };

/** Without the vectors: skipped by name, on standard error too, on a developer's machine; an error in CI. */
export function describeWithVectors(name: string, suite: (directory: string) => void): void {
  const directory = vectorsDir();
  if (directory !== null) {
    describe(name, () => suite(directory));
    return;
  }
  leaveOut(name, {
    why: 'no vectors on this machine (ASSAY_VECTORS)',
    lacking: 'no vectors; ASSAY_VECTORS names their folder',
    needs: 'needs genuine evidence',
  });
}
