import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AuthoritiesUnusable, readAuthorities } from '../../src/platform/authorities-file.js';
import { mintTlsPair } from '../tls-pair.js';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-authorities-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function placed(content: string): Promise<string> {
  const path = join(dir, 'ca.pem');
  await writeFile(path, content);
  return path;
}

describe('a file of authorities', () => {
  test('is its certificates, whatever stands around them', async () => {
    const [one, other] = await Promise.all([mintTlsPair(), mintTlsPair()]);
    const path = await placed(
      `# The cache server\n${one.cert}\nand its neighbour\n${other.cert}${other.key}`,
    );
    const read = readAuthorities(path);
    expect(read.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(read).not.toContain('PRIVATE KEY');
  });

  test.each([
    ['nothing', '', 'holds no certificate'],
    ['something else', 'authorities', 'holds no certificate'],
    [
      'what is no certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'cannot be read',
    ],
  ])('with %s is refused in words', async (_, content, words) => {
    const path = await placed(content);
    expect(() => readAuthorities(path)).toThrow(AuthoritiesUnusable);
    expect(() => readAuthorities(path)).toThrow(words);
  });

  test('that is not there is refused in words', () => {
    expect(() => readAuthorities(join(dir, 'absent.pem'))).toThrow('there is no such file');
  });
});
