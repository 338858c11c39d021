import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { reasonOf, systemCodeOf, whyUnreadable } from '../../src/platform/file-access.js';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'assay-access-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a file that can be read gives no reason; a directory and nothing do', () => {
  writeFileSync(join(dir, 'here'), '');
  expect(whyUnreadable(join(dir, 'here'))).toBeNull();
  expect(whyUnreadable(dir)).toBe('it is a directory');
  expect(whyUnreadable(join(dir, 'absent'))).toBe('there is no such file');
});

test('reasons are words where there are words, else the code, else the error itself', () => {
  expect(reasonOf(Object.assign(new Error('x'), { code: 'EACCES' }))).toBe('permission denied');
  expect(reasonOf(Object.assign(new Error('x'), { code: 'EIO' }))).toBe('EIO');
  expect(reasonOf(new Error('odd'))).toBe('Error: odd');
  expect([systemCodeOf(null), systemCodeOf({ code: 7 })]).toEqual([null, null]);
});
