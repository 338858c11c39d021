/** The token that the agent holds: what came, opened where it came encrypted, and held to what was asked for. */
import { compactDecrypt } from 'jose';
import { parseJsonObject } from '../bytes/json.js';
import type { PublicJwk } from '../rats/binding.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import { TryAgain } from './ending.js';
import type { PrivateKey } from './private-key.js';
import { type AttestReply, disbelieve } from './service.js';

export interface HeldToken {
  /** A signed JWT, in compact form. */
  readonly token: string;
  readonly tokenType: 'DPoP' | 'Bearer';
  /** By this machine’s clock. */
  readonly expiresAt: Date;
  /** Seconds. */
  readonly lifetime: number;
  readonly workload: string;
  /** The record that the operator finds. */
  readonly decision: string;
}

/** A key that the token is bound to, whoever holds its private half. */
export interface BoundKey {
  readonly publicJwk: PublicJwk;
  /** RFC 7638. */
  readonly thumbprint: string;
  /** A certification request for it in DER, which is sent in its place. */
  readonly request?: Uint8Array | null;
}

export interface AttesterKeys {
  /** Null: bound to no key. */
  readonly sig: BoundKey | null;
  readonly enc: PrivateKey | null;
}

export interface Asked {
  readonly audience: string;
  readonly keys: AttesterKeys;
  /** Before the request was sent: the token’s life is counted from then, by this machine’s clock alone. */
  readonly at: Date;
}

const LONGEST_TOKEN = 8192;
const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/u;
const JWE = /^[\w-]+(\.[\w-]*){4}$/u;

/**
 * Whether the signature is good is for those who are shown the token; that it is bound to our key and for our audience
 * is what makes it of use to us. Throws TryAgain for anything else.
 */
export async function holdToken(reply: AttestReply, { audience, keys, at }: Asked): Promise<HeldToken> {
  const { tokenType, expiresIn: lifetime, workload, decision } = reply;
  const token = JWE.test(reply.token) ? await decrypt(reply.token, keys.enc) : reply.token;
  if (!JWS.test(token) || token.length > LONGEST_TOKEN) return disbelieve('the token is none');
  const { aud, cnf } = claimsOf(token);
  if (aud !== audience) disbelieve('the token is for another audience');
  const bound = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : null;
  if (bound !== (keys.sig?.thumbprint ?? null)) disbelieve('the token is bound to another key');
  if ((tokenType === 'DPoP') !== (keys.sig !== null))
    disbelieve(`a token of type ${tokenType} was not asked for`);
  const expiresAt = new Date(at.getTime() + lifetime * 1_000);
  return { token, tokenType, expiresAt, lifetime, workload, decision };
}

/** When a token of this issuer for this audience ends, whoever it was given to; null: the text is no such token. */
export function endOf(
  text: string,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
): Date | null {
  const token = text.trimEnd();
  if (!JWS.test(token) || token.length > LONGEST_TOKEN) return null;
  try {
    const { iss, aud, exp } = claimsOf(token);
    return iss === issuer && aud === audience && typeof exp === 'number' ? new Date(exp * 1_000) : null;
  } catch (error) {
    if (error instanceof TryAgain) return null;
    throw error;
  }
}

/** The same for a token in the document that a TLS server serves. */
export function endOfDocument(
  text: string,
  asked: { readonly issuer: string; readonly audience: string },
): Date | null {
  try {
    const { token } = parseJsonObject(Buffer.from(text, 'latin1'));
    return typeof token === 'string' ? endOf(token, asked) : null;
  } catch (error) {
    if (error instanceof RefusalError) return null;
    throw error;
  }
}

async function decrypt(token: string, enc: PrivateKey | null): Promise<string> {
  if (enc === null) return disbelieve('the token is encrypted, and no key for that was sent');
  try {
    const { plaintext } = await compactDecrypt(token, enc.key, {
      keyManagementAlgorithms: ['ECDH-ES', 'ECDH-ES+A256KW'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return Buffer.from(plaintext).toString('latin1');
  } catch {
    return disbelieve('the token is encrypted to another key');
  }
}

function claimsOf(token: string): JsonObject {
  const [, payload = ''] = token.split('.');
  try {
    return parseJsonObject(Buffer.from(payload, 'base64url'));
  } catch (error) {
    if (error instanceof RefusalError) return disbelieve('the token has no claims');
    throw error;
  }
}
