import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { holdDirectory } from '../../src/storage/directory-lock.js';
import { StorageRefused } from '../../src/storage/refused.js';

describe('directory lock', () => {
  let directory = '';
  let file = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'assay-lock-'));
    file = join(directory, 'lock');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  test('is held once and free again after its release', () => {
    const release = holdDirectory(directory);
    expect(() => holdDirectory(directory)).toThrow(StorageRefused);
    expect(() => holdDirectory(directory)).toThrow(new RegExp(`in use by process ${process.pid}`));
    release();
    expect(existsSync(file)).toBe(false);
    holdDirectory(directory)();
  });

  test('of a dead process is taken over', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(file, JSON.stringify({ pid, host: hostname(), started: '1' }));
    const release = holdDirectory(directory);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
    release();
    expect(existsSync(file)).toBe(false);
  });

  (existsSync('/proc/self/stat') ? test : test.skip)(
    'of a dead process whose number lives on in another is taken over',
    () => {
      writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname(), started: '1' }));
      holdDirectory(directory)();
    },
  );

  test('of another host is refused, since nobody here can tell whether it lives', () => {
    writeFileSync(file, JSON.stringify({ pid: 1, host: 'elsewhere', started: null }));
    expect(() => holdDirectory(directory)).toThrow(/on elsewhere.*delete/);
    expect(existsSync(file)).toBe(true);
  });

  test.each(['', 'not json', 'null', '{"pid":-1,"host":"x"}', '{"pid":1}'])(
    'a file that Assay did not write is left alone: %j',
    (content) => {
      writeFileSync(file, content);
      expect(() => holdDirectory(directory)).toThrow(/not a lock that Assay wrote/);
      expect(readFileSync(file, 'utf8')).toBe(content);
    },
  );

  test('a release removes only its own lock', () => {
    const release = holdDirectory(directory);
    const successor = JSON.stringify({ pid: 1, host: 'elsewhere', started: null });
    writeFileSync(file, successor);
    release();
    expect(readFileSync(file, 'utf8')).toBe(successor);
  });

  test('a takeover that another process is making is not disturbed', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(file, JSON.stringify({ pid, host: hostname(), started: '1' }));
    writeFileSync(join(directory, 'lock.claim'), '');
    expect(() => holdDirectory(directory)).toThrow(/being taken over/);
  });
});
