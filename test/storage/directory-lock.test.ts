import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  describe('taken over from a dead process', () => {
    const dead = (started: string): string => {
      const { pid } = spawnSync(process.execPath, ['-e', '']);
      return JSON.stringify({ pid, host: hostname(), started });
    };
    const claimAfter = (lock: string): string =>
      join(directory, `lock.after.${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`);
    const living = JSON.stringify({ pid: process.ppid, host: hostname(), started: null });

    test('leaves nothing but the lock', () => {
      writeFileSync(file, dead('1'));
      holdDirectory(directory);
      expect(readdirSync(directory)).toEqual(['lock']);
    });

    test('by another one that is at it is not disturbed', () => {
      const lock = dead('1');
      writeFileSync(file, lock);
      writeFileSync(claimAfter(lock), living);
      expect(() => holdDirectory(directory)).toThrow(new RegExp(`in use by process ${process.ppid}`));
      expect(readFileSync(file, 'utf8')).toBe(lock);
      expect(readFileSync(claimAfter(lock), 'utf8')).toBe(living);
    });

    test('by others that were killed on the way, one after the other, goes on', () => {
      const [first, second, third] = [dead('1'), dead('2'), dead('3')];
      writeFileSync(file, first);
      writeFileSync(claimAfter(first), second);
      writeFileSync(claimAfter(second), third);
      holdDirectory(directory);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
      expect(readdirSync(directory)).toEqual(['lock']);
    });

    test('by others of whom the last one lives is not disturbed', () => {
      const [first, second] = [dead('1'), dead('2')];
      writeFileSync(file, first);
      writeFileSync(claimAfter(first), second);
      writeFileSync(claimAfter(second), living);
      expect(() => holdDirectory(directory)).toThrow(/in use by process/);
      expect(readFileSync(file, 'utf8')).toBe(first);
    });

    test('what a successor killed after its success left behind bars nobody', () => {
      const [first, second] = [dead('1'), dead('2')];
      writeFileSync(file, second);
      writeFileSync(claimAfter(first), second);
      const release = holdDirectory(directory);
      release();
      expect(existsSync(file)).toBe(false);
    });

    test('with a claim that nobody here wrote is refused', () => {
      const lock = dead('1');
      writeFileSync(file, lock);
      writeFileSync(claimAfter(lock), '');
      expect(() => holdDirectory(directory)).toThrow(/not a lock that Assay wrote/);
    });
  });

  (existsSync('/proc/self/stat') ? test : test.skip)(
    'of a killed process that its parent has not yet collected is taken over',
    () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      const stat = (): string[] => {
        const text = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
        return text.slice(text.lastIndexOf(')') + 2).split(' ');
      };
      const started = stat()[19];
      child.kill('SIGKILL');
      // Without a turn of the event loop Node does not collect it.
      while (stat()[0] !== 'Z') spawnSync('true');
      writeFileSync(file, JSON.stringify({ pid: child.pid, host: hostname(), started }));
      holdDirectory(directory)();
    },
  );
});
