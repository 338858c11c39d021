/**
 * ECDSA by a native addon (native/src/lib.rs): P-384 with SHA-384 and P-256 with SHA-256, which is what evidence is
 * signed with. Keys are read by Node in either case, so that both implementations accept the same ones.
 */
import type { KeyObject } from 'node:crypto';
import type { DigestName } from '../bytes/digest.js';
import { equalBytes } from '../bytes/encoding.js';
import type { EcdsaVerifier } from './ecdsa.js';

/** What the addon exports. */
export interface EcdsaAddon {
  /** `aws-lc/1.66.0`, for example. */
  library(): string;
  /** Throws unless the point is uncompressed and on the curve. */
  readonly PublicKey: new (
    curve: 'P-256' | 'P-384',
    point: Uint8Array,
  ) => EcdsaAddonKey;
}

export interface EcdsaAddonKey {
  verify(message: Uint8Array, signature: Uint8Array): boolean;
  /** Over the message's digest. Throws for one of another length than the curve's hash has. */
  verifyDigest(digest: Uint8Array, signature: Uint8Array): boolean;
  /** As `verify`, on the thread pool. */
  verifyPooled(message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

interface Curve {
  readonly name: 'P-256' | 'P-384';
  readonly hash: DigestName;
  /** What comes before the point in a SubjectPublicKeyInfo with an uncompressed one (RFC 5480, 2). */
  readonly head: Uint8Array;
  /** Octets of the point. */
  readonly point: number;
}

const CURVES: readonly Curve[] = [
  {
    name: 'P-256',
    hash: 'sha256',
    head: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
    point: 65,
  },
  {
    name: 'P-384',
    hash: 'sha384',
    head: Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'),
    point: 97,
  },
];

/** A key as the addon holds it; null: not of its curves, or not uncompressed. */
type Handle = { readonly hash: DigestName; readonly key: EcdsaAddonKey } | null;

/**
 * `others`: who computes what the addon does not, another curve, hash or form of a key. The addon is called in place:
 * it is done in 0.04 ms (P-256) or 0.15 ms (P-384), and two threads that wake one another cost 0.02 to 0.04 ms more.
 */
export function nativeEcdsa(addon: EcdsaAddon, others: EcdsaVerifier): EcdsaVerifier {
  const handles = new WeakMap<KeyObject, Handle>();
  return {
    name: `native ${addon.library()}`,
    async verify(question) {
      const { key, hash, message, signature } = question;
      let handle = handles.get(key);
      if (handle === undefined) {
        handle = addonKeyOf(addon, key);
        handles.set(key, handle);
      }
      if (handle === null || handle.hash !== hash) return others.verify(question);
      return handle.key.verify(message, signature);
    },
  };
}

/** Throws when the addon refuses a key that Node took: then one of them is wrong, and nothing may be concluded. */
export function addonKeyOf(addon: EcdsaAddon, key: KeyObject): Handle {
  const spki = key.export({ type: 'spki', format: 'der' });
  for (const { name, hash, head, point } of CURVES) {
    if (spki.length !== head.length + point || !equalBytes(spki.subarray(0, head.length), head)) continue;
    return { hash, key: new addon.PublicKey(name, spki.subarray(head.length)) };
  }
  return null;
}
