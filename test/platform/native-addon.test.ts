import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadAddon } from '../../src/platform/native-addon.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-addon-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file that is not there is an absent addon', () => {
  expect(loadAddon(join(folder, 'none.node'))).toEqual({ kind: 'absent' });
});

test('a file that is no library is one that cannot be loaded, with the reason of the system', async () => {
  const file = join(folder, 'text.node');
  await writeFile(file, 'no library');
  const found = loadAddon(file);
  expect(found.kind).toBe('unloadable');
  expect(found.kind === 'unloadable' && found.why).toMatch(/text\.node/);
});
