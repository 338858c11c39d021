/** The tenant itself: what its admin may set. */
import type { JsonObject } from '../../rats/result.js';
import type { TenantSettings } from '../../verifier/key-ports.js';
import type { Tenant } from '../../verifier/ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { etagOf } from '../caching.js';
import { requireMatch, resourceForms, resourceReply } from '../listing.js';
import { json, type Route } from '../route.js';
import { MAX_OPERATOR_BODY, TenantChange, TenantReply } from '../schemas/operator.js';

const shared = { tag: 'Administration', path: '/v1/tenant', access: [] } as const;

const getTenant: Route = {
  ...shared,
  id: 'getTenant',
  method: 'get',
  summary: 'The tenant and its settings',
  replies: resourceForms('The tenant', TenantReply),
  refuses: [],
  handle: async ({ stores }, call) =>
    resourceReply(call, tenantJson(call.tenant, await stores.tenants.settings(call.tenant.name))),
};

const changeTenant: Route = {
  ...shared,
  id: 'changeTenant',
  method: 'patch',
  summary: 'Change the tenant’s settings',
  bodies: [jsonForm(TenantChange, MAX_OPERATOR_BODY)],
  replies: { 200: { description: 'The tenant as it is now', schema: TenantReply, headers: ['ETag'] } },
  refuses: ['version_conflict'],
  async handle({ stores }, call) {
    const { problem_detail: problemDetail } = conform(jsonOf(call), TenantChange);
    const changed = await stores.tenants.changeSettings(call.tenant.name, (present) => {
      requireMatch(call, tenantJson(call.tenant, present));
      return { ...present, problemDetail };
    });
    const resource = tenantJson(call.tenant, changed);
    return json(200, resource, { ETag: etagOf(JSON.stringify(resource)) });
  },
};

export const TENANT_ROUTES: readonly Route[] = [getTenant, changeTenant];

function tenantJson({ name, issuer }: Tenant, { problemDetail }: TenantSettings): JsonObject {
  return { name, issuer, problem_detail: problemDetail };
}
