/** The two requests to the service, and what its answers mean. Nothing but the documented shapes is believed. */
import { bytesOfBase64, bytesOfHex, equalBytes } from '../bytes/encoding.js';
import { parseJsonObject } from '../bytes/json.js';
import { isRefusalCode, RefusalError, refusalEntry } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import type { AgentOptions } from './arguments.js';
import { AgentFailed, EXIT, type ExitCode, TryAgain } from './ending.js';
import type { Answer, Exchange } from './exchange.js';
import type { LogFields } from './log.js';

export type Binding = 'v1' | 'raw-nonce';

export interface Challenge {
  /** Sealed; goes back as it came. */
  readonly challenge: string;
  readonly nonce: string;
  /** Of `nonce`: 32 bytes, for `raw-nonce` 64. */
  readonly nonceBytes: Uint8Array;
}

export interface AttestReply {
  /** JWS or, where an encryption key was sent, JWE. */
  readonly token: string;
  readonly tokenType: 'DPoP' | 'Bearer';
  /** Seconds. */
  readonly expiresIn: number;
  readonly workload: string;
  readonly decision: string;
}

/** Longest sealed challenge that attest takes. */
const LONGEST_CHALLENGE = 2048;

export async function takeChallenge(
  exchange: Exchange,
  { server, issuer, audience }: AgentOptions,
  binding: Binding,
): Promise<Challenge> {
  const answer = await exchange({
    method: 'POST',
    url: `${server}/v1/challenges`,
    json: { audience, binding },
    accept: 'application/json',
  });
  if (answer.status !== 201) throw explain(answer, 'no challenge');
  const reply = documentOf(answer) ?? disbelieve('the challenge is not JSON');
  if (reply.binding !== binding) disbelieve(`the challenge has another binding than ${binding}`);
  if (reply.audience !== audience) disbelieve('the challenge is for another audience');
  // Evidence is for one issuer: a server that hands on the challenge of another would get a token there.
  if (reply.issuer !== issuer) {
    throw new AgentFailed(
      `the challenge is of the issuer ${JSON.stringify(reply.issuer)}: give that as --server or --issuer if it is yours`,
      EXIT.usage,
    );
  }
  const { challenge, nonce } = reply;
  const nonceBytes = typeof nonce === 'string' ? bytesOfBase64(nonce) : null;
  if (typeof nonce !== 'string' || nonceBytes?.length !== (binding === 'v1' ? 32 : 64)) {
    return disbelieve('the challenge has no nonce of the right length');
  }
  if (
    typeof challenge !== 'string' ||
    !/^[\w.~-]+$/u.test(challenge) ||
    challenge.length > LONGEST_CHALLENGE
  ) {
    return disbelieve('the reply has no challenge in it');
  }
  if (binding === 'raw-nonce') {
    const reportData = typeof reply.report_data === 'string' ? bytesOfHex(reply.report_data) : null;
    if (reportData === null || !equalBytes(reportData, nonceBytes))
      disbelieve('report data and nonce differ');
  }
  return { challenge, nonce, nonceBytes };
}

export async function submit(exchange: Exchange, server: string, body: JsonObject): Promise<AttestReply> {
  const answer = await exchange({
    method: 'POST',
    url: `${server}/v1/attest`,
    json: body,
    accept: 'application/json',
  });
  if (answer.status !== 200) throw explain(answer, 'no token');
  const reply = documentOf(answer) ?? disbelieve('the reply is not JSON');
  const { token, token_type: tokenType, expires_in: expiresIn, workload, decision } = reply;
  if (typeof token !== 'string') return disbelieve('the reply has no token');
  if (tokenType !== 'DPoP' && tokenType !== 'Bearer') return disbelieve('the token is of no known type');
  if (typeof expiresIn !== 'number' || !(expiresIn >= 1 && expiresIn <= 3600)) {
    return disbelieve('the token has no lifetime of at most an hour');
  }
  return { token, tokenType, expiresIn, workload: textOf(workload), decision: textOf(decision) };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A strict JSON object, else null. */
function documentOf({ body }: Answer): JsonObject | null {
  try {
    return parseJsonObject(body);
  } catch (error) {
    if (error instanceof RefusalError) return null;
    throw error;
  }
}

/** A broken proxy mends itself; whether this is one, nobody can tell. */
export function disbelieve(reason: string): never {
  throw new TryAgain(`the answer is not one of this service: ${reason}`);
}

/** How a status ends the agent; those that are not listed may pass. */
const ENDS: ReadonlyMap<number, ExitCode> = new Map([
  [400, EXIT.usage],
  [401, EXIT.usage],
  [403, EXIT.denied],
  [404, EXIT.usage],
  [413, EXIT.usage],
  [415, EXIT.usage],
  [422, EXIT.refused],
]);

/** What the service said, with what to do about it, as the error to throw. 409: spent or expired; a new challenge helps. */
function explain(answer: Answer, what: string): AgentFailed | TryAgain {
  const { status, retryAfter } = answer;
  const problem = documentOf(answer);
  const code = problem?.code;
  if (problem === null || typeof code !== 'string' || !/^[a-z0-9_]{1,64}$/u.test(code)) {
    return new TryAgain(`${what}: the answer (HTTP ${status}) is not one of this service`, retryAfter, {
      status,
    });
  }
  const facts: LogFields = {
    status,
    code,
    request_id: textOf(problem.request_id),
    ...(isRefusalCode(code) ? { remedy: refusalEntry(code).remedy } : {}),
  };
  const message = `${what}: ${code}: ${textOf(problem.detail) || textOf(problem.title)}`;
  const exitCode = ENDS.get(status);
  return exitCode === undefined
    ? new TryAgain(message, retryAfter, facts)
    : new AgentFailed(message, exitCode, facts);
}
