/** Debian's Chromium, which tests of pages drive. Tests that need it say so when it is absent. */
import { existsSync } from 'node:fs';
import { describe, test } from '@jest/globals';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** Without Chromium: skipped by name, on standard error too, on a developer's machine; an error in CI. */
export function describeWithChromium(name: string, suite: (executable: string) => void): void {
  const executable = PLACES.find((path) => existsSync(path));
  if (executable !== undefined) {
    describe(name, () => suite(executable));
    return;
  }
  if (process.env.CI !== undefined && process.env.CI !== '') {
    throw new Error(`${name}: CI has no Chromium at ${PLACES.join(' or ')}`);
  }
  process.stderr.write(`skipped, no Chromium on this machine: ${name}\n`);
  describe.skip(`${name} (no Chromium on this machine)`, () => {
    test.todo('needs Chromium');
  });
}
