/** What an emergency replaces at once: keys that sign tokens, keys that sign bundles, and authorities of audiences. */
import type { Authorities, RemovedAuthority } from '../verifier/authority-ports.js';
import type { Replaceable, StoredSigningKey, TokenAlg } from '../verifier/key-ports.js';
import type { KeyRotation } from './key-rotation.js';

export interface EmergencyScope {
  /** For the record. */
  readonly reason: string;
  readonly purposes: readonly Replaceable[];
  /** Of token keys; left out: of all algorithms. */
  readonly algs?: readonly TokenAlg[];
}

export interface Replaced {
  /** All signing keys that changed; of each purpose the new ones first. */
  readonly keys: readonly StoredSigningKey[];
  /** Those that were removed; each audience has another one when it is next asked for. */
  readonly authorities: readonly RemovedAuthority[];
}

export type Emergency = (tenant: string, scope: EmergencyScope) => Promise<Replaced>;

export function createEmergency({
  rotation,
  authorities,
}: {
  readonly rotation: Pick<KeyRotation, 'replaceNow' | 'replaceBundleKey'>;
  readonly authorities: Pick<Authorities, 'removeAll'>;
}): Emergency {
  return async (tenant, { reason, purposes, algs }) => {
    const removed = purposes.includes('audience-authority')
      ? await authorities.removeAll(tenant, reason)
      : [];
    const token = purposes.includes('token') ? await rotation.replaceNow(tenant, reason, algs) : [];
    const bundle = purposes.includes('bundle') ? await rotation.replaceBundleKey(tenant, reason) : [];
    return { keys: [...token, ...bundle], authorities: removed };
  };
}
