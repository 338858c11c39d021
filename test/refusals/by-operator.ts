/** Codes that operators, relying parties and anybody's request for a path can earn, each beside one that is accepted. */
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import type { GuestOptions } from '../../src/simulator/index.js';
import { evidenceOf, guestWith, referenceBody } from '../http/guest.js';
import type { TestService } from '../http/service.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { administer, CHALLENGES, type Exchange, inTurn, type Stage } from './stage.js';

const APPRAISE = '/simulated/v1/appraise';
const WORKLOADS = '/simulated/v1/workloads';

export const BY_OPERATOR: Readonly<Partial<Record<RefusalCode, (stage: Stage) => Promise<Exchange>>>> = {
  policy_unknown: ({ service }) => appraisedTwice(service, { policy: 'lenient' }, { policy: 'standard' }),
  workload_unknown: ({ service }) =>
    appraisedTwice(service, { workload: 'nothing-here' }, { workload: 'llm-serving' }),
  at_in_future: ({ service }) =>
    appraisedTwice(service, { at: '2030-01-01T00:00:00Z' }, { at: SIMULATED_AT.toISOString() }),
  collateral_unavailable: async ({ service, empty }) => {
    const body = await appraiseBody({});
    return inTurn(
      () => empty.post(APPRAISE, body, empty.adminKey),
      () => service.post(APPRAISE, body, service.adminKey),
    );
  },
  vtpm_envelope_malformed: ({ service }) => appraisedFault(service, 'vtpm_envelope_malformed'),
  vtpm_claims_binding_mismatch: ({ service }) => appraisedFault(service, 'vtpm_claims_binding_mismatch'),
  unauthenticated: ({ service }) => {
    const { adminKey } = service;
    const other = `${adminKey.slice(0, -1)}${adminKey.endsWith('A') ? 'Q' : 'A'}`;
    return inTurn(
      () => service.get(WORKLOADS, other),
      () => service.get(WORKLOADS, adminKey),
    );
  },
  role_missing: async (stage) => {
    const { service } = stage;
    const reader = { name: 'reader', role: 'relying-party' };
    const { body } = await administer(stage, '/api-keys', reader).expect(201);
    return inTurn(
      () => service.post(WORKLOADS, { name: 'mine' }, body.key),
      () => service.post(WORKLOADS, { name: 'mine' }, service.adminKey),
    );
  },
  not_found: ({ service }) =>
    inTurn(
      () => service.get('/.well-known/jwks'),
      () => service.get('/.well-known/jwks.json'),
    ),
  method_not_allowed: ({ service }) =>
    inTurn(
      () => service.get(CHALLENGES),
      () => service.post(CHALLENGES, { audience: 'vault' }),
    ),
  version_conflict: async (stage) => {
    const { service } = stage;
    await administer(stage, '/workloads', { name: 'retiring' }).expect(201);
    await administer(stage, '/workloads/retiring/reference-values', referenceBody()).expect(201);
    const version = '/workloads/retiring/reference-values/1';
    const { headers } = await service.get(`/simulated/v1${version}`, service.adminKey).expect(200);
    const retire = (tag: string) => administer(stage, `${version}/retire`, {}).set('If-Match', tag);
    return inTurn(
      () => retire('"of another state"'),
      () => retire(headers.etag ?? ''),
    );
  },
  state_conflict: async (stage) => {
    const create = () => administer(stage, '/workloads', { name: 'taken' });
    const accepted = await create();
    return { accepted, refused: await create() };
  },
  idempotency_conflict: async (stage) => {
    const create = (name: string) => administer(stage, '/workloads', { name }).set('Idempotency-Key', 'once');
    const accepted = await create('once-a');
    return { accepted, refused: await create('once-b') };
  },
  rate_limited: async ({ limited }) => {
    const ask = async () => limited.get('/.well-known/jwks.json');
    const accepted = await ask();
    // A second may begin between two of them, and not between three.
    const next = await ask();
    const refused = next.status === 200 ? await ask() : next;
    return { accepted, refused };
  },
};

const REPORT_DATA = Buffer.alloc(64, 7);

async function appraiseBody(options: Partial<GuestOptions>): Promise<JsonObject> {
  const guest = await guestWith(REPORT_DATA, options);
  return { evidence: evidenceOf(guest), report_data: REPORT_DATA.toString('hex') };
}

async function appraisedTwice(
  service: TestService,
  refused: JsonObject,
  accepted: JsonObject,
): Promise<Exchange> {
  const body = await appraiseBody({});
  const appraise = (members: JsonObject) => service.post(APPRAISE, { ...body, ...members }, service.adminKey);
  return inTurn(
    () => appraise(refused),
    () => appraise(accepted),
  );
}

/** The envelope with the fault, and a sound one. */
async function appraisedFault(service: TestService, fault: RefusalCode): Promise<Exchange> {
  const [faulty, sound] = [await appraiseBody({ fault }), await appraiseBody({ envelope: 'azure-hcl' })];
  return inTurn(
    () => service.post(APPRAISE, faulty, service.adminKey),
    () => service.post(APPRAISE, sound, service.adminKey),
  );
}
