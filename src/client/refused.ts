/** The one error by which the client says no, and what an HTTP server answers with. */
import { DPOP_ALGS } from '../token/dpop.js';
import { type ClientRefusalCode, type RefusalKind, type RefusalRow, refusalRow } from './refusal-codes.js';

/** Seconds to wait before an undecided request is worth repeating. */
const RETRY_AFTER = 5;

export interface RefusedOptions {
  /** What a proof fails by: `DpopReason`. */
  readonly reason?: string;
}

/**
 * This token, presented like this, opens nothing. `code` is stable and for programs; `message` is for people and repeats
 * nothing of the token. Anything else that the client throws is a fault of its caller or of the client.
 */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly kind: RefusalKind;
  /** HTTP status that fits. */
  readonly status: number;
  readonly remedy: string;
  /** What a proof fails by, in a word (`url`, `method`, `time`, …); null: it is not about a proof. */
  readonly reason: string | null;

  constructor(
    readonly code: ClientRefusalCode,
    detail: string,
    { reason }: RefusedOptions = {},
  ) {
    super(detail);
    const row = refusalRow(code);
    this.kind = row.kind;
    this.status = row.status;
    this.remedy = row.remedy;
    this.reason = reason ?? null;
  }
}

/** Throws TokenRefused. */
export function refuseToken(code: ClientRefusalCode, detail: string, options: RefusedOptions = {}): never {
  throw new TokenRefused(code, detail, options);
}

/** A whole HTTP reply. */
export interface RefusalReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A problem document (RFC 9457), as text. */
  readonly body: string;
}

/** How a server tells its client: status, `WWW-Authenticate` where credentials are the matter, problem document. */
export function replyOf(refused: TokenRefused): RefusalReply {
  const { status, code, message, remedy, reason, kind } = refused;
  const document = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    code,
    ...(reason === null ? {} : { reason }),
    remedy,
  };
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(kind === 'undecided' ? { 'retry-after': String(RETRY_AFTER) } : {}),
      ...(status === 401 || status === 403 ? { 'www-authenticate': challengeOf(refusalRow(code)) } : {}),
    },
    body: `${JSON.stringify(document)}\n`,
  };
}

/** Phrases of RFC 9110: a problem of type `about:blank` is titled so (RFC 9457, section 4.2.1). */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Content Too Large',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** RFC 9449, section 7.1. Whoever brought nothing is not told that something is wrong with it. */
function challengeOf({ error, meaning }: RefusalRow): string {
  const algs = `algs="${DPOP_ALGS.join(' ')}"`;
  if (error === null) return `DPoP ${algs}`;
  return `DPoP error="${error}", error_description="${meaning.replace(/["\\]/g, '')}", ${algs}`;
}
