import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { RefusalError } from '../../src/rats/refusal.js';
import { isSerializationFailure, readableFailure } from '../../src/storage/unavailable.js';

/** As the server reports it. */
function serverError(code: string, message = 'failed'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, 0, 'error'), { code, severity: 'ERROR' });
}

function codeOf(error: unknown): string | null {
  const readable = readableFailure(error, 'issue');
  return readable instanceof RefusalError ? readable.refusal.code : null;
}

describe('database failures', () => {
  test.each([
    '08006',
    '57P01',
    '57014',
    '53300',
    '25006',
    '0A000',
    '26000',
    '42P05',
    '55P03',
    '28P01',
    '3D000',
    '58030',
  ])('SQLSTATE %s means undecided', (state) => {
    expect(codeOf(serverError(state))).toBe('database_unavailable');
  });

  test.each([
    ['a reset connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['a refused connection', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['a broken pipe, whose code looks like a SQLSTATE', Object.assign(new Error('write'), { code: 'EPIPE' })],
    ['an answer that did not come', new Error('Query read timeout')],
    ['a connection that ended', new Error('Connection terminated unexpectedly')],
  ])('%s means undecided', (_, error) => {
    const readable = readableFailure(error, 'issue');
    expect(readable).toBeInstanceOf(RefusalError);
    if (!(readable instanceof RefusalError)) return;
    expect(readable.refusal).toMatchObject({ code: 'database_unavailable', stage: 'issue' });
    expect(readable.refusal.retryAfter).toBeGreaterThan(0);
    expect(readable.message).not.toMatch(/ECONN|terminated|pipe/);
  });

  test('a directory that became read-only means undecided; a privilege that lacks is a bug', () => {
    expect(codeOf(serverError('42501', 'could not open file "base/5/2601": Permission denied'))).toBe(
      'database_unavailable',
    );
    expect(codeOf(serverError('42501', 'permission denied for table decisions'))).toBeNull();
  });

  test('text that PostgreSQL cannot hold is a bad request', () => {
    expect(codeOf(serverError('22021'))).toBe('request_invalid');
    expect(codeOf(serverError('22P05'))).toBe('request_invalid');
    expect(codeOf(serverError('22P02', 'invalid input syntax for type json'))).toBe('request_invalid');
  });

  test.each(['23505', '23503', '42P01', '42501', '22P02'])(
    'SQLSTATE %s is a bug and passes through',
    (state) => {
      const error = serverError(state);
      expect(readableFailure(error, 'issue')).toBe(error);
    },
  );

  test('a programming mistake passes through', () => {
    const error = new TypeError('undefined is not a function');
    expect(readableFailure(error, 'issue')).toBe(error);
  });

  test('deadlocks and serialisation failures may run again, others not', () => {
    expect(['40001', '40P01', '23505'].map((state) => isSerializationFailure(serverError(state)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isSerializationFailure(new Error('x'))).toBe(false);
  });
});
