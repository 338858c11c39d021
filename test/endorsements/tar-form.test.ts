import { describe, expect, test } from '@jest/globals';
import { readArchive } from '../../src/endorsements/archive.js';
import { tarObjection } from '../../src/endorsements/tar-form.js';
import { TAR_END, tarEntry } from '../hostile/tar.js';
import { tarOf } from '../http/service.js';

const MAX = 2 * 1024 * 1024;
const glued = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const field = (text: string): Uint8Array => Buffer.from(text.padEnd(12, '\0'), 'latin1');
const FILE = tarEntry('a/vcek.der', Buffer.from('some bytes'));

describe('the form of an archive', () => {
  test('has nothing against what programs write', async () => {
    const long = `${'d'.repeat(120)}/vcek.der`;
    const name = Buffer.from(`${long.length + 10} path=${long}\n`);
    const archives = [
      await tarOf({ 'a/vcek.der': Buffer.alloc(1000, 1), [long]: 'long', 'é.der': 'needs a pax header' }),
      glued(FILE, TAR_END),
      glued(tarEntry('dir/', new Uint8Array(), { type: '5' }), FILE, TAR_END),
      glued(tarEntry('PaxHeader', name, { type: 'x' }), FILE, TAR_END),
      // A space ends the number in BSD’s.
      tarEntry('a', Buffer.from('abc'), { sizeField: Buffer.from('00000000003 ') }),
      TAR_END,
    ];
    for (const archive of archives) expect(tarObjection(archive, MAX)).toBeNull();
  });

  test.each<[string, Uint8Array, boolean]>([
    ['a file that is cut short', FILE.subarray(0, 515), false],
    ['a file that claims more than there is', tarEntry('a', Buffer.from('abc'), { size: 5000 }), false],
    ['a size of letters', tarEntry('a', Buffer.from('abc'), { sizeField: field('zzz') }), false],
    ['a size behind spaces', tarEntry('a', Buffer.from('abc'), { sizeField: field('   3') }), false],
    [
      'a size with digits behind its end',
      tarEntry('a', Buffer.from('abc'), { sizeField: field('3\x001') }),
      false,
    ],
    ['a directory with contents', tarEntry('d', Buffer.from('abc'), { type: '5' }), false],
    ['a directory of old with contents', tarEntry('d/', Buffer.from('abc'), { type: '\0' }), false],
    ['a file above the bound', tarEntry('a', Buffer.alloc(MAX + 1)), true],
    [
      'a binary size',
      tarEntry('a', Buffer.from('abc'), { sizeField: Buffer.from([0x80, ...Array(11).fill(1)]) }),
      true,
    ],
    ['a long header', tarEntry('x', Buffer.alloc(70_000, 0x61), { type: 'L' }), true],
    ['a size in a pax header', glued(tarEntry('x', Buffer.from('9 size=3\n'), { type: 'x' }), FILE), true],
    ['the same for all files', glued(tarEntry('x', Buffer.from('9 size=3\n'), { type: 'g' }), FILE), true],
  ])('objects to %s', async (_what, archive, tooLarge) => {
    expect(tarObjection(archive, MAX)).toMatchObject({ tooLarge });
    // Behind something sound as well.
    expect(tarObjection(glued(FILE, TAR_END, archive), MAX)).toMatchObject({ tooLarge });
    await expect(readArchive(glued(FILE, archive))).rejects.toThrow(
      /^(?:request_invalid|evidence_too_large)/,
    );
  });
});
