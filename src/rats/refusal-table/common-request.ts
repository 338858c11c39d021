/** Refusal codes that every TEE shares: the request, who makes it, and the state of the service. */
export const COMMON_REQUEST_REFUSALS = [
  {
    code: 'binding_unsupported',
    class: 'malformed',
    status: 400,
    title: 'Unsupported binding',
    meaning:
      'The evidence or the request asks for a way of proving freshness that attestation here does not offer.',
    cause:
      'A binding name other than `v1` or `raw-nonce`, raw bytes sent for a `v1` challenge, an Azure HCL envelope (its freshness comes from a vTPM quote), or devices, which are not supported yet.',
    remedy:
      'Use binding `v1`, or `raw-nonce` where the guest cannot make a key; have Azure envelopes judged with `assay verify` or `POST /v1/appraise`, and leave unsupported members out.',
  },
  {
    code: 'key_invalid',
    class: 'malformed',
    status: 400,
    title: 'Unacceptable key',
    meaning:
      'A key of the request is not a public JWK, or a certification request, of a kind that tokens can be bound to.',
    cause:
      'A private member (`d`) left in, an RSA or symmetric key, a curve other than P-256, P-384 or an OKP curve, a point not on its curve, or a certification request that is not PKCS #10 in DER or not signed by its own key with ECDSA and SHA-2 or Ed25519.',
    remedy:
      'Send only the public members of an EC P-256, EC P-384 or OKP key, or as `keys.sig` `{"csr"}` with the whole request in DER; if a private member was sent, throw that key away.',
  },
  {
    code: 'key_binding_required',
    class: 'malformed',
    status: 400,
    title: 'Missing key',
    meaning:
      'The audience takes only tokens that are bound to a key of the attester, and this request has none.',
    cause: '`keys.sig` left out, or the `raw-nonce` form used for an audience with `key_binding: required`.',
    remedy:
      'Make a key pair in the guest, send its public half as `keys.sig` with a `v1` challenge, or use an audience with `key_binding: optional`.',
  },
  {
    code: 'member_unknown',
    class: 'malformed',
    status: 400,
    title: 'Unknown member',
    meaning:
      'The request has a member that this version does not know; it is refused because ignoring it could weaken what was asked.',
    cause: 'A misspelt name, or a client written for a newer version.',
    remedy: 'Correct or remove the member that `detail` names, or upgrade the service.',
  },
  {
    code: 'member_duplicate',
    class: 'malformed',
    status: 400,
    title: 'Duplicate member',
    meaning: 'A JSON object has the same member twice, so two readers could understand it differently.',
    cause:
      'A document put together by text templates, or an attempt to show one thing to a proxy and another to the service.',
    remedy: 'Send each member once; build JSON with a JSON library instead of pasting strings.',
  },
  {
    code: 'json_too_deep',
    class: 'malformed',
    status: 400,
    title: 'JSON nested too deeply',
    meaning: 'The JSON nests beyond 32 levels, which no request needs.',
    cause: 'A program that wraps a document again and again, or an attempt to exhaust the parser.',
    remedy: 'Flatten the document to the form shown in the API description.',
  },
  {
    code: 'at_in_future',
    class: 'malformed',
    status: 400,
    title: 'Instant in the future',
    meaning:
      'The appraisal was asked for an instant that has not come yet, for which revocation cannot be known.',
    cause: 'A clock that runs ahead, a wrong time zone, or a mistyped year in `at`.',
    remedy: 'Give an instant in the past as RFC 3339 UTC, or leave `at` out to judge by the present.',
  },
  {
    code: 'token_too_large',
    class: 'denied',
    status: 403,
    title: 'Token too long for the audience',
    meaning:
      'The evidence is what the audience wants, and the token that would say so is longer than the audience takes (`max_token_bytes`); none was issued.',
    cause:
      'An audience whose limit is tight for its profile, algorithm and header, and long names of tenant, workload or policy; a certificate in the header (`x5c`), RS256 and `ear-compat` each add to it.',
    remedy:
      'Register an audience with a higher `max_token_bytes` (8192 at most), or with `ear`, ES256 and `kid`, which make the shortest tokens; then take a challenge for it.',
  },
  {
    code: 'event_log_required',
    class: 'denied',
    status: 403,
    title: 'Missing event log',
    meaning:
      'The reference value names events that must have been measured (`match.events`), and no event log came with the evidence.',
    cause:
      'A guest that sends its quote alone, evidence in the raw form, which has no place for a log, or a verification without `--event-log`.',
    remedy:
      'Send the contents of `/sys/firmware/acpi/tables/data/CCEL` beside the quote (`evidence.cpu.event_log`, `--event-log`), or register the registers themselves (`rtmr1`, `rtmr2`), which need no log.',
  },
  {
    code: 'database_unavailable',
    class: 'undecided',
    status: 503,
    title: 'Database out of reach',
    meaning:
      'The database did not answer in time, so nothing is said about the evidence and nothing was issued. Where the connection broke during the commit, a decision may be recorded whose token never left.',
    cause:
      'PostgreSQL restarting or failing over, exhausted connections, a full disk, or a broken network between service and database.',
    remedy:
      'Retry after the seconds in `Retry-After`; when the retry says `nonce_replayed`, take a new challenge. The operator looks at `/readyz` and at the database’s own log.',
  },
  {
    code: 'unauthenticated',
    class: 'caller',
    status: 401,
    title: 'No valid credentials',
    meaning: 'The route needs an API key, and none that this tenant knows came with the request.',
    cause: 'A missing `Authorization` header, a key of another tenant, or a key that was copied in part.',
    remedy:
      'Send `Authorization: Bearer ak_…` with a key of this tenant; a first admin key comes from `assay keys bootstrap` or, after `npm start`, from `./data/admin-key`.',
  },
  {
    code: 'role_missing',
    class: 'caller',
    status: 403,
    title: 'Role not sufficient',
    meaning: 'The API key is valid, but its role does not allow this act.',
    cause:
      'A `relying-party` or `publisher` key used for administration, or a tenant’s key used for what only the built-in tenant may do.',
    remedy:
      'Use a key with the role that `detail` names, or have an admin make one with `POST /v1/api-keys`.',
  },
  {
    code: 'version_conflict',
    class: 'caller',
    status: 412,
    title: 'Resource changed meanwhile',
    meaning: 'The resource is no longer in the state whose entity tag `If-Match` names.',
    cause: 'Somebody else changed it after it was read, or the tag belongs to another resource.',
    remedy:
      'Read the resource again, decide whether the change is still wanted, and send it with the new `ETag`.',
  },
  {
    code: 'request_invalid',
    class: 'malformed',
    status: 400,
    title: 'Invalid request',
    meaning: 'The request is JSON but not the document that this route takes.',
    cause:
      'A missing member, a value of the wrong type or length, or a name with characters that names cannot have.',
    remedy: 'Correct the member that `detail` points to; the service’s page `/docs` has the schema.',
  },
  {
    code: 'policy_invalid',
    class: 'malformed',
    status: 400,
    title: 'Invalid policy',
    meaning: 'The policy document does not follow the policy schema, so it was not applied in part either.',
    cause:
      'A misspelt member, a bit rule other than `required`, `forbidden` or `any`, a number where a list belongs, or an expression in `rules` that speaks of a claim that there is not.',
    remedy:
      'Correct the path that `detail` names (docs/policies.md has every member), then look at the file with `assay policies lint policy.json` and try it with `assay verify FILE --policy policy.json`.',
  },
  {
    code: 'media_type_unsupported',
    class: 'malformed',
    status: 415,
    title: 'Unsupported media type',
    meaning: 'The route does not read bodies of this `Content-Type`.',
    cause: 'No `Content-Type` header, a form encoding (the default of `curl -d`), or a compressed body.',
    remedy:
      'Send `Content-Type: application/json`; `application/octet-stream` is for raw evidence on `/v1/attest` and `application/x-tar` for `/v1/endorsements/import`.',
  },
  {
    code: 'not_found',
    class: 'caller',
    status: 404,
    title: 'Nothing at this address',
    meaning: 'There is no such route, or no such thing, under this issuer.',
    cause:
      'A mistyped path, a missing `/t/TENANT` or `/simulated` in front of it, or an object of another tenant.',
    remedy:
      'Start from `GET /.well-known/openid-configuration` of your issuer and check the path against the API description.',
  },
  {
    code: 'method_not_allowed',
    class: 'caller',
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists, but not with this HTTP method.',
    cause: 'A GET where a POST belongs, often after a client followed a redirect.',
    remedy: 'Use a method that the `Allow` header of the reply lists.',
  },
  {
    code: 'state_conflict',
    class: 'caller',
    status: 409,
    title: 'State does not permit this',
    meaning: 'The thing exists, but its present state forbids the change that was asked for.',
    cause:
      'A name that is already taken, a revoked reference version that somebody tries to activate again, or two operators at work on one thing.',
    remedy:
      'Read the thing’s present state with GET, and publish a new version instead of reviving a revoked one.',
  },
  {
    code: 'idempotency_conflict',
    class: 'caller',
    status: 409,
    title: 'Idempotency key used differently',
    meaning: 'The same `Idempotency-Key` came before with another body.',
    cause: 'A key that is fixed in a script, or derived from too little of the request.',
    remedy:
      'Use a new random `Idempotency-Key` for each new act, and the old one only to repeat exactly the same request.',
  },
] as const;
