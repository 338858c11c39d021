/**
 * Signing keys: one per tenant and purpose, made at first use, kept encrypted under the key-encryption key.
 * The opened key lives in this process only, as a handle that cannot be exported.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import type { JsonObject } from '../rats/result.js';
import type {
  BundleSigner,
  KeyPurpose,
  KeyWrap,
  SigningKeyStore,
  StoredSigningKey,
} from '../verifier/key-ports.js';
import type { Clock, TokenSigner } from '../verifier/ports.js';
import { bundleSignerOf } from './bundle-signature.js';

export interface KeyRing {
  /** The tenant's active token signer; makes the key at first use. Throws when the KEK does not open it. */
  signerFor(tenant: string): Promise<TokenSigner>;
  /** The same for bundles of vendor documents. */
  bundleSignerFor(tenant: string): Promise<BundleSigner>;
  /** Public halves of all keys of a purpose whose signatures may still count, active first. */
  publicKeys(tenant: string, purpose?: KeyPurpose): Promise<readonly StoredSigningKey[]>;
}

export interface KeyRingParts {
  readonly signingKeys: SigningKeyStore;
  readonly kek: KeyWrap;
  readonly clock: Clock;
}

export function createKeyRing({ signingKeys, kek, clock }: KeyRingParts): KeyRing {
  const publicKeys = (tenant: string, purpose: KeyPurpose = 'token'): Promise<readonly StoredSigningKey[]> =>
    signingKeys.ensure(tenant, purpose, () => mintSigningKey({ tenant, purpose }, kek, clock));

  async function openKey(tenant: string, purpose: KeyPurpose): Promise<OpenedKey> {
    const active = (await publicKeys(tenant, purpose)).find((key) => key.state === 'active');
    if (active === undefined) throw new Error(`tenant ${tenant} has ${purpose} keys, but none is active`);
    return { ...active, privateKey: unwrapped(active, kek) };
  }

  return {
    publicKeys,
    signerFor: openedOnce(async (tenant) => signerOf(await openKey(tenant, 'token'))),
    bundleSignerFor: openedOnce(async (tenant) => bundleSignerOf(await openKey(tenant, 'bundle'))),
  };
}

/** Per tenant. A database that was away for a moment must not leave its failure behind. */
function openedOnce<Signer>(open: (tenant: string) => Promise<Signer>): (tenant: string) => Promise<Signer> {
  const signers = new Map<string, Promise<Signer>>();
  return (tenant) => {
    const known = signers.get(tenant);
    if (known !== undefined) return known;
    const opening = open(tenant);
    signers.set(tenant, opening);
    opening.catch(() => signers.delete(tenant));
    return opening;
  };
}

/** Where a key belongs: what its wrapping is bound to. */
type KeyPlace = Pick<StoredSigningKey, 'tenant' | 'purpose'>;

async function mintSigningKey(place: KeyPlace, kek: KeyWrap, clock: Clock): Promise<StoredSigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk, 'sha256');
  const pkcs8 = Buffer.from(await exportPKCS8(privateKey), 'utf8');
  return {
    ...place,
    kid,
    alg: 'ES256',
    state: 'active',
    publicJwk: jsonOf(publicJwk),
    wrapped: kek.wrap({ ...place, kid }, pkcs8),
    createdAt: clock.now(),
  };
}

function jsonOf({ kty, crv, x, y }: JWK): JsonObject {
  if (kty === undefined || crv === undefined || x === undefined || y === undefined) {
    throw new TypeError('an EC public key has kty, crv, x and y');
  }
  return { kty, crv, x, y };
}

interface OpenedKey extends Pick<StoredSigningKey, 'kid' | 'alg'> {
  readonly privateKey: KeyObject;
}

function unwrapped({ tenant, purpose, kid, wrapped }: StoredSigningKey, kek: KeyWrap): KeyObject {
  return createPrivateKey(Buffer.from(kek.unwrap({ tenant, purpose, kid }, wrapped)));
}

function signerOf({ kid, alg, privateKey }: OpenedKey): TokenSigner {
  return {
    kid,
    alg,
    sign: (claims) =>
      new CompactSign(Buffer.from(JSON.stringify(claims), 'utf8'))
        .setProtectedHeader({ alg, kid, typ: 'JWT' })
        .sign(privateKey),
  };
}
