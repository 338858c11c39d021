/** Every "no" of the client, of the proxy and about endpoints as a row of a table: codes are stable, and docs/clients.md lists them. */

/** What is wrong, and with that who can do something about it. */
export type RefusalKind =
  /** Nothing was presented. */
  | 'absent'
  /** Not genuine, not for us, not now, or not presented by whoever it was made for. */
  | 'refused'
  /** Genuine, and less than this relying party asks. */
  | 'unwanted'
  /** Neither yes nor no: the issuer or the memory of proofs cannot be asked. */
  | 'undecided'
  /** The request itself, whoever sends it. */
  | 'request'
  /** Whoever stands behind the proxy, or where the endpoint should be. */
  | 'upstream';

export interface RefusalRow {
  readonly code: string;
  readonly kind: RefusalKind;
  /** HTTP status that fits. */
  readonly status: number;
  /** `error` of WWW-Authenticate (RFC 6750, section 3.1; RFC 9449, section 7.1); null: the header has none. */
  readonly error: string | null;
  readonly meaning: string;
  /** What the caller or the operator does next, in the imperative. */
  readonly remedy: string;
}

const TOKEN = { kind: 'refused', status: 401, error: 'invalid_token' } as const;
const PROOF = { kind: 'refused', status: 401, error: 'invalid_dpop_proof' } as const;
const UNWANTED = { kind: 'unwanted', status: 403, error: 'insufficient_scope' } as const;
/** 502: a program that asks an endpoint on behalf of others is a gateway. */
const ENDPOINT = { kind: 'refused', status: 502, error: null } as const;
const UNDECIDED = { kind: 'undecided', status: 503, error: null } as const;

