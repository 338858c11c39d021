/** What an operator registers and a simulated guest or TD sends, under the issuer of simulated evidence. */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type supertest from 'supertest';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import {
  type GuestOptions,
  intelFiles,
  mintGuest,
  mintTd,
  type SimulatedGuest,
  type SimulatedTd,
  type TdOptions,
} from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { SIMULATED_ISSUER } from './issuers.js';
import type { TestService } from './service.js';
import { tarOf } from './tar.js';

export const MEASUREMENT = Buffer.alloc(48, 0xa5);

/** What TDX measured of the TD that `prepare` registers. */
export const TD = {
  mrtd: Buffer.alloc(48, 0xb6),
  rtmr1: Buffer.alloc(48, 0xc7),
  rtmr2: Buffer.alloc(48, 0xd8),
} as const;

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

/** Registers a workload that runs on both TEEs: version 1 on SNP, version 2 on TDX; and audiences, as below. */
export async function register(service: TestService): Promise<void> {
  const key = service.adminKey;
  await service.post('/simulated/v1/workloads', { name: 'llm-serving' }, key).expect(201);
  const versions = '/simulated/v1/workloads/llm-serving/reference-values';
  await service.post(versions, referenceBody(), key).expect(201, { version: 1, state: 'active' });
  await service.post(versions, tdReferenceBody(), key).expect(201, { version: 2, state: 'active' });
  await service
    .post('/simulated/v1/audiences', { name: 'vault', workloads: ['llm-serving'] }, key)
    .expect(201);
  const open = { name: 'open', workloads: '*', key_binding: 'optional' };
  await service.post('/simulated/v1/audiences', open, key).expect(201);
}

/** Vendor documents of both, the workload `llm-serving`, and audiences `vault` and `open` (no key needed). */
export async function prepare(service: TestService): Promise<void> {
  for (const archive of [await listsArchive(), await intelArchive()]) {
    const { body } = await importInto(service, archive).expect(200);
    if (body.rejected.length > 0) throw new Error(`rejected: ${JSON.stringify(body.rejected)}`);
  }
  await register(service);
}

/** Sends an archive to a built-in tenant, the simulated one where nothing else is said. */
export function importInto(
  service: TestService,
  archive: Buffer,
  query = '',
  under = '/simulated',
): supertest.Test {
  return service
    .post(`${under}/v1/endorsements/import${query}`, undefined, service.adminKey)
    .set('Content-Type', 'application/x-tar')
    .send(archive);
}

export function referenceBody(measurement: Uint8Array = MEASUREMENT): JsonObject {
  return {
    tee: 'sev-snp',
    covers: 'boot',
    match: { measurement: Buffer.from(measurement).toString('hex') },
    activate: true,
  };
}

/** Firmware, kernel and command line. */
export function tdReferenceBody(changes: Readonly<Record<string, Buffer>> = {}): JsonObject {
  const fields = Object.entries({ ...TD, ...changes });
  return {
    tee: 'tdx',
    covers: 'boot',
    match: Object.fromEntries(fields.map(([name, bytes]) => [name, bytes.toString('hex')])),
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

/** Everything that the simulated Intel publishes at the instant, one directory per family and authority. */
export async function intelArchive(at: Date = SIMULATED_AT): Promise<Buffer> {
  const files = await intelFiles(await simulatedIntel(), at);
  return tarOf(Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])));
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

export async function tdWith(reportData: Uint8Array, options: Partial<TdOptions> = {}): Promise<SimulatedTd> {
  return mintTd(await simulatedIntel(), {
    at: SIMULATED_AT,
    mrTd: TD.mrtd,
    rtmrs: [undefined, TD.rtmr1, TD.rtmr2],
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

export function evidenceOf(
  guest: Pick<SimulatedGuest | SimulatedTd, 'evidence' | 'certificates'> & {
    readonly eventLog?: Uint8Array | null;
  },
): JsonObject {
  const { eventLog = null } = guest;
  return {
    cpu: {
      type: 'auto',
      bytes: Buffer.from(guest.evidence).toString('base64url'),
      certificates: guest.certificates.map((der) => Buffer.from(der).toString('base64')),
      ...(eventLog === null ? {} : { event_log: Buffer.from(eventLog).toString('base64') }),
    },
  };
}

/** A whole attest body for the audience `vault`, good unless `changes` or `options` say otherwise. */
export function attestBody(
  service: TestService,
  changes: JsonObject = {},
  options: Partial<GuestOptions> = {},
): Promise<JsonObject> {
  return bodyFor(service, { changes, mint: (reportData) => guestWith(reportData, options) });
}

/** The same from a TD. */
export function tdAttestBody(
  service: TestService,
  changes: JsonObject = {},
  options: Partial<TdOptions> = {},
): Promise<JsonObject> {
  return bodyFor(service, { changes, mint: (reportData) => tdWith(reportData, options) });
}

/** What to submit, to whom, and what is different about it. */
export interface Wanted {
  readonly audience?: string;
  readonly mint: (reportData: Uint8Array) => Promise<Parameters<typeof evidenceOf>[0]>;
  readonly changes?: JsonObject;
}

/** A fresh challenge of the audience, and evidence that binds a new key to it. */
export async function bodyFor(
  service: TestService,
  { audience = 'vault', mint, changes = {} }: Wanted,
): Promise<JsonObject> {
  const sealed = await takeChallenge(service, { audience });
  const key = makeKey();
  return {
    challenge: sealed.challenge,
    audience,
    evidence: evidenceOf(await mint(bound(sealed, key, audience))),
    keys: { sig: key },
    ...changes,
  };
}
