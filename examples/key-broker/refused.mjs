/** Every "no" of the broker beyond those of `assay/client`, with a stable code, and replies as problem documents (RFC 9457). */

/** Code → HTTP status and title. */
const REFUSALS = {
  path_unknown: [404, 'Not Found'],
  request_unfinished: [400, 'Bad Request'],
  too_busy: [503, 'Service Unavailable'],
  too_many_requests: [429, 'Too Many Requests'],
  body_too_large: [413, 'Content Too Large'],
  enc_invalid: [400, 'Bad Request'],
  enc_swapped: [403, 'Forbidden'],
  key_not_yours: [403, 'Forbidden'],
  status_insufficient: [403, 'Forbidden'],
  simulated_unwanted: [403, 'Forbidden'],
  debug_unwanted: [403, 'Forbidden'],
  tee_unwanted: [403, 'Forbidden'],
  tcb_status_unwanted: [403, 'Forbidden'],
  version_unwanted: [403, 'Forbidden'],
  token_too_old: [403, 'Forbidden'],
  audit_unavailable: [503, 'Service Unavailable'],
  fault: [500, 'Internal Server Error'],
};
/** Seconds after which it is worth while to ask again. */
const RETRY_AFTER = 5;

/** A "no" that the caller may read. `detail` is for people, and says nothing that is not theirs. */
export class Refused extends Error {
  /** True: it has a line in the audit. */
  recorded = false;

  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

/** A whole reply, in the form of `replyOf` of `assay/client`. */
export function problemOf({ code, message }) {
  const [status, title] = REFUSALS[code];
  const document = { type: 'about:blank', title, status, detail: message, code };
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503 || status === 429 ? { 'retry-after': String(RETRY_AFTER) } : {}),
    },
    body: `${JSON.stringify(document)}\n`,
  };
}
