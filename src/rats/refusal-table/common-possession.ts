/** Refusal codes of requests that show a key-bound token and prove possession of its key (RFC 9449). */
export const COMMON_POSSESSION_REFUSALS = [
  {
    code: 'token_invalid',
    class: 'caller',
    status: 401,
    title: 'No valid token',
    meaning:
      'The route needs a key-bound token of this issuer that still counts, and none came with the request.',
    cause:
      'A token that has ended, of another issuer or tenant, bound to no key, signed with a key that was removed, sent as `Bearer`, or still encrypted.',
    remedy:
      'Attest again for a new token, decrypt it where the reply says `"token_format": "jwe"`, and send it as `Authorization: DPoP TOKEN`.',
  },
  {
    code: 'dpop_proof_invalid',
    class: 'caller',
    status: 401,
    title: 'No proof of possession',
    meaning:
      'The token is good, but nothing shows that the request comes from whoever holds the key that the token is bound to.',
    cause:
      'No header `DPoP`, a proof for another method, address, token or instant, by another key, or by a clock that is more than a minute off.',
    remedy:
      'Make a new proof (RFC 9449) for this request with the key behind `keys.sig`: `htm`, `htu` as under the issuer’s own address, `iat` of now, `ath` of the token; a token that others hold is of no use to them, so look for its thief.',
  },
  {
    code: 'dpop_proof_replayed',
    class: 'caller',
    status: 401,
    title: 'Proof of possession shown twice',
    meaning: 'The proof of possession is good, but it was shown before, here or at another replica.',
    cause:
      'A client that repeats a request with its headers, or somebody who read the request and sends it again.',
    remedy:
      'Make a new proof, with a `jti` of its own, for each request; where no client of yours repeats, look for who does.',
  },
  {
    code: 'evidence_required',
    class: 'caller',
    status: 403,
    title: 'Fresh evidence needed',
    meaning: 'Token and proof are good, but this token cannot be renewed without evidence.',
    cause:
      'An audience without `renewal_seconds`, more time since the evidence than it allows, a nonce of the relying party in the token, or a change of policy, reference values, machines, vendor documents or service since the evidence was judged.',
    remedy: 'Take a new challenge and attest again; `detail` says why this is needed.',
  },
] as const;
