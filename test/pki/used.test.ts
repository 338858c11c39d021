import { expect, test } from '@jest/globals';
import { endsAt, usedAs } from '../../src/pki/used.js';

const FROM = new Date('2026-03-01T00:00:00Z');
const UNTIL = new Date('2026-03-31T12:30:00.500Z');
const document = (sha256 = 'aa') => ({ key: {}, sha256, from: FROM, until: UNTIL });

test('a document is named with its digest and both ends', () => {
  expect(usedAs('tdx-tcb-info', document())).toEqual({
    kind: 'tdx-tcb-info',
    sha256: 'aa',
    not_before: '2026-03-01T00:00:00.000Z',
    not_after: '2026-03-31T12:30:00.500Z',
  });
});

test('what was put into words once is handed out again, and never for another kind or another document', () => {
  const one = document();
  const used = usedAs('tdx-tcb-info', one);
  expect(usedAs('tdx-tcb-info', one)).toBe(used);
  expect(usedAs('tdx-qe-identity', one)).toMatchObject({ kind: 'tdx-qe-identity', sha256: 'aa' });
  expect(usedAs('tdx-tcb-info', { ...one, sha256: 'bb' })).toMatchObject({ sha256: 'bb' });
  expect(usedAs('tdx-tcb-info', document())).not.toBe(used);
});

test('an entry ends when its text says, whoever made it', () => {
  const used = usedAs('tdx-tcb-info', document());
  expect(endsAt(used)).toBe(UNTIL.getTime());
  expect(endsAt({ ...used })).toBe(UNTIL.getTime());
});
