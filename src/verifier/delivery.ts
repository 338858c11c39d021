/** A token on its way to its attester: encrypted where the attester sent a key for that and the audience lets it be. */
import type { PublicJwk } from '../rats/binding.js';
import type { IssuedToken } from '../token/issuer.js';
import { sealToken } from '../token/sealed-token.js';
import type { Audience } from './reference-ports.js';

export interface Delivered extends IssuedToken {
  /** `token` is a JWE with the signed one inside. */
  readonly encrypted: boolean;
}

/** The key that tokens of the audience are encrypted to; null: to none. Whoever carries the request has no say in it. */
export function recipientOf(
  { tokenEncryption }: Pick<Audience, 'tokenEncryption'>,
  encryptionKey: PublicJwk | null,
): PublicJwk | null {
  return tokenEncryption === 'never' ? null : encryptionKey;
}

/** Before anything is committed: a challenge is not spent on a token that cannot leave. */
export async function deliver(token: IssuedToken, recipient: PublicJwk | null): Promise<Delivered> {
  if (recipient === null) return { ...token, encrypted: false };
  return { ...token, token: await sealToken(token.token, recipient), encrypted: true };
}
