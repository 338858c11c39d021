import { describe, expect, test } from '@jest/globals';
import { RefusalError } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import { earClaims } from '../../src/token/ear.js';
import { issueToken } from '../../src/token/issuer.js';

const AT = new Date('2026-11-01T12:00:00.900Z');
const IAT = Math.floor(AT.getTime() / 1000);
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(7) };

const CLAIMS = earClaims({
  tenant: 'acme',
  issuer: 'https://attest.example/t/acme',
  verifierId: { developer: 'https://attest.example', build: 'assay 0.1.0' },
  decision: {
    id: 'dec_1',
    workload: 'llm-serving',
    referenceVersion: 42,
    status: 'affirming',
    vector: { hardware: 2, executables: 3, configuration: 2, 'runtime-opaque': 2 },
    tee: 'sev-snp',
    generation: 'genoa',
    debug: false,
    simulated: false,
    measurement: 'ab',
    evidenceDigest: 'cd',
    policy: 'standard@7',
    policyDigest: 'ef',
    tcb: { status: 'UpToDate', source: 'assay-amd-bulletins@2026-11', date: '2026-06-10' },
  },
  audience: 'vault-prod',
  rpNonce: null,
  keyThumbprint: 'thumb',
});

async function issued(lifetime: number, trustUntil: string): Promise<JsonObject> {
  const seen: JsonObject[] = [];
  const signer = {
    kid: 'kid',
    alg: 'ES256' as const,
    sign: async (claims: JsonObject) => {
      seen.push(claims);
      return 'a.b.c';
    },
  };
  const request = {
    issuer: 'https://attest.example/t/acme',
    claims: CLAIMS,
    at: AT,
    lifetime,
    trustUntil: new Date(trustUntil),
  };
  const token = await issueToken(request, { signer, entropy });
  const [claims] = seen;
  if (claims === undefined) throw new Error('nothing was signed');
  expect(token.expiresAt.getTime() / 1000).toBe(claims.exp);
  expect(token.expiresIn).toBe(Number(claims.exp) - Number(claims.iat));
  expect(token.jti).toBe(claims.jti);
  return claims;
}

describe('tokens', () => {
  test('carry the registered claims, ours and one submodule, and nothing else', async () => {
    const claims = await issued(300, '2030-01-01T00:00:00Z');
    expect(Object.keys(claims).sort()).toEqual(
      [
        ...['iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti', 'cnf', 'att', 'submods'],
        ...['eat_profile', 'ear_verifier_id', 'ear_status'],
      ].sort(),
    );
    expect(claims).toMatchObject({
      iss: 'https://attest.example/t/acme',
      sub: 'tenant:acme:workload:llm-serving',
      aud: 'vault-prod',
      iat: IAT,
      nbf: IAT,
      exp: IAT + 300,
      cnf: { jkt: 'thumb' },
      ear_status: 'affirming',
      submods: {
        cpu0: {
          ear_status: 'affirming',
          ear_appraisal_policy_ids: ['https://attest.example/t/acme/policies/standard/7'],
        },
      },
    });
    for (const value of Object.values(claims.att as JsonObject)) {
      expect(['string', 'number', 'boolean']).toContain(typeof value);
    }
  });

  test('never outlive an endorsement that the verdict rests on', async () => {
    expect((await issued(300, '2026-11-01T12:00:42.999Z')).exp).toBe(IAT + 42);
  });

  test('never live longer than an hour, whatever the audience says', async () => {
    expect((await issued(86_400, '2030-01-01T00:00:00Z')).exp).toBe(IAT + 3600);
  });

  test('are not made when trust ends within the second', async () => {
    const attempt = issued(300, '2026-11-01T12:00:00.950Z');
    await expect(attempt).rejects.toBeInstanceOf(RefusalError);
    await expect(attempt).rejects.toThrow('collateral_unavailable');
  });
});
