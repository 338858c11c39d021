/**
 * API keys: `ak_` and 32 random bytes in base64url. Only the SHA-256 of the whole text is stored; a key with
 * 256 bits of entropy needs no slower digest, and the look-up by digest compares nothing secret byte by byte.
 */

import { sha256 } from '../bytes/digest.js';
import { base64urlOf } from '../bytes/encoding.js';
import { refuse } from '../rats/refusal.js';
import type { ApiKey, ApiKeyStore, Role } from '../verifier/key-ports.js';
import type { Entropy } from '../verifier/ports.js';
import type { Caller } from './roles.js';

export interface NewApiKey {
  /** Shown once. */
  readonly text: string;
  readonly digest: Uint8Array;
  readonly record: ApiKey;
}

export interface ApiKeyRequest {
  readonly name: string;
  readonly role: Role;
  readonly now: Date;
}

const FORM = /^ak_[A-Za-z0-9_-]{43}$/;

export function makeApiKey(request: ApiKeyRequest, entropy: Entropy): NewApiKey {
  return apiKeyOf(`ak_${base64urlOf(entropy.bytes(32))}`, request);
}

/** The record of a key whose text exists already. The id names it without telling anything about it. */
export function apiKeyOf(text: string, { name, role, now }: ApiKeyRequest): NewApiKey {
  if (!FORM.test(text)) throw new TypeError('an API key is ak_ and 43 characters of base64url');
  const digest = sha256(Buffer.from(text, 'utf8'));
  const id = `key_${base64urlOf(sha256(Buffer.concat([Buffer.from('api key id\0'), digest])).subarray(0, 12))}`;
  return { text, digest, record: { id, name, role, createdAt: now } };
}

/** One admin key for several tenants; those that know it already keep it as it is. */
export async function registerAdminKey(
  text: string,
  tenants: readonly string[],
  { apiKeys, now }: { readonly apiKeys: Pick<ApiKeyStore, 'create'>; readonly now: Date },
): Promise<void> {
  const { record, digest } = apiKeyOf(text, { name: 'first admin key', role: 'admin', now });
  for (const tenant of tenants) await apiKeys.create(tenant, record, digest);
}

/** The caller that an Authorization header shows. Refuses `unauthenticated`. */
export async function authenticate(
  header: string | undefined,
  tenant: string,
  apiKeys: ApiKeyStore,
): Promise<Caller> {
  const text = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (text === undefined) {
    return refuse(
      'unauthenticated',
      'request',
      'This route needs `Authorization: Bearer ak_…`, and none came.',
    );
  }
  const known = FORM.test(text)
    ? await apiKeys.findByDigest(tenant, sha256(Buffer.from(text, 'utf8')))
    : null;
  if (known === null) {
    return refuse('unauthenticated', 'request', 'The API key is not one of this tenant.');
  }
  return { id: known.id, tenant, role: known.role };
}
