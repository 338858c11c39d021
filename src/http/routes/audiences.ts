/** Audiences: the relying parties that tokens are made for, the form that each takes, and whom it trusts. */
import { X509Certificate } from 'node:crypto';
import { sha256Hex } from '../../bytes/digest.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseMissing, refuseRequest, refuseState } from '../../rats/shared-refusals.js';
import { type TokenTyp, usualTokenBytes } from '../../rats/token-form.js';
import type { Audience } from '../../verifier/reference-ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { pageReply, pageRequestOf, resourceForms, resourceReply } from '../listing.js';
import { json, type Route } from '../route.js';
import { AudienceBody, AudiencePage, AudienceReply, AuthorityReply } from '../schemas/audiences.js';
import { PageQuery } from '../schemas/common.js';
import { MAX_OPERATOR_BODY } from '../schemas/operator.js';

const DEFAULT_LIFETIME = 300;
const shared = { tag: 'Administration', access: [] } as const;

const createAudience: Route = {
  ...shared,
  id: 'createAudience',
  method: 'post',
  path: '/v1/audiences',
  summary: 'Register a relying party that tokens are made for',
  bodies: [jsonForm(AudienceBody, MAX_OPERATOR_BODY)],
  creates: true,
  replies: { 201: { description: 'The audience, defaults filled in', schema: AudienceReply } },
  refuses: ['state_conflict'],
  async handle({ stores, clock }, call) {
    const body = conform(jsonOf(call), AudienceBody);
    const { typ = 'JWT', client_id: clientId = null, key_header: keyHeader = 'kid' } = body;
    const { lifetime = DEFAULT_LIFETIME, renewal_seconds: renewalSeconds = 0 } = body;
    requireClient(typ, clientId);
    requireLonger(renewalSeconds, lifetime);
    const made = await stores.audiences.create(call.tenant.name, {
      name: body.name,
      minimumStatus: body.minimum_status ?? 'affirming',
      workloads: body.workloads === '*' ? null : [...new Set(body.workloads)],
      profile: body.profile ?? 'ear',
      alg: body.alg ?? 'ES256',
      lifetime,
      keyBinding: body.key_binding ?? 'required',
      keyHeader,
      typ,
      clientId,
      awsTags: body.aws_tags ?? false,
      renewalSeconds,
      tokenEncryption: body.token_encryption ?? 'when-key',
      maxTokenBytes: body.max_token_bytes ?? usualTokenBytes(keyHeader),
      createdAt: clock.now(),
    });
    if (made === null) return refuseState('There is an audience of this name already.');
    return json(201, audienceJson(made));
  },
};

/** RFC 9068, 2.2: an access token names its client. Elsewhere nobody would read the name. */
function requireClient(typ: TokenTyp, clientId: string | null): void {
  if (typ === 'at+jwt' && clientId === null) refuseRequest('client_id: is mandatory with typ "at+jwt".');
  if (typ !== 'at+jwt' && clientId !== null) refuseRequest('client_id: goes with typ "at+jwt" alone.');
}

/** No token outlives the renewals of its decision, so they are of use only beyond the first token. */
function requireLonger(renewalSeconds: number, lifetime: number): void {
  if (renewalSeconds === 0 || renewalSeconds > lifetime) return;
  refuseRequest(`renewal_seconds: is 0 or more than the lifetime of ${lifetime} seconds.`);
}

const listAudiences: Route = {
  ...shared,
  id: 'listAudiences',
  method: 'get',
  path: '/v1/audiences',
  summary: 'Audiences, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: AudiencePage } },
  refuses: ['request_invalid'],
  handle: async ({ stores }, call) =>
    pageReply(await stores.audiences.list(call.tenant.name, pageRequestOf(call)), audienceJson),
};

const getAuthority: Route = {
  ...shared,
  id: 'getAudienceAuthority',
  method: 'get',
  path: '/v1/audiences/{audience}/authority',
  summary: 'The certificate authority of an audience with `key_header` `x5c`',
  description:
    'Whoever trusts it takes every token that is made for this audience, and none for another. It lasts ten years; the certificates that it signs last hours. A Trustee key broker takes it in `trusted_certs_paths`.',
  replies: resourceForms('The authority', AuthorityReply),
  refuses: ['not_found'],
  async handle({ stores, authorityOf }, call) {
    const audience = await stores.audiences.get(call.tenant.name, call.params.audience ?? '');
    if (audience === null) return refuseMissing('This tenant has no such audience.');
    if (audience.keyHeader !== 'x5c') {
      return refuseMissing('This audience has no authority: its readers fetch the keys of the issuer.');
    }
    const { certificate, notBefore, notAfter } = await authorityOf(call.tenant.name, audience.name);
    return resourceReply(call, {
      audience: audience.name,
      certificate: new X509Certificate(certificate).toString(),
      sha256: sha256Hex(certificate),
      not_before: notBefore.toISOString(),
      not_after: notAfter.toISOString(),
    });
  },
};

export const AUDIENCE_ROUTES: readonly Route[] = [createAudience, listAudiences, getAuthority];

function audienceJson(audience: Audience): JsonObject {
  return {
    name: audience.name,
    minimum_status: audience.minimumStatus,
    workloads: audience.workloads ?? '*',
    profile: audience.profile,
    alg: audience.alg,
    lifetime: audience.lifetime,
    key_binding: audience.keyBinding,
    renewal_seconds: audience.renewalSeconds,
    token_encryption: audience.tokenEncryption,
    key_header: audience.keyHeader,
    typ: audience.typ,
    client_id: audience.clientId,
    aws_tags: audience.awsTags,
    max_token_bytes: audience.maxTokenBytes,
    created_at: audience.createdAt.toISOString(),
  };
}
