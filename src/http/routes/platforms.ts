/** The machines that a tenant owns: what a policy may ask evidence to come from. */
import { base64urlOf } from '../../bytes/encoding.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseMissing, refuseState } from '../../rats/shared-refusals.js';
import type { Platform } from '../../verifier/policy-ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { pageReply, pageRequestOf, requireMatch, resourceForms, resourceReply } from '../listing.js';
import type { HttpParts } from '../parts.js';
import { type Call, json, type Route } from '../route.js';
import { PageQuery } from '../schemas/common.js';
import { MAX_OPERATOR_BODY } from '../schemas/operator.js';
import { PlatformBody, PlatformPage, PlatformReply } from '../schemas/policies.js';

const CHIP_DIGITS = 128;
const shared = { tag: 'Policies' } as const;
const readable = { ...shared, access: ['publisher'] } as const;

const createPlatform: Route = {
  ...shared,
  id: 'createPlatform',
  method: 'post',
  path: '/v1/platforms',
  access: [],
  summary: 'Register a machine as your own',
  description:
    'Under a policy with `common.platforms: "registered"` only evidence of these machines is accepted. From the reply on it counts for every token.',
  bodies: [jsonForm(PlatformBody, MAX_OPERATOR_BODY)],
  creates: true,
  replies: { 201: { description: 'The machine', schema: PlatformReply } },
  refuses: ['state_conflict'],
  async handle({ stores, clock, entropy }, call) {
    const body = conform(jsonOf(call), PlatformBody);
    const made = await stores.platforms.create(call.tenant.name, {
      id: `plt_${base64urlOf(entropy.bytes(16))}`,
      kind: body.kind,
      // Turin's reports fill the eight bytes of its chip id up with zeros.
      value: body.kind === 'snp-chip-id' ? body.value.padEnd(CHIP_DIGITS, '0') : body.value,
      label: body.label,
      owner: body.owner,
      createdAt: clock.now(),
    });
    if (made === null) return refuseState('This machine is registered already.');
    return json(201, platformJson(made));
  },
};

const listPlatforms: Route = {
  ...readable,
  id: 'listPlatforms',
  method: 'get',
  path: '/v1/platforms',
  summary: 'Registered machines, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: PlatformPage } },
  refuses: ['request_invalid'],
  handle: async ({ stores }, call) =>
    pageReply(await stores.platforms.list(call.tenant.name, pageRequestOf(call)), platformJson),
};

const getPlatform: Route = {
  ...readable,
  id: 'getPlatform',
  method: 'get',
  path: '/v1/platforms/{platform}',
  summary: 'One registered machine',
  replies: resourceForms('The machine', PlatformReply),
  refuses: ['not_found'],
  handle: async (parts, call) => resourceReply(call, platformJson(await requirePlatform(parts, call))),
};

const removePlatform: Route = {
  ...shared,
  id: 'removePlatform',
  method: 'delete',
  path: '/v1/platforms/{platform}',
  access: [],
  summary: 'Take a machine out of the register',
  description: 'From the reply on, policies that ask for registered machines refuse its evidence.',
  replies: { 200: { description: 'What was taken out', schema: PlatformReply } },
  refuses: ['not_found', 'version_conflict'],
  async handle(parts, call) {
    const present = platformJson(await requirePlatform(parts, call));
    requireMatch(call, present);
    const removed = await parts.stores.platforms.remove(call.tenant.name, String(present.id));
    return removed ? json(200, present) : noPlatform();
  },
};

export const PLATFORM_ROUTES: readonly Route[] = [createPlatform, listPlatforms, getPlatform, removePlatform];

async function requirePlatform({ stores }: HttpParts, call: Call): Promise<Platform> {
  return (await stores.platforms.get(call.tenant.name, call.params.platform ?? '')) ?? noPlatform();
}

function noPlatform(): never {
  refuseMissing('This tenant has no such machine registered.');
}

function platformJson({ id, kind, value, label, owner, createdAt }: Platform): JsonObject {
  return { id, kind, value, label, owner, created_at: createdAt.toISOString() };
}
