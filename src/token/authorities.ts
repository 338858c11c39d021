/**
 * Authorities of audiences whose readers trust a certificate instead of fetching keys: long-lived, made at first use, their
 * keys kept encrypted under the key-encryption key. What they certify is short-lived and lives in this process only.
 */
import {
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  importPKCS8,
} from 'jose';
import { base64Of, hexOf } from '../bytes/encoding.js';
import { Memory } from '../bytes/memory.js';
import type {
  Authorities,
  AuthorityStore,
  KeyCertificate,
  StoredAuthority,
} from '../verifier/authority-ports.js';
import type { KeyWrap, TokenSigner } from '../verifier/key-ports.js';
import type { Clock, Entropy } from '../verifier/ports.js';
import { signAuthority, signLeaf } from './authority-certificate.js';

const HOUR_MS = 3_600_000;
/** Readers install it by hand, so it lasts. */
const AUTHORITY_YEARS = 10;
/** For readers whose clock is behind. */
const BACKDATED_MS = HOUR_MS;
/**
 * A reader of such chains does not ask whether a key is still published, so what bounds the worth of a stolen one is its
 * certificate. Four hours, and a new one when two are left: longer than any token lives.
 */
const LEAF_MS = 4 * HOUR_MS;
const RENEWED_MS = 2 * HOUR_MS;
/** One for each such audience, two while keys change. */
const REMEMBERED = { entries: 1024, bytes: 4 * 1024 * 1024 };
const PURPOSE = 'audience-authority';

export interface AuthorityParts {
  readonly store: AuthorityStore;
  readonly kek: KeyWrap;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

export function createAuthorities(parts: AuthorityParts): Authorities {
  const certificates = new Memory<KeyCertificate>(REMEMBERED);
  const authorityOf = (tenant: string, audience: string): Promise<StoredAuthority> =>
    parts.store.ensure(tenant, audience, () => mintAuthority({ tenant, audience }, parts));

  return {
    authorityOf,
    async certificateFor(tenant, audience, signer) {
      // Asked each time, so that a replica that remembers certificates hears when their authority is gone.
      const authority = await authorityOf(tenant, audience);
      const name = JSON.stringify([tenant, audience, authority.kid, signer.kid]);
      const known = certificates.recall(name);
      if (known !== null && known.notAfter.getTime() - parts.clock.now().getTime() > RENEWED_MS) return known;
      const made = await certify(authority, signer, parts);
      certificates.remember(name, made, made.x5c.join('').length);
      return made;
    },
    removeAll: (tenant, reason) => parts.store.removeAll(tenant, reason, parts.clock.now()),
  };
}

async function mintAuthority(
  place: Pick<StoredAuthority, 'tenant' | 'audience'>,
  { kek, clock, entropy }: AuthorityParts,
): Promise<StoredAuthority> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = await calculateJwkThumbprint(await exportJWK(publicKey), 'sha256');
  const notBefore = wholeSeconds(clock.now().getTime() - BACKDATED_MS);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + AUTHORITY_YEARS);
  const serialNumber = serialFrom(entropy);
  const certificate = await signAuthority({
    ...place,
    ...{ kid, publicKey, privateKey, notBefore, notAfter, serialNumber },
  });
  const pkcs8 = Buffer.from(await exportPKCS8(privateKey), 'utf8');
  const wrapped = kek.wrap({ ...place, purpose: PURPOSE, kid }, pkcs8);
  return { ...place, purpose: PURPOSE, kid, certificate, notBefore, notAfter, wrapped };
}

/** Its end is never beyond the authority's. */
async function certify(
  {
    tenant,
    audience,
    purpose,
    kid,
    certificate,
    notBefore: since,
    notAfter: until,
    wrapped,
  }: StoredAuthority,
  signer: Pick<TokenSigner, 'kid' | 'alg' | 'publicJwk'>,
  { kek, clock, entropy }: AuthorityParts,
): Promise<KeyCertificate> {
  const pkcs8 = Buffer.from(kek.unwrap({ tenant, audience, purpose, kid }, wrapped)).toString('utf8');
  const now = clock.now().getTime();
  const notBefore = wholeSeconds(Math.max(now - BACKDATED_MS, since.getTime()));
  const notAfter = wholeSeconds(Math.min(now + LEAF_MS, until.getTime()));
  const leaf = await signLeaf({
    authority: certificate,
    authorityKey: await importPKCS8(pkcs8, 'ES256'),
    publicKey: await importPublicKey(signer),
    kid: signer.kid,
    ...{ notBefore, notAfter, serialNumber: serialFrom(entropy) },
  });
  return { x5c: [base64Of(leaf)], notAfter };
}

async function importPublicKey({ alg, publicJwk }: Pick<TokenSigner, 'alg' | 'publicJwk'>) {
  const key = await importJWK({ ...publicJwk }, alg, { extractable: true });
  if (key instanceof Uint8Array) throw new TypeError('a public key is no shared secret');
  return key;
}

/** 16 octets, the first of which keeps it positive and at its length (RFC 5280, 4.1.2.2). */
function serialFrom(entropy: Entropy): string {
  return `4a${hexOf(entropy.bytes(15))}`;
}

/** Certificates have no fractions. */
function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}
