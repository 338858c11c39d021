/** An addon that is none: Node computes, or the test says what comes out. */
import { createPublicKey, verify } from 'node:crypto';
import type { EcdsaAddon, EcdsaAddonKey } from '../../src/pki/ecdsa-native.js';

const HASHES = { 'P-256': 'sha256', 'P-384': 'sha384' } as const;

/** `verify` in place of what Node says; `keys` and `asked` are told of every key that is read and every question. */
export function addonOf(
  options: {
    readonly verify?: (message: Uint8Array, signature: Uint8Array) => boolean;
    readonly asked?: () => void;
    readonly keys?: (curve: string, point: Uint8Array) => void;
  } = {},
): EcdsaAddon {
  class PublicKey implements EcdsaAddonKey {
    readonly verify: EcdsaAddonKey['verify'];

    constructor(crv: 'P-256' | 'P-384', point: Uint8Array) {
      options.keys?.(crv, point);
      const half = (point.length - 1) / 2;
      const [x, y] = [point.subarray(1, 1 + half), point.subarray(1 + half)].map((coordinate) =>
        Buffer.from(coordinate).toString('base64url'),
      );
      if (x === undefined || y === undefined) throw new RangeError('no point');
      const key = createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' });
      const judge =
        options.verify ??
        ((message, signature) => verify(HASHES[crv], message, { key, dsaEncoding: 'ieee-p1363' }, signature));
      this.verify = (message, signature) => {
        options.asked?.();
        return judge(message, signature);
      };
    }

    verifyDigest(): boolean {
      throw new TypeError('nobody asks a stand-in about digests');
    }

    async verifyPooled(message: Uint8Array, signature: Uint8Array): Promise<boolean> {
      return this.verify(message, signature);
    }
  }
  return { library: () => 'stand-in/1', PublicKey };
}
