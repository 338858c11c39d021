import { describe, expect, test } from '@jest/globals';
import { examinePath } from '../../src/pki/path.js';
import {
  anchorsWith,
  constraints,
  mint,
  mintAuthority,
  mintRoot,
  NOT_AFTER,
  NOT_BEFORE,
  objections,
  SIGNS_BOTH,
  usage,
} from './miniature.js';

describe('validity', () => {
  const second = (date: Date, seconds: number): Date => new Date(date.getTime() + seconds * 1000);
  const wide = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2040-01-01T00:00:00Z') };
  const narrow = { notBefore: NOT_BEFORE, notAfter: NOT_AFTER };
  const authority = [constraints(true, null), usage(SIGNS_BOTH)];

  async function chain(which: 'root' | 'middle' | 'leaf' | 'beside') {
    const window = (name: string) => (name === which ? narrow : wide);
    const root = await mint({ subject: 'root', issuer: 'root', extensions: authority, ...window('root') });
    const middle = await mintAuthority('middle', 'root', window('middle'));
    const beside = await mintAuthority('beside', 'root', window('beside'));
    const leaf = await mint({ subject: 'leaf', issuer: 'middle', ...window('leaf') });
    return (at: Date) =>
      examinePath({ leaf, intermediates: [middle, beside], anchors: anchorsWith(root) }, at);
  }

  test.each(['root', 'middle', 'leaf'] as const)('both ends belong to it: %s', async (which) => {
    const at = await chain(which);
    expect(objections(await at(NOT_BEFORE))).toEqual([]);
    expect(objections(await at(NOT_AFTER))).toEqual([]);
    const early = await at(second(NOT_BEFORE, -1));
    expect(early).toMatchObject({ expired: null, notYetValid: `${which} begins 2026-01-01T00:00:00.000Z` });
    const late = await at(second(NOT_AFTER, 1));
    expect(late).toMatchObject({ expired: `${which} ended 2027-01-01T00:00:00.000Z`, notYetValid: null });
    expect(late.path).toHaveLength(3);
  });

  test('of what has no part in the path is nobody’s business', async () => {
    const at = await chain('beside');
    expect(objections(await at(second(NOT_BEFORE, -1)))).toEqual([]);
    expect(objections(await at(second(NOT_AFTER, 1)))).toEqual([]);
  });

  test('is a fact of its own beside a bad signature', async () => {
    const root = await mintRoot();
    const leaf = await mint({ subject: 'leaf', issuer: 'root', signedWith: 'nobody' });
    const findings = await examinePath(
      { leaf, intermediates: [], anchors: anchorsWith(root) },
      second(NOT_AFTER, 1),
    );
    expect(objections(findings)).toEqual(['badSignature', 'expired']);
  });
});
