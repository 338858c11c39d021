/** Signing keys: which there are, and their change by hand. */
import type { JsonObject } from '../../rats/result.js';
import { refuseRequest } from '../../rats/shared-refusals.js';
import type { StoredSigningKey } from '../../verifier/key-ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { instantOf, pageReply, pageRequestOf } from '../listing.js';
import { json, type Route } from '../route.js';
import { PageQuery } from '../schemas/common.js';
import { RotationBody, RotationReply, SigningKeyPage } from '../schemas/keys.js';
import { MAX_OPERATOR_BODY } from '../schemas/operator.js';

const shared = { tag: 'Administration', access: [] } as const;

const listKeys: Route = {
  ...shared,
  id: 'listSigningKeys',
  method: 'get',
  path: '/v1/keys',
  summary: 'Signing keys and their states, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: SigningKeyPage } },
  refuses: ['request_invalid'],
  handle: async ({ stores }, call) =>
    pageReply(await stores.signingKeys.list(call.tenant.name, pageRequestOf(call)), keyJson),
};

const rotateKeys: Route = {
  ...shared,
  id: 'rotateSigningKeys',
  method: 'post',
  path: '/v1/keys/rotate',
  summary: 'Have the next token key published, or replace keys at once',
  description:
    'Without `emergency` the next key of each algorithm is published and signs 70 minutes later, when no cache is left without it. With `emergency` new keys sign at once, and the older ones leave the JWKS: after this reply no token is issued under them, and those that were are worthless as soon as a relying party fetches the keys again.',
  bodies: [jsonForm(RotationBody, MAX_OPERATOR_BODY)],
  bodyOptional: true,
  creates: true,
  replies: { 201: { description: 'Every key that changed, new ones first', schema: RotationReply } },
  refuses: ['state_conflict'],
  async handle({ keyRotation }, call) {
    const { alg, emergency = false, reason } = conform(jsonOf(call), RotationBody);
    const algs = alg === undefined ? undefined : [alg];
    const tenant = call.tenant.name;
    if (!emergency) {
      if (reason !== undefined) refuseRequest('`reason` goes with `emergency`.');
      return rotated(await keyRotation.publishNext(tenant, algs));
    }
    if (reason === undefined) return refuseRequest('`reason` is required with `emergency`: it is recorded.');
    return rotated(await keyRotation.replaceNow(tenant, reason, algs));
  },
};

export const KEY_ROUTES: readonly Route[] = [listKeys, rotateKeys];

function rotated(keys: readonly StoredSigningKey[]) {
  return json(201, { keys: keys.map(keyJson) });
}

/** Never the key itself; its public half is in the JWKS. */
function keyJson(key: StoredSigningKey): JsonObject {
  return {
    kid: key.kid,
    alg: key.alg,
    purpose: key.purpose,
    state: key.state,
    published_at: key.publishedAt.toISOString(),
    active_from: key.activeFrom.toISOString(),
    retired_at: instantOf(key.retiredAt),
    removed_at: instantOf(key.removedAt),
    reason: key.reason,
  };
}
