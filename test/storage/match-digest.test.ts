import { describe, expect, test } from '@jest/globals';
import { RefusalError } from '../../src/rats/refusal.js';
import { evidenceDigest, fieldSetOf, matchDigests } from '../../src/storage/match-digest.js';

const hex = (digest: Uint8Array | null): string | null =>
  digest === null ? null : Buffer.from(digest).toString('hex');

describe('match digests', () => {
  test('evidence finds the combination that it has, in any order of fields', () => {
    const match = { measurement: ['aa', 'bb'], host_data: ['cc', 'dd'] };
    const digests = matchDigests('sev-snp', match).map(hex);
    expect(new Set(digests).size).toBe(4);
    const set = fieldSetOf(match);
    expect(set).toBe('host_data,measurement');
    for (const measurement of ['aa', 'bb']) {
      for (const host_data of ['cc', 'dd']) {
        const fields = { image_id: 'ff', host_data, measurement };
        expect(digests).toContain(hex(evidenceDigest('sev-snp', set, fields)));
      }
    }
    expect(digests).not.toContain(
      hex(evidenceDigest('sev-snp', set, { measurement: 'aa', host_data: 'aa' })),
    );
    expect(digests).not.toContain(hex(evidenceDigest('tdx', set, { measurement: 'aa', host_data: 'cc' })));
  });

  test('evidence without one of the fields has no digest', () => {
    expect(evidenceDigest('sev-snp', 'host_data,measurement', { measurement: 'aa' })).toBeNull();
    expect(evidenceDigest('sev-snp', '', { measurement: 'aa' })).toBeNull();
  });

  test('repeated values count once, and no values match nothing', () => {
    expect(matchDigests('sev-snp', { measurement: ['aa', 'aa'] })).toHaveLength(1);
    expect(matchDigests('sev-snp', { measurement: [] })).toEqual([]);
  });

  test('256 combinations are the most', () => {
    const values = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => index.toString(16));
    expect(matchDigests('sev-snp', { measurement: values(16), host_data: values(16) })).toHaveLength(256);
    for (const match of [{ measurement: values(257) }, { measurement: values(16), host_data: values(17) }]) {
      expect(() => matchDigests('sev-snp', match)).toThrow(RefusalError);
      expect(() => matchDigests('sev-snp', match)).toThrow(/request_invalid.*more than 256/);
    }
  });
});
