import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemEntropy } from '../../src/platform/entropy.js';
import { readOrMakeApiKey, readSecret, SecretUnusable } from '../../src/platform/secret-file.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'assay-secret-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a secret', () => {
  test('is made at first use, for its owner only, and stays the same', () => {
    const path = join(dir, 'new', 'kek');
    const first = readSecret({ kind: 'file', path, create: true }, systemEntropy);
    expect(first).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readSecret({ kind: 'file', path, create: true }, systemEntropy)).toEqual(first);
    expect(readdirSync(join(dir, 'new'))).toEqual(['kek']);
  });

  test('is not made where an operator named the file', () => {
    const source = { kind: 'file', path: join(dir, 'absent'), create: false } as const;
    expect(() => readSecret(source, systemEntropy)).toThrow(SecretUnusable);
    expect(readdirSync(dir)).toEqual([]);
  });

  test.each([
    ['hex', `${'0f'.repeat(32)}\n`, 0x0f],
    ['base64url', Buffer.alloc(32, 0xff).toString('base64url'), 0xff],
    ['base64', `${Buffer.alloc(32, 0xfb).toString('base64')}\r\n`, 0xfb],
    ['raw bytes', Buffer.alloc(32, 0x0a), 0x0a],
  ])('may be %s', (_form, content, byte) => {
    const path = join(dir, 'kek');
    writeFileSync(path, content);
    const secret = readSecret({ kind: 'file', path, create: false }, systemEntropy);
    expect(secret).toEqual(new Uint8Array(32).fill(byte));
  });

  test.each(['', 'secret', '0f'.repeat(31), '0f'.repeat(33)])('is not %p', (content) => {
    const path = join(dir, 'kek');
    writeFileSync(path, content);
    expect(() => readSecret({ kind: 'file', path, create: false }, systemEntropy)).toThrow(SecretUnusable);
    expect(() => readSecret({ kind: 'text', text: content }, systemEntropy)).toThrow(SecretUnusable);
  });
});

describe('the first admin key', () => {
  test('is written once, for its owner only', () => {
    const path = join(dir, 'admin-key');
    const key = readOrMakeApiKey(path, systemEntropy);
    expect(key).toMatch(/^ak_[A-Za-z0-9_-]{43}$/);
    expect(readFileSync(path, 'utf8')).toBe(`${key}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readOrMakeApiKey(path, systemEntropy)).toBe(key);
    writeFileSync(path, 'something else');
    expect(() => readOrMakeApiKey(path, systemEntropy)).toThrow(SecretUnusable);
  });
});
