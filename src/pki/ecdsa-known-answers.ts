/**
 * Signatures whose answers are known, good ones and bad ones on both curves: what an implementation must pass before
 * it is believed. Source: RFC 6979, A.2.5 (P-256, SHA-256) and A.2.6 (P-384, SHA-384), message `sample`; the bad ones
 * are made of the good ones.
 */
import { createPublicKey } from 'node:crypto';
import type { DigestName } from '../bytes/digest.js';
import { base64urlOf } from '../bytes/encoding.js';
import type { EcdsaQuestion, EcdsaVerifier } from './ecdsa.js';

interface Example {
  readonly crv: 'P-256' | 'P-384';
  readonly hash: DigestName;
  /** Order of the group, public point and signature, hex, big endian. */
  readonly n: string;
  readonly x: string;
  readonly y: string;
  readonly r: string;
  readonly s: string;
}

const EXAMPLES: readonly Example[] = [
  {
    crv: 'P-256',
    hash: 'sha256',
    n: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    x: '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
    y: '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    r: 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
    s: 'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  },
  {
    crv: 'P-384',
    hash: 'sha384',
    n: 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    x: 'ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13',
    y: '8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720',
    r: '94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46',
    s: '99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
  },
];

export interface KnownAnswer {
  readonly name: string;
  readonly question: EcdsaQuestion;
  readonly holds: boolean;
}

/** Both curves, each with a good signature first and bad ones behind it. */
export function knownAnswers(): readonly KnownAnswer[] {
  return EXAMPLES.flatMap(answersOf);
}

function answersOf({ crv, hash, n, x, y, r, s }: Example): readonly KnownAnswer[] {
  const key = createPublicKey({ key: { kty: 'EC', crv, x: coordinate(x), y: coordinate(y) }, format: 'jwk' });
  const message = Buffer.from('sample');
  const answer = (what: string, numbers: string, holds = false, text = message): KnownAnswer => ({
    name: `${crv}, ${what}`,
    question: { key, hash, message: text, signature: Buffer.from(numbers, 'hex') },
    holds,
  });
  const zero = '00'.repeat(n.length / 2);
  return [
    answer('the signature of the example', r + s, true),
    answer('another message', r + s, false, Buffer.from('samplf')),
    answer('another r', lastBitChanged(r) + s),
    answer('another s', r + lastBitChanged(s)),
    answer('r and s swapped', s + r),
    answer('r zero', zero + s),
    answer('s zero', r + zero),
    answer('r and s the order', n + n),
    answer('an octet too few', (r + s).slice(2)),
    answer('an octet too many', `${r}${s}00`),
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

function lastBitChanged(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString('hex');
}
