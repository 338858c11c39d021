/**
 * Signatures whose answers are known, good ones and bad ones with two keys on each curve: what an implementation must
 * pass before it is believed. The bad ones are made of the good ones of ecdsa-examples.ts.
 */
import { createPublicKey } from 'node:crypto';
import type { DigestName } from '../bytes/digest.js';
import { base64urlOf } from '../bytes/encoding.js';
import type { EcdsaQuestion, EcdsaVerifier } from './ecdsa.js';
import { ECDSA_EXAMPLES, type EcdsaExample, ORDERS } from './ecdsa-examples.js';

export interface KnownAnswer {
  readonly name: string;
  readonly question: EcdsaQuestion;
  readonly holds: boolean;
}

/** Of each example the good signature first, with it the other one that holds, and bad ones behind them. */
export function knownAnswers(): readonly KnownAnswer[] {
  return ECDSA_EXAMPLES.flatMap(answersOf);
}

function answersOf({ source, crv, hash, message, x, y, r, s }: EcdsaExample): readonly KnownAnswer[] {
  const key = createPublicKey({ key: { kty: 'EC', crv, x: coordinate(x), y: coordinate(y) }, format: 'jwk' });
  const answer = (
    what: string,
    numbers: string,
    { holds = false, text = message, by = hash }: { holds?: boolean; text?: string; by?: DigestName } = {},
  ): KnownAnswer => ({
    name: `${crv}, ${source}, ${what}`,
    question: { key, hash: by, message: Buffer.from(text), signature: Buffer.from(numbers, 'hex') },
    holds,
  });
  const n = ORDERS[crv];
  const zero = '00'.repeat(n.length / 2);
  const ones = 'ff'.repeat(n.length / 2);
  return [
    answer('the signature of the example', r + s, { holds: true }),
    // ECDSA asks for no low s (FIPS 186-5, 6.4.2): of each signature its twin holds too, by OpenSSL and by AWS-LC.
    answer('s negated', r + negated(s, n), { holds: true }),
    answer('r negated', negated(r, n) + s),
    answer('another message', r + s, { text: `${message}.` }),
    answer('another hash', r + s, { by: hash === 'sha256' ? 'sha384' : 'sha256' }),
    answer('another r', lastBitChanged(r) + s),
    answer('another s', r + lastBitChanged(s)),
    answer('r and s swapped', s + r),
    answer('r zero', zero + s),
    answer('s zero', r + zero),
    answer('r and s zero', zero + zero),
    answer('r the order', n + s),
    answer('s the order', r + n),
    answer('r and s the order', n + n),
    answer('r all ones', ones + s),
    answer('s all ones', r + ones),
    answer('an octet too few in front', (r + s).slice(2)),
    answer('an octet too few behind', (r + s).slice(0, -2)),
    answer('r alone', r),
    answer('an octet too many', `${r}${s}00`),
    answer('a zero before each number', `00${r}00${s}`),
    answer('no octets', ''),
  ];
}

/** Names of the answers that came out wrong, or did not come; none: it may be believed. */
export async function failedAnswers(ecdsa: EcdsaVerifier): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, question, holds } of knownAnswers()) {
    const given = await ecdsa.verify(question).catch(() => null);
    if (given !== holds) failed.push(name);
  }
  return failed;
}

function coordinate(hex: string): string {
  return base64urlOf(Buffer.from(hex, 'hex'));
}

/** What is left of the order. */
function negated(hex: string, order: string): string {
  return (BigInt(`0x${order}`) - BigInt(`0x${hex}`)).toString(16).padStart(order.length, '0');
}

function lastBitChanged(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString('hex');
}
