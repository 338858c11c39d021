/** What an operator registers and a simulated guest sends, under the issuer of simulated evidence. */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import { type GuestOptions, mintGuest, type SimulatedGuest } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import { SIMULATED_ISSUER, type TestService, tarOf } from './service.js';

export const MEASUREMENT = Buffer.alloc(48, 0xa5);

export interface Sealed {
  readonly challenge: string;
  readonly nonce: string;
  readonly report_data?: string;
}

export function makeKey(): JsonObject {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty = '', crv = '', x = '', y = '' }: JsonWebKey = publicKey.export({ format: 'jwk' });
  return { kty, crv, x, y };
}

/** Revocation lists, a workload with one active version, and audiences `vault` and `open` (no key needed). */
export async function prepare(service: TestService): Promise<void> {
  const key = service.adminKey;
  await service
    .post('/simulated/v1/endorsements/import', undefined, key)
    .set('Content-Type', 'application/x-tar')
    .send(await listsArchive())
    .expect(200);
  await service.post('/simulated/v1/workloads', { name: 'llm-serving' }, key).expect(201);
  await service
    .post('/simulated/v1/workloads/llm-serving/reference-values', referenceBody(), key)
    .expect(201, { version: 1, state: 'active' });
  await service
    .post('/simulated/v1/audiences', { name: 'vault', workloads: ['llm-serving'] }, key)
    .expect(201);
  const open = { name: 'open', workloads: '*', key_binding: 'optional' };
  await service.post('/simulated/v1/audiences', open, key).expect(201);
}

export function referenceBody(measurement: Uint8Array = MEASUREMENT): JsonObject {
  return {
    tee: 'sev-snp',
    covers: 'boot',
    match: { measurement: Buffer.from(measurement).toString('hex') },
    activate: true,
  };
}

export async function listsArchive(): Promise<Buffer> {
  const vendor = await simulatedVendor();
  const files: Record<string, Uint8Array> = {};
  for (const [product, { crls }] of vendor.products) {
    files[`${product}/vcek_crl.der`] = crls.vcek.der;
    files[`${product}/vlek_crl.der`] = crls.vlek.der;
  }
  return tarOf(files);
}

export async function takeChallenge(
  service: TestService,
  body: object = { audience: 'vault' },
): Promise<Sealed> {
  const reply = await service.post('/simulated/v1/challenges', body).expect(201);
  return reply.body;
}

export async function guestWith(
  reportData: Uint8Array,
  options: Partial<GuestOptions> = {},
): Promise<SimulatedGuest> {
  return mintGuest(await simulatedVendor(), {
    at: SIMULATED_AT,
    measurement: MEASUREMENT,
    reportData,
    ...options,
  });
}

/** The 64 bytes that bind a key to a challenge. */
export function bound(sealed: Sealed, key: JsonObject, audience = 'vault'): Uint8Array {
  return bindingDigest({
    issuer: SIMULATED_ISSUER,
    audience,
    nonce: sealed.nonce,
    sig: jwkThumbprint(requirePublicJwk(key, 'sig')),
    enc: null,
  });
}

export function evidenceOf(guest: SimulatedGuest): JsonObject {
  return {
    cpu: {
      type: 'auto',
      bytes: Buffer.from(guest.evidence).toString('base64url'),
      certificates: guest.certificates.map((der) => Buffer.from(der).toString('base64')),
    },
  };
}

/** A whole attest body for the audience `vault`, good unless `changes` or `options` say otherwise. */
export async function attestBody(
  service: TestService,
  changes: JsonObject = {},
  options: Partial<GuestOptions> = {},
): Promise<JsonObject> {
  const sealed = await takeChallenge(service);
  const key = makeKey();
  return {
    challenge: sealed.challenge,
    audience: 'vault',
    evidence: evidenceOf(await guestWith(bound(sealed, key), options)),
    keys: { sig: key },
    ...changes,
  };
}
