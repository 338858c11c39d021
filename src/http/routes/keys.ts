/** Signing keys: which there are, and their change by hand. */
import type { JsonObject } from '../../rats/result.js';
import { refuseRequest } from '../../rats/shared-refusals.js';
import type { Replaced } from '../../token/emergency.js';
import { REPLACEABLE, type StoredSigningKey } from '../../verifier/key-ports.js';
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
  summary: 'Have the next token key published, or replace keys and authorities at once',
  description:
    'Without `emergency` the next key of each algorithm is published and signs 70 minutes later, when no cache is left without it. With `emergency` new keys sign at once, and the older ones leave the JWKS: after this reply no token is issued under them, and those that were are worthless as soon as a relying party fetches the keys again. Authorities of audiences and the key that signs bundles are replaced with them, unless `alg` or `purpose` says less; whoever was given their certificates or public keys goes on trusting these until they are taken away there.',
  bodies: [jsonForm(RotationBody, MAX_OPERATOR_BODY)],
  bodyOptional: true,
  creates: true,
  replies: {
    201: {
      description:
        'What changed: keys, of each purpose the new ones first, and authorities that were removed',
      schema: RotationReply,
    },
  },
  refuses: ['state_conflict'],
  async handle({ keyRotation, emergency }, call) {
    const { alg, purpose, emergency: urgent = false, reason } = conform(jsonOf(call), RotationBody);
    const algs = alg === undefined ? undefined : [alg];
    const tenant = call.tenant.name;
    if (!urgent) {
      if (reason !== undefined) refuseRequest('`reason` goes with `emergency`.');
      if (purpose !== undefined)
        refuseRequest('`purpose` goes with `emergency`: only token keys take turns.');
      return rotated({ keys: await keyRotation.publishNext(tenant, algs), authorities: [] });
    }
    if (reason === undefined) return refuseRequest('`reason` is required with `emergency`: it is recorded.');
    if (algs === undefined) {
      const purposes = purpose === undefined ? REPLACEABLE : [purpose];
      return rotated(await emergency(tenant, { reason, purposes }));
    }
    if (purpose !== undefined && purpose !== 'token') refuseRequest('`alg` is of token keys alone.');
    return rotated(await emergency(tenant, { reason, purposes: ['token'], algs }));
  },
};

export const KEY_ROUTES: readonly Route[] = [listKeys, rotateKeys];

function rotated({ keys, authorities }: Replaced) {
  return json(201, {
    keys: keys.map(keyJson),
    authorities: authorities.map(({ audience, kid, removedAt }) => ({
      audience,
      kid,
      removed_at: removedAt.toISOString(),
    })),
  });
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
