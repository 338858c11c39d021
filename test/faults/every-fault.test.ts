/**
 * Every refusal code that evidence can earn has a simulated guest that earns it (snp-faults.test.ts and
 * td-faults.test.ts judge them). Codes that only a running service can raise are listed with the reason.
 */
import { describe, expect, test } from '@jest/globals';
import { REFUSALS, type RefusalCode } from '../../src/rats/refusal.js';
import { FAULTS, TD_FAULTS } from '../../src/simulator/index.js';

/** Codes without a fault, by what it takes to raise them. */
const NEEDS_A_SERVICE: Readonly<Partial<Record<RefusalCode, string>>> = {
  at_in_future: 'the instant of an appraise request',
  audience_unknown: 'the audiences of a tenant',
  binding_unsupported: 'the binding that a request asks for',
  challenge_audience_mismatch: 'a challenge',
  challenge_invalid: 'a challenge',
  collateral_not_found: 'a vendor that was asked',
  database_unavailable: 'a database',
  dpop_proof_invalid: 'a token that is renewed, and a proof',
  dpop_proof_replayed: 'a token that is renewed, and the same proof before',
  evidence_required: 'a token that is renewed',
  idempotency_conflict: 'an earlier request with the same key',
  internal_error: 'a bug',
  key_binding_required: 'an audience and the keys of a request',
  key_invalid: 'the keys of a request',
  media_type_unsupported: 'a Content-Type',
  method_not_allowed: 'an HTTP method',
  nonce_expired: 'a challenge',
  nonce_replayed: 'a challenge and a database',
  not_found: 'a path',
  overloaded: 'other requests at the same time',
  platform_not_registered: 'the platforms that a tenant registered',
  policy_invalid: 'a policy document, whatever the evidence',
  policy_unknown: 'the policies of a tenant',
  rate_limited: 'earlier requests of the same caller',
  request_invalid: 'a request, whatever the evidence in it',
  role_missing: 'an API key',
  snp_kds_rate_limited: 'a vendor that was asked',
  state_conflict: 'the state of a stored resource',
  status_below_minimum: 'an audience with a minimum',
  token_invalid: 'a token that is renewed',
  token_too_large: 'an audience with a size for tokens',
  unauthenticated: 'an API key',
  version_conflict: 'the state of a stored resource',
  workload_ambiguous: 'workloads: reference values in files belong to none (judged below all the same)',
  workload_not_allowed: 'an audience’s list of workloads',
  workload_unknown: 'the workloads of a tenant',
};

describe('every refusal code', () => {
  const earned = [...new Set([...FAULTS, ...TD_FAULTS])];

  test('is earned by a fault or needs a service, and never both', () => {
    const listed = Object.keys(NEEDS_A_SERVICE);
    expect([...earned, ...listed].sort()).toEqual(REFUSALS.map(({ code }) => code).sort());
  });

  test.each([
    ['snp_', FAULTS],
    ['tdx_', TD_FAULTS],
  ] as const)('that begins with %s is earned by a fault of that TEE and no other', (prefix, faults) => {
    const ofEvidence = REFUSALS.map(({ code }) => code).filter((code) => NEEDS_A_SERVICE[code] === undefined);
    const codes = ofEvidence.filter((code) => code.startsWith(prefix));
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !faults.includes(code))).toEqual([]);
    expect(earned.filter((code) => code.startsWith(prefix) && !faults.includes(code))).toEqual([]);
  });
});
