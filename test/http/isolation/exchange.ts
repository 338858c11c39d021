/** One attempt and what came of it, told so that two tenants’ can be compared. */
import type { Route } from '../../../src/http/route.js';
import type { Attempt, Trespass } from './attempts.js';
import type { Belongings } from './belongings.js';
import { secretsOf } from './belongings.js';

export interface Outcome {
  readonly status: number;
  /** With whatever of the others it says by the name of what it is. */
  readonly told: string;
  /** Secrets that the reply has and the request had not. */
  readonly leaked: readonly string[];
}

/** These differ from request to request, or with the length of what is told. */
const OWN_HEADERS = ['date', 'x-request-id', 'traceparent', 'content-length', 'etag', 'connection'];

export function requestText({ path, body, headers }: Attempt): string {
  const text = Buffer.isBuffer(body) ? body.toString('latin1') : JSON.stringify(body ?? null);
  // Evidence says what was measured of whoever sends it.
  const evidence = [...text.matchAll(/"bytes":"([\w-]+)"/g)].map(([, bytes = '']) => bytes);
  const shown = evidence.map((bytes) => Buffer.from(bytes, 'base64url').toString('hex'));
  return [path, decodeURIComponent(path), text, JSON.stringify(headers ?? {}), ...shown].join(' ');
}

export async function send(
  { service, at }: Pick<Trespass, 'service' | 'at'>,
  { route, attempt }: { readonly route: Route; readonly attempt: Attempt },
  theirs: Belongings,
): Promise<Outcome> {
  const key = route.access === 'anybody' ? undefined : at.words.apiKey;
  const { body, headers = {} } = attempt;
  const to = `${at.path}${attempt.path}`;
  const request = Buffer.isBuffer(body)
    ? service.send(route.method, to, undefined, key).set(headers).send(body)
    : service.send(route.method, to, body, key).set(headers);
  const response = await request.buffer(true);
  const raw = response.text ?? Buffer.from(response.body).toString('latin1');
  const kept = Object.entries(response.headers).filter(([name]) => !OWN_HEADERS.includes(name));
  const whole = `${raw}\n${JSON.stringify(response.headers)}`;
  const sent = requestText(attempt);
  const leaked = Object.entries(secretsOf(theirs))
    .filter(([, secret]) => whole.includes(secret) && !sent.includes(secret))
    .map(([name]) => name);
  const told =
    attempt.same === undefined
      ? masked(`${raw}\n${JSON.stringify(kept)}`, theirs, response.headers['x-request-id'] ?? '')
      : partOf(response.body, attempt.same);
  return { status: response.status, told, leaked };
}

function masked(text: string, { words, word }: Belongings, requestId: string): string {
  const named = [
    ...Object.entries(words),
    ['requestId', requestId],
    ['word', word],
    ['tenantPath', `/v1/tenants/${words.tenant}`],
  ] as [string, string][];
  return named
    .filter(([name, value]) => value !== '' && name !== 'issuer' && name !== 'tenant')
    .sort(([, one], [, other]) => other.length - one.length)
    .reduce((sofar, [name, value]) => sofar.replaceAll(value, `«${name}»`), text);
}

/** What a verdict says beside the evidence itself; of a reply that makes something, whether it did. */
function partOf(body: Record<string, unknown>, same: 'status' | 'verdict'): string {
  const { code, status, authentic, checks, in_force: inForce, proposed, differences } = body;
  if (same === 'status') return JSON.stringify({ code, status: typeof status === 'number' ? status : null });
  const judged = [inForce, proposed].map((one) =>
    one === undefined ? null : partOf((one as { verdict: Record<string, unknown> }).verdict, 'verdict'),
  );
  const rows = ((checks ?? []) as readonly Record<string, unknown>[]).map(
    ({ id, outcome, expected, remedy }) => ({ id, outcome, expected, remedy }),
  );
  return JSON.stringify({ code, status, authentic, rows, judged, differences });
}
