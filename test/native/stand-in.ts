/** An addon that is none: Node computes, or the test says what comes out. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { EcdsaAddon, EcdsaAddonKey } from '../../src/pki/ecdsa-native.js';

const HASHES = { 'P-256': 'sha256', 'P-384': 'sha384' } as const;

type Judge = (message: Uint8Array, signature: Uint8Array) => boolean;

/**
 * `verify` in place of what Node says, in every form; `digest` and `pooled` in that one alone. `point`: what becomes of one
 * before it is read. `keys` and `asked` are told of every key that is read and every question in place.
 */
export function addonOf(
  options: {
    readonly verify?: Judge;
    readonly digest?: Judge;
    readonly pooled?: Judge;
    readonly point?: (point: Uint8Array) => Uint8Array;
    readonly asked?: () => void;
    readonly keys?: (curve: string, point: Uint8Array) => void;
  } = {},
): EcdsaAddon {
  // Node verifies over no digest: the message that it belongs to was put to the pool before.
  const messages = new Map<string, Uint8Array>();
  class PublicKey implements EcdsaAddonKey {
    readonly #judge: Judge;
    readonly #hash: 'sha256' | 'sha384';

    constructor(crv: 'P-256' | 'P-384', given: Uint8Array) {
      options.keys?.(crv, given);
      const point = options.point?.(given) ?? given;
      const half = crv === 'P-256' ? 32 : 48;
      if (point.length !== 1 + 2 * half || point[0] !== 4) throw new RangeError('not uncompressed');
      const [x, y] = [point.subarray(1, 1 + half), point.subarray(1 + half)].map((coordinate) =>
        Buffer.from(coordinate).toString('base64url'),
      );
      if (x === undefined || y === undefined) throw new RangeError('no point');
      const key = createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' });
      this.#hash = HASHES[crv];
      this.#judge =
        options.verify ??
        ((message, signature) => verify(this.#hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature));
    }

    verify(message: Uint8Array, signature: Uint8Array): boolean {
      options.asked?.();
      return this.#judge(message, signature);
    }

    verifyDigest(digest: Uint8Array, signature: Uint8Array): boolean {
      const message = messages.get(Buffer.from(digest).toString('hex'));
      if (options.digest !== undefined) return options.digest(digest, signature);
      if (message === undefined) throw new TypeError('no digest of a message that was put to the pool');
      return this.#judge(message, signature);
    }

    async verifyPooled(message: Uint8Array, signature: Uint8Array): Promise<boolean> {
      messages.set(createHash(this.#hash).update(message).digest('hex'), message);
      return (options.pooled ?? this.#judge)(message, signature);
    }
  }
  return { library: () => 'stand-in/1', PublicKey };
}
