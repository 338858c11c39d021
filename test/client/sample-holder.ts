/** An attester's key, and the proofs that it makes of holding it. */
import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Changes } from './sample-issuer.js';

export interface SampleHolder {
  readonly alg: string;
  readonly jwk: JWK;
  readonly jkt: string;
  readonly privateKey: CryptoKey;
}

export async function makeHolder(alg = 'ES256'): Promise<SampleHolder> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const jwk = await exportJWK(publicKey);
  return { alg, jwk, jkt: await calculateJwkThumbprint(jwk), privateKey };
}

export interface ProofOf {
  readonly token: string;
  readonly method: string;
  readonly url: string;
  readonly at: Date;
}

/** The proof that a rightful holder makes for one request, with members replaced. */
export function proofBy(
  { alg, jwk, privateKey }: SampleHolder,
  { token, method, url, at }: ProofOf,
  changes: Changes = {},
): Promise<string> {
  const ath = createHash('sha256').update(token).digest('base64url');
  const claims = { htm: method, htu: url, iat: Math.floor(at.getTime() / 1000), jti: randomUUID(), ath };
  return new SignJWT({ ...claims, ...changes })
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk })
    .sign(privateKey);
}
