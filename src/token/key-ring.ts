/**
 * Signing keys of all tenants: made at first use, kept encrypted under the key-encryption key. The opened key lives in this
 * process only, as a handle that cannot be exported.
 */
import type {
  BundleSigner,
  KeyPurpose,
  KeyWrap,
  SigningKeyStore,
  StoredSigningKey,
  TokenAlg,
  TokenSigner,
} from '../verifier/key-ports.js';
import type { Clock } from '../verifier/ports.js';
import { bundleSignerOf } from './bundle-signature.js';
import { mintSigningKey, openPrivateKey, tokenSignerOf } from './signing-key.js';

export interface KeyRing {
  /**
   * The tenant's active token signer; makes the keys, one of each algorithm, at first use. Throws when the KEK does not open
   * it.
   */
  signerFor(tenant: string, alg: TokenAlg): Promise<TokenSigner>;
  /** The same for bundles of vendor documents. */
  bundleSignerFor(tenant: string): Promise<BundleSigner>;
  /** All keys of a purpose whose signatures count or will, active first. */
  publicKeys(tenant: string, purpose?: KeyPurpose): Promise<readonly StoredSigningKey[]>;
}

export interface KeyRingParts {
  readonly signingKeys: SigningKeyStore;
  readonly kek: KeyWrap;
  readonly clock: Clock;
}

/** What a tenant has an active key of, by purpose. */
export const ALGORITHMS = {
  token: ['ES256', 'RS256'],
  bundle: ['ES256'],
} as const satisfies Readonly<Record<KeyPurpose, readonly TokenAlg[]>>;

export function createKeyRing({ signingKeys, kek, clock }: KeyRingParts): KeyRing {
  const publicKeys = (tenant: string, purpose: KeyPurpose = 'token'): Promise<readonly StoredSigningKey[]> =>
    signingKeys.ensure(tenant, purpose, ALGORITHMS[purpose], (alg) => {
      // Nobody knows a key of this tenant yet who would have to hear of it first.
      const now = clock.now();
      const begin = { state: 'active', publishedAt: now, activeFrom: now } as const;
      return mintSigningKey({ tenant, purpose }, { alg, begin, kek });
    });

  async function activeKey(tenant: string, purpose: KeyPurpose, alg: TokenAlg): Promise<StoredSigningKey> {
    const keys = await publicKeys(tenant, purpose);
    const active = keys.find((key) => key.state === 'active' && key.alg === alg);
    if (active === undefined) throw new Error(`tenant ${tenant} has no active ${purpose} key for ${alg}`);
    return active;
  }

  return {
    publicKeys,
    signerFor: openedOnce(async (tenant, alg: TokenAlg) => {
      const key = await activeKey(tenant, 'token', alg);
      return tokenSignerOf(key, openPrivateKey(key, kek));
    }),
    bundleSignerFor: openedOnce(async (tenant) => {
      const key = await activeKey(tenant, 'bundle', 'ES256');
      return bundleSignerOf({ kid: key.kid, privateKey: openPrivateKey(key, kek) });
    }),
  };
}

/** Per tenant and what else is asked for. A database that was away for a moment must not leave its failure behind. */
function openedOnce<Rest extends readonly string[], Signer>(
  open: (tenant: string, ...rest: Rest) => Promise<Signer>,
): (tenant: string, ...rest: Rest) => Promise<Signer> {
  const signers = new Map<string, Promise<Signer>>();
  return (tenant, ...rest) => {
    const name = JSON.stringify([tenant, ...rest]);
    const known = signers.get(name);
    if (known !== undefined) return known;
    const opening = open(tenant, ...rest);
    signers.set(name, opening);
    opening.catch(() => signers.delete(name));
    return opening;
  };
}
