/**
 * Signing keys: one per tenant and purpose, made at first use, kept encrypted under the key-encryption key.
 * The opened key lives in this process only, as a handle that cannot be exported.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import type { JsonObject } from '../rats/result.js';
import type { KeyPurpose, KeyWrap, SigningKeyStore, StoredSigningKey } from '../verifier/key-ports.js';
import type { Clock, TokenSigner } from '../verifier/ports.js';

export interface KeyRing {
  /** The tenant's active token signer; makes the key at first use. Throws when the KEK does not open it. */
  signerFor(tenant: string): Promise<TokenSigner>;
  /** Public halves of all keys whose tokens may still be alive, active first. */
  publicKeys(tenant: string): Promise<readonly StoredSigningKey[]>;
}

export interface KeyRingParts {
  readonly signingKeys: SigningKeyStore;
  readonly kek: KeyWrap;
  readonly clock: Clock;
}

const PURPOSE: KeyPurpose = 'token';

export function createKeyRing({ signingKeys, kek, clock }: KeyRingParts): KeyRing {
  const signers = new Map<string, Promise<TokenSigner>>();

  const publicKeys = (tenant: string): Promise<readonly StoredSigningKey[]> =>
    signingKeys.ensure(tenant, PURPOSE, () => mintSigningKey(tenant, kek, clock));

  async function openSigner(tenant: string): Promise<TokenSigner> {
    const active = (await publicKeys(tenant)).find((key) => key.state === 'active');
    if (active === undefined) throw new Error(`tenant ${tenant} has signing keys, but none is active`);
    return signerOf(active, kek);
  }

  return {
    publicKeys,
    signerFor(tenant) {
      const known = signers.get(tenant);
      if (known !== undefined) return known;
      const opening = openSigner(tenant);
      signers.set(tenant, opening);
      // A database that was away for a moment must not leave its failure behind.
      opening.catch(() => signers.delete(tenant));
      return opening;
    },
  };
}

async function mintSigningKey(tenant: string, kek: KeyWrap, clock: Clock): Promise<StoredSigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk, 'sha256');
  const pkcs8 = Buffer.from(await exportPKCS8(privateKey), 'utf8');
  return {
    tenant,
    purpose: PURPOSE,
    kid,
    alg: 'ES256',
    state: 'active',
    publicJwk: jsonOf(publicJwk),
    wrapped: kek.wrap({ tenant, purpose: PURPOSE, kid }, pkcs8),
    createdAt: clock.now(),
  };
}

function jsonOf({ kty, crv, x, y }: JWK): JsonObject {
  if (kty === undefined || crv === undefined || x === undefined || y === undefined) {
    throw new TypeError('an EC public key has kty, crv, x and y');
  }
  return { kty, crv, x, y };
}

function signerOf(key: StoredSigningKey, kek: KeyWrap): TokenSigner {
  const opened = kek.unwrap({ tenant: key.tenant, purpose: key.purpose, kid: key.kid }, key.wrapped);
  const privateKey: KeyObject = createPrivateKey(Buffer.from(opened));
  return {
    kid: key.kid,
    alg: key.alg,
    sign: (claims) =>
      new CompactSign(Buffer.from(JSON.stringify(claims), 'utf8'))
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
        .sign(privateKey),
  };
}
