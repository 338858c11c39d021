/** A client's side of proofs of possession, able to say anything that a client may, and more. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, type JWK } from 'jose';

export type ProofAlg = 'ES256' | 'ES384' | 'EdDSA' | 'Ed25519';

export interface Holder {
  readonly alg: ProofAlg;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
  readonly thumbprint: string;
}

export async function mintHolder(alg: ProofAlg = 'ES256'): Promise<Holder> {
  const { publicKey, privateKey } =
    alg === 'ES256' || alg === 'ES384'
      ? generateKeyPairSync('ec', { namedCurve: alg === 'ES256' ? 'P-256' : 'P-384' })
      : generateKeyPairSync('ed25519');
  const publicJwk = publicKey.export({ format: 'jwk' }) as JWK;
  return { alg, privateKey, publicJwk, thumbprint: await calculateJwkThumbprint(publicJwk, 'sha256') };
}

/** base64url(SHA-256(ASCII token)), by RFC 9449, section 4.2. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest('base64url');
}

export interface ProofInput {
  readonly method: string;
  readonly url: string;
  readonly at: Date;
  readonly token?: string | null;
  /** Members beside or instead of the right ones; undefined: left out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

export function proofBy(
  holder: Holder,
  { method, url, at, token, claims, header }: ProofInput,
): Promise<string> {
  const text = JSON.stringify({
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(at.getTime() / 1000),
    ...(token ? { ath: tokenHash(token) } : {}),
    ...claims,
  });
  return signText(holder, text, header);
}

/** Whatever text stands where the claims belong. */
export function signText(
  { alg, privateKey, publicJwk }: Holder,
  text: string,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new CompactSign(Buffer.from(text, 'utf8'))
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: publicJwk, ...header })
    .sign(privateKey);
}
