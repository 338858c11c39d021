/** A simulated guest that goes through the whole protocol: challenge, bound evidence, submission. */
import { randomBytes } from 'node:crypto';
import { base64urlOf, hexOf } from '../../src/bytes/encoding.js';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import { mintGuest, type SimulatedAmd } from '../../src/simulator/index.js';

/** One tenant of one replica. `issuer` is what the tokens say, `at` where it is reached. */
export interface Door {
  readonly at: string;
  readonly issuer: string;
  readonly key: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function post(door: Door, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${door.at}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${door.key}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export async function remove(door: Door, path: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${door.key}` };
  const response = await fetch(`${door.at}${path}`, { method: 'DELETE', headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export async function get(door: Door, path: string): Promise<Answer> {
  const response = await fetch(`${door.at}${path}`, { headers: { authorization: `Bearer ${door.key}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** As `post`, and anything but 201 is a failure of the test's own setting. */
export async function create(door: Door, path: string, body: unknown): Promise<Answer['body']> {
  const answer = await post(door, path, body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A workload with an active reference value for `measurement`, and an audience for unbound tokens. */
export async function registerWorkload(
  door: Door,
  names: { readonly workload: string; readonly audience: string; readonly measurement: Uint8Array },
): Promise<void> {
  await create(door, '/v1/workloads', { name: names.workload });
  await registerReference(door, names.workload, names.measurement);
  await create(door, '/v1/audiences', {
    name: names.audience,
    workloads: [names.workload],
    key_binding: 'optional',
  });
}

/** Returns the version. */
export async function registerReference(
  door: Door,
  workload: string,
  measurement: Uint8Array,
): Promise<number> {
  const body = await create(door, `/v1/workloads/${workload}/reference-values`, {
    tee: 'sev-snp',
    covers: 'boot',
    match: { measurement: hexOf(measurement) },
    activate: true,
  });
  return Number(body.version);
}

/** A request body for attest: a fresh challenge and evidence bound to it, not yet sent. */
export async function preparedSubmission(
  door: Door,
  vendor: SimulatedAmd,
  {
    audience,
    measurement,
    chipId,
    sig = null,
  }: {
    readonly audience: string;
    readonly measurement: Uint8Array;
    readonly chipId?: Uint8Array;
    /** Public JWK that the token is to be bound to. */
    readonly sig?: JsonObject | null;
  },
): Promise<Readonly<Record<string, unknown>>> {
  const challenge = await create(door, '/v1/challenges', { audience });
  const reportData = bindingDigest({
    issuer: door.issuer,
    audience,
    nonce: String(challenge.nonce),
    sig: sig === null ? null : jwkThumbprint(requirePublicJwk(sig, 'sig')),
    enc: null,
  });
  const guest = await mintGuest(vendor, { at: new Date(), reportData, measurement, chipId });
  return {
    challenge: challenge.challenge,
    audience,
    evidence: {
      cpu: {
        type: 'auto',
        bytes: base64urlOf(guest.evidence),
        certificates: guest.certificates.map(base64urlOf),
      },
    },
    keys: sig === null ? {} : { sig },
  };
}

export function randomMeasurement(): Uint8Array {
  return new Uint8Array(randomBytes(48));
}
