import { describe, expect, test } from '@jest/globals';

/** Seen from the built test: scripts are not compiled. */
const SCRIPT = new URL('../../../scripts/named-suites.mjs', import.meta.url).href;
type Finder = (names: readonly string[], suites: readonly string[]) => readonly string[];
const { strayNames }: { strayNames: Finder } = await import(SCRIPT);

const SUITES = ['build/test/hostile/evidence.test.js', 'build/test/tee/snp/exhaustive.test.js'];

describe('names that no suite has', () => {
  test('are told, each, whatever the others have', () => {
    const names = ['exhaustive', 'hostile/evidance', 'test/hostile/', 'exhaustive$'];
    expect(strayNames(names, SUITES)).toEqual(['hostile/evidance', 'exhaustive$']);
    expect(strayNames(['exhaustive'], [])).toEqual(['exhaustive']);
  });

  test('are none where each has one, as a pattern and in either case', () => {
    expect(strayNames(['Exhaustive', 'tee/.*\\.test\\.js$', 'hostile/evidence'], SUITES)).toEqual([]);
    expect(strayNames([], SUITES)).toEqual([]);
  });
});
