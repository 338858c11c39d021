import { describe, expect, test } from '@jest/globals';
import {
  isRefusalCode,
  REFUSALS,
  type RefusalClass,
  RefusalError,
  refusal,
  refusalEntry,
  refusalOrder,
  refuse,
} from '../../src/rats/refusal.js';
import { DOCUMENTED_ORDER } from './documented-order.js';

/** HTTP statuses that each class may have. */
const STATUSES: Readonly<Record<RefusalClass, readonly number[]>> = {
  malformed: [400, 413, 415],
  refused: [422],
  spent: [409],
  denied: [403],
  undecided: [503],
  limited: [429],
  caller: [401, 403, 404, 405, 409, 412],
  fault: [500],
};

describe('the table of refusal codes', () => {
  test('has the documented codes with their class and status, in the documented order', () => {
    expect(REFUSALS.map((row) => `${row.code} ${row.class} ${row.status}`)).toEqual(DOCUMENTED_ORDER);
  });

  test('has every code once', () => {
    expect(new Set(REFUSALS.map((row) => row.code)).size).toBe(REFUSALS.length);
  });

  test.each(REFUSALS.map((row) => [row.code, row] as const))('%s has a status of its class', (_code, row) => {
    expect(STATUSES[row.class]).toContain(row.status);
  });

  test.each(['title', 'meaning', 'cause', 'remedy'] as const)('no two entries share a %s', (member) => {
    expect(new Set(REFUSALS.map((row) => row[member])).size).toBe(REFUSALS.length);
  });

  test.each(REFUSALS.map((row) => [row.code, row] as const))(
    '%s is written out in sentences',
    (_code, row) => {
      expect(row.title).toMatch(/^[A-Z].{5,60}[^.]$/u);
      for (const member of [row.meaning, row.cause, row.remedy]) expect(member).toMatch(/^[A-Z`].{15,}\.$/u);
      expect(new Set([row.title, row.meaning, row.cause, row.remedy]).size).toBe(4);
    },
  );

  test('tells how a guest asks for VMPL 0', () => {
    const { remedy } = refusalEntry('snp_vmpl_not_allowed');
    expect(remedy).toContain('privlevel');
    expect(remedy).toContain('--vmpl 0');
  });

  test('prints the commands that cure a missing revocation list', () => {
    const { remedy } = refusalEntry('collateral_unavailable');
    expect(remedy).toMatch(/curl \S.*kdsintf\.amd\.com/u);
    expect(remedy).toContain('vlek_crl.der');
    expect(remedy).toContain('assay endorsements import');
  });
});

describe('refuse', () => {
  test('throws the refusal with its stage, facts and retry time', () => {
    const thrown = attempt(() =>
      refuse('snp_crl_stale', 'authenticate', 'ended yesterday', { facts: { days: 1 }, retryAfter: 60 }),
    );
    expect(thrown).toBeInstanceOf(RefusalError);
    expect((thrown as RefusalError).refusal).toEqual({
      code: 'snp_crl_stale',
      stage: 'authenticate',
      detail: 'ended yesterday',
      facts: { days: 1 },
      checks: [],
      retryAfter: 60,
    });
  });

  test('leaves the retry time out when there is none', () => {
    expect(refusal('snp_ca_revoked', 'authenticate', 'listed')).not.toHaveProperty('retryAfter');
  });

  test('orders codes as the table does and knows which texts are codes', () => {
    expect(refusalOrder('report_data_mismatch')).toBeLessThan(refusalOrder('snp_policy_debug'));
    expect(isRefusalCode('snp_policy_debug')).toBe(true);
    expect(isRefusalCode('snp_policy_debugg')).toBe(false);
    expect(isRefusalCode('toString')).toBe(false);
  });
});

function attempt(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return null;
}
