/** Tenants of the service: made and listed by the admin of the built-in one, who sees of each no more than that it is there. */
import { makeApiKey } from '../../identity/api-key.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseMissing, refuseState } from '../../rats/shared-refusals.js';
import type { TenantRecord } from '../../verifier/key-ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { replyWithin } from '../limits.js';
import { pageReply, pageRequestOf, resourceForms, resourceReply } from '../listing.js';
import type { HttpParts } from '../parts.js';
import { json, type Route } from '../route.js';
import { PageQuery } from '../schemas/common.js';
import { MAX_OPERATOR_BODY } from '../schemas/operator.js';
import { TenantBody, TenantCreated, TenantPage, TenantRecordReply } from '../schemas/tenants.js';
import { refuseRepeatable } from './administration.js';

const shared = { tag: 'Tenants', access: [], wholeService: true } as const;

const createTenant: Route = {
  ...shared,
  id: 'createTenant',
  method: 'post',
  path: '/v1/tenants',
  summary: 'Make a tenant; the text of its first admin key is shown this once',
  description:
    'From the reply on, the tenant’s issuer, with discovery, keys and every path of this description but those of the whole service, is there on every replica. It has nothing but signing keys of its own and the one API key. Nobody can rename or remove a tenant.',
  bodies: [jsonForm(TenantBody, MAX_OPERATOR_BODY)],
  replies: { 201: { description: 'The tenant, and its first admin key', schema: TenantCreated } },
  refuses: ['state_conflict'],
  async handle(parts, call) {
    const { stores, clock, entropy, tenants, log } = parts;
    refuseRepeatable(call);
    const { name, description = null } = conform(jsonOf(call), TenantBody);
    const now = clock.now();
    const key = makeApiKey({ name: 'first admin key', role: 'admin', now }, entropy);
    const made = await stores.tenants.create({ name, description, createdAt: now }, key.record, key.digest);
    if (made === null) return refuseState('There is a tenant of this name already.');
    log.info({ tenant: name, caller: call.caller?.id ?? null, key: key.record.id }, 'tenant created');
    await makeKeys(parts, name);
    return json(201, { ...recordJson(made, tenants), admin_key: { id: key.record.id, key: key.text } });
  },
};

const listTenants: Route = {
  ...shared,
  id: 'listTenants',
  method: 'get',
  path: '/v1/tenants',
  summary: 'Tenants, by name',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: TenantPage } },
  refuses: ['request_invalid'],
  handle: async ({ stores, tenants }, call) =>
    pageReply(await stores.tenants.page(pageRequestOf(call)), (tenant) => recordJson(tenant, tenants)),
};

const getTenant: Route = {
  ...shared,
  id: 'getTenantRecord',
  method: 'get',
  path: '/v1/tenants/{tenant}',
  summary: 'One tenant',
  replies: resourceForms('The tenant', TenantRecordReply),
  refuses: ['not_found'],
  async handle({ stores, tenants }, call) {
    const found = await stores.tenants.record(call.params.tenant ?? '');
    if (found === null) return refuseMissing('There is no tenant of this name.');
    return resourceReply(call, recordJson(found, tenants));
  },
};

export const TENANTS_ROUTES: readonly Route[] = [createTenant, listTenants, getTenant];

/** Seconds. What else goes into the reply has its time, too, and a reply that comes late leaves a tenant without its key. */
const KEYS_WITHIN = 3;

/**
 * Now, so that no stranger's first look at the JWKS makes keys. The tenant is there already and its key must be told, so what
 * fails here, or takes long, is left to itself and to the first need.
 */
async function makeKeys({ jwks, log, faultFields }: HttpParts, tenant: string): Promise<void> {
  try {
    await replyWithin(KEYS_WITHIN, () => jwks(tenant));
  } catch (error) {
    log.warn({ tenant, ...faultFields(error) }, 'signing keys of a new tenant are made when first needed');
  }
}

function recordJson(
  { name, realm, description, createdAt }: TenantRecord,
  { issuerOf }: HttpParts['tenants'],
): JsonObject {
  return { name, issuer: issuerOf(name), realm, description, created_at: createdAt.toISOString() };
}
