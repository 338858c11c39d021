/** Debian's Chromium, which tests of pages drive. Tests that need it say so when it is absent. */
import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';
import { leaveOut } from '../left-out.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** Without Chromium: skipped by name, on standard error too, on a developer's machine; an error in CI. */
export function describeWithChromium(name: string, suite: (executable: string) => void): void {
  const executable = PLACES.find((path) => existsSync(path));
  if (executable !== undefined) {
    describe(name, () => suite(executable));
    return;
  }
  leaveOut(name, {
    why: 'no Chromium on this machine',
    lacking: `no Chromium at ${PLACES.join(' or ')}`,
    needs: 'needs Chromium',
  });
}
