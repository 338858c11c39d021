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
  /** The same for bundles of vendor documents. Opened each time: they are few, and what an emergency removed signs none. */
  bundleSignerFor(tenant: string): Promise<BundleSigner>;
  /** All keys of a purpose whose signatures count or will, active first. */
  publicKeys(tenant: string, purpose?: KeyPurpose): Promise<readonly StoredSigningKey[]>;
  /** The tenant's keys have changed: the next who signs asks the database which one it is. */
  forget(tenant: string): void;
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

  // What is remembered here may be past; the transaction that issues finds out.
  const signers = {
    ES256: openedOnce((tenant) => openSigner(tenant, 'ES256')),
    RS256: openedOnce((tenant) => openSigner(tenant, 'RS256')),
  };
  async function openSigner(tenant: string, alg: TokenAlg): Promise<TokenSigner> {
    const key = await activeKey(tenant, 'token', alg);
    return tokenSignerOf(key, openPrivateKey(key, kek));
  }
  return {
    publicKeys,
    signerFor: (tenant, alg) => signers[alg].of(tenant),
    async bundleSignerFor(tenant) {
      const key = await activeKey(tenant, 'bundle', 'ES256');
      return bundleSignerOf({ kid: key.kid, privateKey: openPrivateKey(key, kek) });
    },
    forget(tenant) {
      for (const { forget } of Object.values(signers)) forget(tenant);
    },
  };
}

interface Opened<Signer> {
  of(tenant: string): Promise<Signer>;
  forget(tenant: string): void;
}

/** Tenants whose key lies open; who signed longest ago gives way. */
const MAX_OPEN = 4096;

/** Per tenant. A database that was away for a moment must not leave its failure behind. */
function openedOnce<Signer>(open: (tenant: string) => Promise<Signer>): Opened<Signer> {
  const signers = new Map<string, Promise<Signer>>();
  return {
    of(tenant) {
      const known = signers.get(tenant);
      if (known !== undefined) {
        signers.delete(tenant);
        signers.set(tenant, known);
        return known;
      }
      const opening = open(tenant);
      signers.set(tenant, opening);
      for (const oldest of signers.keys()) {
        if (signers.size <= MAX_OPEN) break;
        signers.delete(oldest);
      }
      opening.catch(() => {
        if (signers.get(tenant) === opening) signers.delete(tenant);
      });
      return opening;
    },
    forget: (tenant) => void signers.delete(tenant),
  };
}
