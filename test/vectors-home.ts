/** Where the genuine evidence lies: read in place, never copied. Tests that need it say so when it is absent. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from '@jest/globals';

/** Beside the repository; the built file lies two levels below it. */
const DEFAULT = new URL('../../../shared/vectors', import.meta.url);

/** `ASSAY_VECTORS`, or the default place; null when there is no manifest. */
export function vectorsDir(): string | null {
  const named = process.env.ASSAY_VECTORS;
  const directory = named === undefined || named === '' ? fileURLToPath(DEFAULT) : named;
  return existsSync(`${directory}/manifest.json`) ? directory : null;
}

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
