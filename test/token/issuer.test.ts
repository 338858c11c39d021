import { describe, expect, test } from '@jest/globals';
import { MAX_ISSUER_LENGTH } from '../../src/config/issuer.js';
import { RefusalError } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import { type EarInput, earClaims } from '../../src/token/ear.js';
import { issueToken } from '../../src/token/issuer.js';

const AT = new Date('2026-11-01T12:00:00.900Z');
const IAT = Math.floor(AT.getTime() / 1000);
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(7) };

const EAR: EarInput = {
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
  tcbInGrace: false,
  audience: 'vault-prod',
  rpNonce: null,
  keyThumbprint: 'thumb',
};
const CLAIMS = earClaims(EAR);

async function issued(lifetime: number, trustUntil: string): Promise<JsonObject> {
  const seen: JsonObject[] = [];
  const signer = {
    kid: 'kid',
    alg: 'ES256' as const,
    publicJwk: {},
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

  test('say when they rest on a grace of the policy', () => {
    expect(CLAIMS.att).toMatchObject({ tcb_in_grace: false });
    expect(earClaims({ ...EAR, tcbInGrace: true }).att).toMatchObject({ tcb_in_grace: true });
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

/** Beyond it brokers refuse to read; why no code refuses a token that is too large. Bytes of the compact form. */
const HARD_LIMIT = 8192;

test('the largest token that any names and nonces can make stays below the hard limit', () => {
  const longest = (length: number) => 'x'.repeat(length);
  const issuer = `${longest(MAX_ISSUER_LENGTH)}/t/${longest(63)}`;
  const claims = earClaims({
    tenant: longest(63),
    issuer,
    verifierId: { developer: issuer, build: longest(128) },
    decision: {
      id: `dec_${longest(22)}`,
      workload: longest(63),
      referenceVersion: Number.MAX_SAFE_INTEGER,
      status: 'contraindicated',
      vector: { hardware: -128, executables: -128, configuration: -128, 'runtime-opaque': -128 },
      tee: longest(32),
      generation: longest(32),
      debug: false,
      simulated: false,
      measurement: longest(96),
      evidenceDigest: longest(64),
      policy: `${longest(63)}@${Number.MAX_SAFE_INTEGER}`,
      policyDigest: longest(64),
      tcb: { status: longest(64), source: longest(64), date: longest(10) },
    },
    audience: longest(255),
    rpNonce: longest(88),
    keyThumbprint: longest(43),
    tcbInGrace: false,
  });
  const stamped = { iss: issuer, iat: 1e10, nbf: 1e10, exp: 1e10, jti: longest(22), ...claims };
  // Header with its kid, and an ES256 signature.
  const compact = JSON.stringify(stamped).length * (4 / 3) + 200 + 88;
  expect(compact).toBeGreaterThan(2048);
  expect(compact).toBeLessThan(HARD_LIMIT);
});