export const CLIENT_REFUSALS = [
  {
    ...{ code: 'token_missing', kind: 'absent', status: 401, error: null },
    meaning: 'The request carries no token.',
    remedy: 'Send `Authorization: DPoP` with an attestation token, and a proof in the header `DPoP`.',
  },
  {
    ...{ code: 'request_unclear', kind: 'request', status: 400, error: 'invalid_request' },
    meaning: 'The request can be read in more than one way.',
    remedy: 'Send each of these headers once, and the path in its normal form.',
  },
  {
    ...{ code: 'token_malformed', ...TOKEN },
    meaning: 'What was presented is not a signed token in compact form.',
    remedy: 'Send the token as the service gave it; decrypt it first if it came encrypted to your key.',
  },
  {
    ...{ code: 'token_algorithm', ...TOKEN },
    meaning: 'The token is signed by an algorithm that is not taken, or not by the one of its key.',
    remedy: 'Take a token for this audience; look at the algorithms that the relying party allows.',
  },
  {
    ...{ code: 'token_key_unknown', ...TOKEN },
    meaning: 'The issuer publishes no key of that id.',
    remedy: 'Attest again for a token by a current key; after an emergency rotation wait half a minute.',
  },
  {
    ...{ code: 'token_signature', ...TOKEN },
    meaning: 'The signature of the token does not hold.',
    remedy: 'Send the token unchanged; treat whoever presented it as hostile if it was.',
  },
  {
    ...{ code: 'token_issuer', ...TOKEN },
    meaning: 'The token is of another issuer.',
    remedy: 'Attest at the issuer that this relying party trusts.',
  },
  {
    ...{ code: 'token_audience', ...TOKEN },
    meaning: 'The token was made for another relying party.',
    remedy: 'Take a challenge for this audience and attest with it.',
  },
  {
    ...{ code: 'token_expired', ...TOKEN },
    meaning: 'The token has ended.',
    remedy: 'Attest again, and renew tokens before they end.',
  },
  {
    ...{ code: 'token_not_yet_valid', ...TOKEN },
    meaning: 'The token begins in the future.',
    remedy: 'Set the clocks of service and relying party by the same time source.',
  },
  {
    ...{ code: 'token_profile', ...TOKEN },
    meaning: 'The token is of a profile that this client does not know.',
    remedy: 'Choose a profile that this client reads for the audience, or update the client.',
  },
  {
    ...{ code: 'token_claims', ...TOKEN },
    meaning: 'A claim is missing, has another type, or contradicts another one.',
    remedy: 'Check that the issuer is an Assay service of a version that this client knows.',
  },
  {
    ...{ code: 'token_unbound', ...TOKEN },
    meaning: 'The token is bound to no key, so whoever finds it can use it.',
    remedy: 'Attest with a key in `keys.sig`; allow bearer tokens only where that is meant.',
  },
  {
    ...{ code: 'proof_missing', ...PROOF },
    meaning: 'The token is bound to a key, and nothing shows that the caller holds it.',
    remedy: 'Send a proof of this request in the header `DPoP`, with the scheme `DPoP`.',
  },
  {
    ...{ code: 'proof_invalid', ...PROOF },
    meaning: 'The proof is malformed, or made for another request, token or time.',
    remedy: 'Make a proof for each request: its method, its address as seen from outside, this token, now.',
  },
  {
    ...{ code: 'proof_replayed', ...PROOF },
    meaning: 'The proof has been used before.',
    remedy: 'Make a new proof, with a `jti` of its own, for each request.',
  },
  {
    ...{ code: 'key_mismatch', ...PROOF },
    meaning: 'The caller holds another key than the token is bound to.',
    remedy: 'Use the key that went into `keys.sig`; if somebody else presents the token, it was stolen.',
  },
  {
    ...{ code: 'status_insufficient', ...UNWANTED },
    meaning: 'The status of the attestation result is below what is asked.',
    remedy: 'Read the decision that the token names, with `assay explain`, and mend what it lists.',
  },
  {
    ...{ code: 'workload_unwanted', ...UNWANTED },
    meaning: 'Another workload was attested than those that are served here.',
    remedy: 'Present the token of the right workload, or add this one to those that are served.',
  },
  {
    ...{ code: 'version_unwanted', ...UNWANTED },
    meaning: 'The reference values that matched are older than the lowest version taken.',
    remedy: 'Start the workload from a current image.',
  },
  {
    ...{ code: 'tee_unwanted', ...UNWANTED },
    meaning: 'The evidence is of a TEE that is not taken here.',
    remedy: 'Run the workload on a TEE that the relying party lists.',
  },
  {
    ...{ code: 'tcb_status_unwanted', ...UNWANTED },
    meaning: 'The firmware of the platform has a status that is not taken here.',
    remedy: 'Move the workload to a host with current firmware.',
  },
  {
    ...{ code: 'simulated_unwanted', ...UNWANTED },
    meaning: 'The evidence came from a simulated vendor: anybody can make it.',
    remedy: 'Attest on real hardware; allow simulated evidence only where nothing is worth protecting.',
  },
  {
    ...{ code: 'debug_unwanted', ...UNWANTED },
    meaning: 'The host may read the memory of this guest.',
    remedy: 'Launch the guest with debugging off.',
  },
  {
    ...{ code: 'issuer_unreachable', ...UNDECIDED },
    meaning: 'The keys of the issuer cannot be had, and none is kept that may still be used.',
    remedy: 'Try again later; check from here that the issuer and its discovery document can be reached.',
  },
  {
    ...{ code: 'replay_memory_full', ...UNDECIDED },
    meaning: 'No more proofs can be remembered, so a replayed one could not be told.',
    remedy: 'Try again after the window of proofs; give the verifier a larger memory if this comes back.',
  },
  {
    ...{ code: 'body_too_large', kind: 'request', status: 413, error: null },
    meaning: 'The body is longer than the proxy passes on.',
    remedy: 'Send less in one request.',
  },
  {
    ...{ code: 'upstream_unreachable', kind: 'upstream', status: 502, error: null },
    meaning: 'What stands behind the proxy does not answer, or not in HTTP.',
    remedy: 'Check that it runs and that the address in `--upstream` is right.',
  },
  {
    ...{ code: 'upstream_slow', kind: 'upstream', status: 504, error: null },
    meaning: 'What stands behind the proxy did not answer in time.',
    remedy: 'Try again; look at the load of what stands behind the proxy if this comes back.',
  },
  {
    ...{ code: 'endpoint_unreachable', kind: 'upstream', status: 502, error: null },
    meaning: 'No connection to the endpoint can be had.',
    remedy: 'Check that it runs, and that its name and port are right.',
  },
  {
    ...{ code: 'endpoint_slow', kind: 'upstream', status: 504, error: null },
    meaning: 'The endpoint did not finish its handshake or its document in time.',
    remedy: 'Try again; look at the load of the endpoint if this comes back.',
  },
  {
    ...{ code: 'endpoint_untrusted', ...ENDPOINT },
    meaning: 'The endpoint does not show by TLS 1.3 that it bears the name.',
    remedy:
      'Check the certificate for this name and its authority, and that TLS 1.3 is on; send nothing before.',
  },
  {
    ...{ code: 'endpoint_key_unsupported', ...ENDPOINT },
    meaning: 'The TLS key of the endpoint is of a kind that no token is bound to.',
    remedy: 'Use an EC key on P-256 or P-384, or Ed25519, for the certificate of the attested workload.',
  },
  {
    ...{ code: 'endpoint_document_invalid', ...ENDPOINT },
    meaning: 'The endpoint serves no document that says whose key it uses.',
    remedy:
      'Set up the workload to serve what `assay agent --endpoint-file` writes, at that path and as that type.',
  },
] as const satisfies readonly RefusalRow[];

export type ClientRefusalCode = (typeof CLIENT_REFUSALS)[number]['code'];

const BY_CODE: ReadonlyMap<string, RefusalRow> = new Map(CLIENT_REFUSALS.map((row) => [row.code, row]));

export function refusalRow(code: ClientRefusalCode): RefusalRow {
  const row = BY_CODE.get(code);
  if (row === undefined) throw new TypeError(`${code} is not in the table`);
  return row;
}
