/**
 * Challenges: sealed and stateless. A challenge is a payload that its holder may read and an HMAC that only
 * the replicas can make, under a key derived per issuer from a secret that they share. Nothing is written
 * until a challenge is spent.
 *
 *     assay-c1.<key id>.<base64url payload>.<base64url HMAC-SHA-256 over all before>
 *
 * Deriving per issuer (HKDF, RFC 5869) makes a challenge of one tenant meaningless to every other.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { base64urlOf, bytesOfBase64, equalBytes } from '../bytes/encoding.js';
import { parseJsonObject } from '../bytes/json.js';
import { Memory } from '../bytes/memory.js';
import { canonicalJson } from '../rats/binding.js';
import { refuse } from '../rats/refusal.js';
import type { Binding } from './requests.js';

export const CHALLENGE_LIFETIME_SECONDS = 300;
const VERSION = 'assay-c1';
/** Longest text that `openChallenge` looks at; a sealed one is far shorter. */
const MAX_LENGTH = 2048;

export interface Challenge {
  readonly audience: string;
  readonly binding: Binding;
  /** 32 random bytes for `v1`, 64 for `raw-nonce`. */
  readonly nonce: Uint8Array;
  readonly rpNonce: string | null;
  readonly expiresAt: Date;
}

/** Bytes of nonce that a binding takes. */
export function nonceLength(binding: Binding): 32 | 64 {
  return binding === 'raw-nonce' ? 64 : 32;
}

/** The keys of one issuer, derived from the shared secret (32 bytes or more). */
export interface ChallengeSeal {
  seal(challenge: Challenge): string;
  /**
   * The challenge inside. Refuses `challenge_invalid` when the seal, version, key or issuer is another's,
   * `nonce_expired` when it has ended at `at`.
   */
  open(text: string, at: Date): Challenge;
}

export function challengeSealOf(secret: Uint8Array, issuer: string): ChallengeSeal {
  const known = seals.get(secret) ?? new Memory<ChallengeSeal>({ entries: 256, bytes: 256 });
  seals.set(secret, known);
  const before = known.recall(issuer);
  if (before !== null) return before;
  const seal = createChallengeSeal(secret, issuer);
  known.remember(issuer, seal, 1);
  return seal;
}

/** By secret, then by issuer: deriving keys costs more than a seal does. */
const seals = new WeakMap<Uint8Array, Memory<ChallengeSeal>>();

export function createChallengeSeal(secret: Uint8Array, issuer: string): ChallengeSeal {
  if (secret.length < 32) throw new RangeError('the challenge secret has at least 32 bytes');
  const key = derive(secret, `assay challenge seal v1\0${issuer}`, 32);
  const keyId = base64urlOf(derive(secret, `assay challenge key id v1\0${issuer}`, 6));
  const prefix = `${VERSION}.${keyId}.`;
  const macOf = (text: string): Uint8Array =>
    Uint8Array.from(createHmac('sha256', key).update(text).digest());

  return {
    seal(challenge) {
      const body = `${prefix}${base64urlOf(Buffer.from(encodePayload(challenge), 'utf8'))}`;
      return `${body}.${base64urlOf(macOf(body))}`;
    },
    open(text, at) {
      const challenge = decodePayload(authenticPayload(text, prefix, macOf));
      if (at.getTime() >= challenge.expiresAt.getTime()) {
        refuse('nonce_expired', 'bind', `The challenge ended at ${challenge.expiresAt.toISOString()}.`);
      }
      return challenge;
    },
  };
}

function derive(secret: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, length));
}

function invalid(detail: string): never {
  refuse('challenge_invalid', 'bind', detail);
}

function authenticPayload(text: string, prefix: string, macOf: (text: string) => Uint8Array): Uint8Array {
  if (text.length > MAX_LENGTH || !text.startsWith(prefix)) {
    return invalid(
      'The challenge was not issued by this issuer, or under a secret that is no longer in use.',
    );
  }
  const end = text.lastIndexOf('.');
  const mac = bytesOfBase64(text.slice(end + 1));
  if (mac === null || !equalBytes(mac, macOf(text.slice(0, end)))) {
    return invalid('The seal of the challenge is broken: it was altered, or another service made it.');
  }
  return bytesOfBase64(text.slice(prefix.length, end)) ?? invalid('The challenge is not encoded as issued.');
}

function encodePayload(challenge: Challenge): string {
  return canonicalJson({
    aud: challenge.audience,
    bnd: challenge.binding,
    exp: challenge.expiresAt.toISOString(),
    non: base64urlOf(challenge.nonce),
    rpn: challenge.rpNonce,
  });
}

/** Only ever reads what `encodePayload` wrote: the seal has been checked. */
function decodePayload(bytes: Uint8Array): Challenge {
  const { aud, bnd, exp, non, rpn } = parseJsonObject(bytes);
  const nonce = typeof non === 'string' ? bytesOfBase64(non) : null;
  const wellFormed =
    typeof aud === 'string' &&
    (bnd === 'v1' || bnd === 'raw-nonce') &&
    typeof exp === 'string' &&
    nonce !== null &&
    (rpn === null || typeof rpn === 'string');
  if (!wellFormed) return invalid('The challenge has a form that this version does not know.');
  return { audience: aud, binding: bnd, nonce, rpNonce: rpn, expiresAt: new Date(exp) };
}
