import { describe, expect, test } from '@jest/globals';
import { createLog, faultFields } from '../../src/platform/log.js';

function capture() {
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line) });
  return { log, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

describe('logs_hold_no_secret', () => {
  test.each(['info', 'warn', 'error'] as const)('at level %s', (level) => {
    const { log, last } = capture();
    log[level](
      { route: '/v1/attest', token: 'eyJ', nonce: 'n', key: 'ak_x', authorization: 'Bearer x' },
      'words',
    );
    expect(last()).toMatchObject({
      level,
      service: 'assay',
      route: '/v1/attest',
      token: '[redacted]',
      nonce: '[redacted]',
      key: '[redacted]',
      authorization: '[redacted]',
      msg: 'words',
    });
    expect(Date.parse(last().time)).not.toBeNaN();
  });

  test('at any depth: what is no plain value is left out whole', () => {
    const { log, last } = capture();
    const smuggled = { evidence: { cpu: { bytes: 'deep' } }, list: ['fine'], at: new Date(0), none: null };
    log.info(smuggled as unknown as Parameters<typeof log.info>[0], 'words');
    expect(last()).toMatchObject({ evidence: '[redacted]', at: '[redacted]', list: ['fine'], none: null });
    expect(JSON.stringify(last())).not.toContain('deep');
  });

  test('a fault shows where it happened, not what it said', () => {
    let error: unknown;
    try {
      JSON.parse('{"token":"eyJ-secret"');
    } catch (caught) {
      error = caught;
    }
    const fields = faultFields(error);
    expect(fields.fault).toBe('SyntaxError');
    expect(fields.at).toContainEqual(expect.stringMatching(/log\.test/));
    expect(JSON.stringify(fields)).not.toMatch(/secret|token/i);
    expect(faultFields('a thrown text')).toEqual({ fault: 'string' });
    const coded = Object.assign(new Error('multi\n    at evidence line'), { code: 'ECONNREFUSED' });
    expect(faultFields(coded)).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
