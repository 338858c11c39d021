/** Tokens that there are already: renewed by whoever holds the key that they are bound to. */
import type { RenewRequest } from '../../verifier/requests.js';
import { type Call, type Route, TOKEN_TYPES } from '../route.js';
import { AttestReplyBody } from '../schemas/evidence.js';
import { attestedReply } from './evidence.js';

const renewToken: Route = {
  id: 'renewToken',
  tag: 'Attesters',
  method: 'post',
  path: '/v1/tokens/renew',
  access: 'anybody',
  load: 'leads-to-verification',
  summary: 'Another token for evidence that was judged minutes ago',
  description:
    'Fresh evidence is what renews a token: attest again. Where the audience has `renewal_seconds`, the key that the evidence binds does it as well, for so long after the evidence and no longer: `Authorization: DPoP TOKEN` with the present token, and a header `DPoP` with a proof of possession (RFC 9449) for POST and this very address under the issuer. Whenever anything that the decision rests on has changed, a policy, reference values, machines or vendor documents, evidence is asked for. A proof counts once, on whichever replica.',
  replies: {
    200: {
      description: 'A token for the same decision; with a token type in `Accept`, the bare token',
      schema: AttestReplyBody,
      text: TOKEN_TYPES,
    },
  },
  refuses: [
    'token_invalid',
    'dpop_proof_invalid',
    'dpop_proof_replayed',
    'evidence_required',
    'collateral_unavailable',
  ],
  async handle({ verifier }, call) {
    return attestedReply(call, await verifier.renew(call.tenant, renewRequest(call)));
  },
};

export const TOKEN_ROUTES: readonly Route[] = [renewToken];

function renewRequest(call: Call): RenewRequest {
  const token = /^DPoP +(\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
  return { token: token ?? null, proof: call.header('dpop') ?? null };
}
