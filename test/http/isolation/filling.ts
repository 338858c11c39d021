/** Fills a tenant over the network, as its own admin would, until it has something of everything. */
import { randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { bindingDigest } from '../../../src/rats/binding.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { type Holder, mintHolder } from '../../token/possession.js';
import { evidenceOf, guestWith, referenceBody } from '../guest.js';
import { ISSUER } from '../issuers.js';
import type { TestService } from '../service.js';
import type { Belongings } from './belongings.js';

/** Where it is and who it is, before it has anything. */
export interface Door {
  readonly path: string;
  readonly tenant: string;
  readonly adminKey: string;
  readonly word: string;
}

export async function fill(service: TestService, door: Door): Promise<Belongings> {
  const { path, word, adminKey, tenant } = door;
  const issuer = `${ISSUER}${path}`;
  const create = async (to: string, body: object, status = 201): Promise<JsonObject> =>
    (await service.post(`${path}/v1${to}`, body, adminKey).expect(status)).body;
  const read = (to: string) => service.get(`${path}/v1${to}`, adminKey).expect(200);
  const [workload, audience, keyedAudience, policy] = ['workload', 'audience', 'x5c', 'policy'].map(
    (kind) => `${word}-${kind}`,
  ) as [string, string, string, string];
  const measurement = randomBytes(48);
  const named = {
    description: `${word} describes`,
    owner: `${word} owns`,
    chip: randomBytes(64).toString('hex'),
  };
  const noted = { provenance: `${word}-commit`, label: `${word}-team`, reason: `${word} leaked` };
  const apiKeyName = `${word} key`;

  const key = await create('/api-keys', { name: apiKeyName, role: 'admin' });
  await create('/workloads', { name: workload, description: named.description });
  service.clock.advance(1);
  const versions = `/workloads/${workload}/reference-values`;
  const notes = { provenance: { commit: noted.provenance }, labels: { team: noted.label } };
  await create(versions, { ...referenceBody(measurement), ...notes });
  await create(versions, { ...referenceBody(randomBytes(48)), ...notes });
  await create(`${versions}/2/revoke`, { reason: noted.reason }, 200);
  await create('/audiences', { name: audience, workloads: [workload], renewal_seconds: 600 });
  await create('/audiences', { name: keyedAudience, workloads: '*', key_header: 'x5c' });
  await create('/policies', { name: policy, document: { snp: { vmpl: [0] } }, activate: true });
  const platform = await create('/platforms', {
    ...{ kind: 'snp-chip-id', value: named.chip, label: `${word} rack`, owner: named.owner },
  });
  const idempotencyKey = `${word}-once`;
  await service
    .post(`${path}/v1/workloads`, { name: `${word}-again`, description: named.description }, adminKey)
    .set('Idempotency-Key', idempotencyKey)
    .expect(201);

  const holder = await mintHolder();
  const attest = () => tokenFor(service, { path, issuer, audience, measurement, holder });
  await attest();
  service.clock.advance(1);
  const { token, decision } = await attest();
  const { body: unspent } = await service.post(`${path}/v1/challenges`, { audience }).expect(201);
  const { body: authority } = await read(`/audiences/${keyedAudience}/authority`);
  const page = async (to: string) => String((await read(`${to}?limit=1`)).body.next_cursor);
  return {
    ...{ path, issuer, word, holder },
    words: {
      ...{ issuer, tenant, apiKey: String(key.key), apiKeyId: String(key.id), apiKeyName },
      ...{ workload, audience, keyedAudience, policy, idempotencyKey, ...named, ...noted },
      ...{ authority: authority.sha256, platform: String(platform.id), token, decision },
      ...{ challenge: unspent.challenge, jti: String(decodeJwt(token).jti), thumbprint: holder.thumbprint },
      kid: String(decodeProtectedHeader(token).kid),
      cursor: await page('/workloads'),
      decisionCursor: await page('/decisions'),
      etag: (await read(`/workloads/${workload}`)).headers.etag ?? '',
      tenantEtag: (await read('/tenant')).headers.etag ?? '',
      measurement: measurement.toString('hex'),
    },
  };
}

export interface Attesting {
  readonly path: string;
  readonly issuer: string;
  readonly audience: string;
  readonly measurement: Uint8Array;
  readonly holder: Holder;
}

/** A body for attest that lacks nothing, on a fresh challenge of the issuer. */
export async function attestingBody(service: TestService, attesting: Attesting): Promise<JsonObject> {
  const { path, issuer, audience, measurement, holder } = attesting;
  const { body: sealed } = await service.post(`${path}/v1/challenges`, { audience }).expect(201);
  const { nonce } = sealed;
  const reportData = bindingDigest({ issuer, audience, nonce, sig: holder.thumbprint, enc: null });
  const evidence = evidenceOf(await guestWith(reportData, { measurement }));
  return {
    challenge: sealed.challenge,
    audience,
    evidence,
    keys: { sig: { ...holder.publicJwk } as JsonObject },
  };
}

export async function tokenFor(
  service: TestService,
  attesting: Attesting,
): Promise<{ readonly token: string; readonly decision: string }> {
  const body = await attestingBody(service, attesting);
  const reply = await service.post(`${attesting.path}/v1/attest`, body).expect(200);
  return { token: reply.body.token, decision: reply.body.decision };
}
