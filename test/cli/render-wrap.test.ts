import { describe, expect, test } from '@jest/globals';
import { hang, wrap } from '../../src/cli/render/wrap.js';

describe('wrapping', () => {
  test('breaks between words, within the width less the indent', () => {
    const lines = wrap('the quick brown fox jumps over the lazy dog', 4, 20);
    expect(lines).toEqual(['the quick brown', 'fox jumps over', 'the lazy dog']);
    expect(hang('the quick brown fox', 2, 12)).toBe('the quick\n  brown fox');
    expect(wrap('', 4)).toEqual(['']);
  });

  test('leaves commands and addresses whole, so that they can be pasted', () => {
    const command = '`curl -fsS --create-dirs -o amd/list.der https://vendor.example/list`,';
    expect(wrap(`Download it with ${command} then import it.`, 13, 40)).toEqual([
      'Download it with',
      command,
      'then import it.',
    ]);
    expect(wrap('an odd ` stays', 0, 9)).toEqual(['an odd `', 'stays']);
  });

  test('folds long digits into equal parts, and leaves short ones', () => {
    const digest = `${'ab'.repeat(24)}${'cd'.repeat(24)}`;
    expect(wrap(`rtmr2 ${digest} (differs)`, 13)).toEqual([
      `rtmr2 ${'ab'.repeat(24)}`,
      `${'cd'.repeat(24)} (differs)`,
    ]);
    expect(wrap(`SHA-256 ${'ab'.repeat(32)}`, 8)).toEqual([`SHA-256 ${'ab'.repeat(32)}`]);
    expect(wrap('ab'.repeat(20), 60)).toEqual(['ab'.repeat(20)]);
  });

  test('lets nothing through that steers a terminal', () => {
    expect(hang('a\u001b[31mred\u0007\nb', 2)).toBe('a [31mred b');
  });
});
