/** DPoP proofs (RFC 9449, 4.2) with the agent’s key, so that the key need not leave the agent. */
import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { isPrivate } from './arguments.js';
import type { PrivateKey } from './private-key.js';

export interface ProofRequest {
  readonly method: string;
  readonly url: string;
}

/** The request that is proven: what method and URL become in the proof; null when they name none. */
export function proofTarget({ method, url }: ProofRequest): { htm: string; htu: string } | null {
  if (!/^[A-Z]{3,16}$/u.test(method) || !URL.canParse(url)) return null;
  const { href, origin, pathname, protocol, hostname, username, password } = new URL(url);
  // A proof goes where its token goes, and no token crosses a network in clear text.
  if (!isPrivate({ protocol, hostname }) || username !== '' || password !== '') return null;
  return href.length > 2048 ? null : { htm: method, htu: `${origin}${pathname}` };
}

export interface ProofPlan {
  readonly key: PrivateKey;
  readonly target: { readonly htm: string; readonly htu: string };
  /** The token that travels with it. */
  readonly token: string;
  readonly at: Date;
}

export function signProof({ key, target, token, at }: ProofPlan): Promise<string> {
  return new SignJWT({
    ...target,
    ath: createHash('sha256').update(token).digest('base64url'),
    jti: randomUUID(),
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: { ...key.publicJwk } })
    .setIssuedAt(at)
    .sign(key.key);
}
