import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

/** Seen from the built test: scripts are not compiled. */
const SCRIPT = new URL('../../../scripts/prepare.mjs', import.meta.url).href;
const { installGap }: { installGap: (root: string) => string | null } = await import(SCRIPT);

const EXPRESS = { version: '5.3.0', integrity: 'sha512-a' };
const FOR_ANOTHER_PLATFORM = { version: '1.0.0', integrity: 'sha512-b', optional: true };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-install-'));
  await mkdir(join(root, 'node_modules'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function lock(packages: object, file = 'package-lock.json'): Promise<void> {
  await writeFile(join(root, file), JSON.stringify({ packages: { '': {}, ...packages } }));
}

const installed = (packages: object) => lock(packages, 'node_modules/.package-lock.json');

describe('what is installed against what is locked', () => {
  test('the same', async () => {
    await lock({ 'node_modules/express': EXPRESS });
    await installed({ 'node_modules/express': EXPRESS });
    expect(installGap(root)).toBeNull();
  });

  test('nothing installed', async () => {
    await lock({ 'node_modules/express': EXPRESS });
    expect(installGap(root)).toContain('nothing is installed');
  });

  test('a package is missing', async () => {
    await lock({ 'node_modules/express': EXPRESS });
    await installed({});
    expect(installGap(root)).toContain('node_modules/express is missing');
  });

  test('another version', async () => {
    await lock({ 'node_modules/express': EXPRESS });
    await installed({ 'node_modules/express': { ...EXPRESS, version: '5.2.0' } });
    expect(installGap(root)).toContain('5.2.0');
  });

  test('the same version with other content', async () => {
    await lock({ 'node_modules/express': EXPRESS });
    await installed({ 'node_modules/express': { ...EXPRESS, integrity: 'sha512-z' } });
    expect(installGap(root)).not.toBeNull();
  });

  test('optional packages are for other platforms', async () => {
    await lock({ 'node_modules/express': EXPRESS, 'node_modules/other': FOR_ANOTHER_PLATFORM });
    await installed({ 'node_modules/express': EXPRESS });
    expect(installGap(root)).toBeNull();
  });

  test('no lock file', async () => {
    await installed({});
    expect(installGap(root)).toContain('package-lock.json');
  });
});
