/** A simulated guest that holds the keys which its evidence binds, and shows them again when it renews a token. */

import type supertest from 'supertest';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { type Holder, mintHolder, type ProofInput, proofBy } from '../token/possession.js';
import { evidenceOf, guestWith, takeChallenge } from './guest.js';
import { SIMULATED_ISSUER } from './issuers.js';
import type { TestService } from './service.js';

export const RENEW = '/simulated/v1/tokens/renew';
/** What proofs name: where the issuer is, whatever the request was sent to. */
export const RENEW_URL = `${SIMULATED_ISSUER}/v1/tokens/renew`;

export interface Attesting {
  readonly audience?: string;
  readonly holder?: Holder | null;
  /** Public JWK that the token is to be encrypted to. */
  readonly enc?: JsonObject | null;
  readonly challenge?: JsonObject;
  readonly measurement?: Uint8Array;
}

/** A whole attest body, for evidence that binds these keys and no others. */
export async function bodyOf(service: TestService, attesting: Attesting): Promise<JsonObject> {
  const { audience = 'renewable', holder = null, enc = null, challenge = {}, measurement } = attesting;
  const sealed = await takeChallenge(service, { audience, ...challenge });
  const sig = holder === null ? null : ({ ...holder.publicJwk } as JsonObject);
  const reportData = bindingDigest({
    issuer: SIMULATED_ISSUER,
    audience,
    nonce: sealed.nonce,
    sig: sig === null ? null : jwkThumbprint(requirePublicJwk(sig, 'sig')),
    enc: enc === null ? null : jwkThumbprint(requirePublicJwk(enc, 'enc')),
  });
  const guest = await guestWith(reportData, measurement === undefined ? {} : { measurement });
  const keys = { ...(sig === null ? {} : { sig }), ...(enc === null ? {} : { enc }) };
  return { challenge: sealed.challenge, audience, evidence: evidenceOf(guest), keys };
}

export async function attested(service: TestService, attesting: Attesting): Promise<supertest.Response> {
  return service.post('/simulated/v1/attest', await bodyOf(service, attesting)).expect(200);
}

export interface Held {
  readonly holder: Holder;
  readonly token: string;
}

/** A fresh key and a token that is bound to it. */
export async function heldToken(service: TestService, attesting: Attesting = {}): Promise<Held> {
  const holder = await mintHolder();
  const { body } = await attested(service, { ...attesting, holder });
  return { holder, token: body.token };
}

/** A proof for the renewal of the token now, but for what is different about it. */
export function renewalProof(
  service: TestService,
  { holder, token }: Held,
  changes: Partial<ProofInput> = {},
): Promise<string> {
  return proofBy(holder, { method: 'POST', url: RENEW_URL, at: service.clock.now(), token, ...changes });
}

/** Null: without that header. */
export function sendRenewal(
  service: TestService,
  { token, proof }: { readonly token: string | null; readonly proof: string | null },
  path = RENEW,
): supertest.Test {
  const request = service.post(path);
  if (token !== null) request.set('Authorization', token.includes(' ') ? token : `DPoP ${token}`);
  if (proof !== null) request.set('DPoP', proof);
  return request;
}

/** With a proof of its own. */
export async function renewed(
  service: TestService,
  held: Held,
  changes: Partial<ProofInput> = {},
): Promise<supertest.Response> {
  return sendRenewal(service, { token: held.token, proof: await renewalProof(service, held, changes) });
}

/** An audience that takes renewals for ten minutes; its tokens live four. */
export async function registerRenewable(service: TestService, changes: JsonObject = {}): Promise<void> {
  const audience = { name: 'renewable', workloads: '*', lifetime: 240, renewal_seconds: 600, ...changes };
  await service.post('/simulated/v1/audiences', audience, service.adminKey).expect(201);
}

/** Back at the instant that everything simulated begins with. */
export function rewind({ clock }: TestService): void {
  clock.set(SIMULATED_AT);
}
