import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RefusalError } from '../../src/rats/refusal.js';
import { type Challenge, createChallengeSeal } from '../../src/verifier/challenge.js';

const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
const ISSUER = 'https://attest.example';
const EXPIRY = new Date('2026-11-01T12:05:00Z');
const EARLIER = new Date('2026-11-01T12:00:00Z');
const CHALLENGE: Challenge = {
  audience: 'kms',
  binding: 'v1',
  nonce: Uint8Array.from({ length: 32 }, (_, index) => 255 - index),
  rpNonce: 'chosen-by-the-broker',
  expiresAt: EXPIRY,
};
const seal = createChallengeSeal(SECRET, ISSUER);

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.code;
    throw error;
  }
  return 'accepted';
}

describe('challenges', () => {
  test('what was sealed comes out again, on any replica with the secret', () => {
    const opened = createChallengeSeal(Uint8Array.from(SECRET), ISSUER).open(seal.seal(CHALLENGE), EARLIER);
    expect(opened).toEqual(CHALLENGE);
    const raw: Challenge = { ...CHALLENGE, binding: 'raw-nonce', nonce: new Uint8Array(64), rpNonce: null };
    expect(seal.open(seal.seal(raw), EARLIER)).toEqual(raw);
  });

  test('it ends at its expiry, not a moment later', () => {
    const text = seal.seal(CHALLENGE);
    expect(codeOf(() => seal.open(text, new Date(EXPIRY.getTime() - 1)))).toBe('accepted');
    expect(codeOf(() => seal.open(text, EXPIRY))).toBe('nonce_expired');
  });

  test('another issuer or another secret does not open it', () => {
    const text = seal.seal(CHALLENGE);
    const otherSecret = SECRET.map((byte) => byte ^ 1);
    expect(codeOf(() => createChallengeSeal(SECRET, `${ISSUER}/t/acme`).open(text, EARLIER))).toBe(
      'challenge_invalid',
    );
    expect(codeOf(() => createChallengeSeal(otherSecret, ISSUER).open(text, EARLIER))).toBe(
      'challenge_invalid',
    );
  });

  test('no character can be changed, added or removed', () => {
    const text = seal.seal(CHALLENGE);
    for (let index = 0; index < text.length; index += 1) {
      const other = text[index] === 'A' ? 'B' : 'A';
      const changed = text.slice(0, index) + other + text.slice(index + 1);
      expect(codeOf(() => seal.open(changed, EARLIER))).toBe('challenge_invalid');
      expect(codeOf(() => seal.open(text.slice(0, index), EARLIER))).toBe('challenge_invalid');
    }
    expect(codeOf(() => seal.open(`${text}=`, EARLIER))).toBe('challenge_invalid');
    expect(codeOf(() => seal.open(`${text}.${text}`, EARLIER))).toBe('challenge_invalid');
  });

  test('strangers’ texts are refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), (text) => {
        expect(codeOf(() => seal.open(text, EARLIER))).toBe('challenge_invalid');
      }),
    );
  });

  test('a short secret is a mistake of the operator, not of the caller', () => {
    expect(() => createChallengeSeal(new Uint8Array(16), ISSUER)).toThrow(RangeError);
  });
});
