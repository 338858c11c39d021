import { describe, expect, test } from '@jest/globals';
import { RefusalError } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import { issueToken } from '../../src/token/issuer.js';
import { claimsOf } from '../../src/token/profile.js';
import type { TokenSigner } from '../../src/verifier/key-ports.js';
import { sampleClaimsInput } from './claims-input.js';

const AT = new Date('2026-11-01T12:00:00.900Z');
const IAT = Math.floor(AT.getTime() / 1000);
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(7) };

const CLAIMS = claimsOf(sampleClaimsInput());

async function issued(lifetime: number, trustUntil: string): Promise<JsonObject> {
  const seen: JsonObject[] = [];
  const signer: TokenSigner = {
    kid: 'kid',
    alg: 'ES256',
    publicJwk: {},
    sign: async (claims, header) => {
      seen.push(claims);
      expect(header).toEqual({ typ: 'eat+jwt' });
      return 'a.b.c';
    },
  };
  const request = {
    issuer: 'https://attest.example/t/acme',
    claims: CLAIMS,
    header: { typ: 'eat+jwt' },
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
  test('are stamped with issuer, times and a name of their own', async () => {
    const claims = await issued(300, '2030-01-01T00:00:00Z');
    expect(claims).toEqual({
      iss: 'https://attest.example/t/acme',
      iat: IAT,
      nbf: IAT,
      exp: IAT + 300,
      jti: Buffer.alloc(16, 7).toString('base64url'),
      ...CLAIMS,
    });
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
