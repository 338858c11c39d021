/**
 * The public keys of an issuer, found from its URL alone (OpenID Connect Discovery 1.0, RFC 7517). No redirect is
 * followed, replies are bounded, documents are read strictly and must be about the issuer that was asked.
 */
import { importJWK } from 'jose';
import { bytesOfBase64 } from '../bytes/encoding.js';
import { parseJsonObject } from '../bytes/json.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import { isObject } from './claim-form.js';
import type { ClientWorld } from './world.js';

/** Algorithms that services sign tokens by. */
export const TOKEN_ALGS = ['ES256', 'RS256'] as const;
export type TokenAlg = (typeof TOKEN_ALGS)[number];

export interface IssuerKey {
  readonly alg: TokenAlg;
  readonly key: Awaited<ReturnType<typeof importJWK>>;
}

/** By key id. */
export type IssuerKeys = ReadonlyMap<string, IssuerKey>;

/** The issuer could not be asked, or did not answer like one; `message` says why, in words for the operator. */
export class IssuerFault extends Error {
  override readonly name = 'IssuerFault';
}

/** Milliseconds for both documents, and bytes of one. */
const PATIENCE = 5_000;
const MAX_DOCUMENT = 256 * 1024;
/** A set has a few keys, even amid rotation. */
const MAX_KEYS = 64;
/** Bytes of the shortest RSA modulus that is taken: RFC 7518, section 3.3. */
const MIN_MODULUS = 256;

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Asks the issuer. Throws IssuerFault. */
export async function fetchIssuerKeys(
  issuer: string,
  world: Pick<ClientWorld, 'fetch'>,
): Promise<IssuerKeys> {
  const signal = AbortSignal.timeout(PATIENCE);
  const fetchInTime = (url: string): Promise<JsonObject> => fetchDocument(url, signal, world);
  const document = await fetchInTime(`${issuer}/.well-known/openid-configuration`);
  if (document.issuer !== issuer) {
    throw new IssuerFault(`the discovery document under ${issuer} speaks for another issuer`);
  }
  const { jwks_uri: address } = document;
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : null;
  // Whoever serves the document could name any host; keys are the issuer's own.
  if (url === null || url.origin !== new URL(issuer).origin) {
    throw new IssuerFault(`the discovery document of ${issuer} names keys that do not lie beside it`);
  }
  return readKeys(await fetchInTime(url.href), url.href);
}

async function fetchDocument(
  url: string,
  signal: AbortSignal,
  world: Pick<ClientWorld, 'fetch'>,
): Promise<JsonObject> {
  let bytes: Uint8Array | null;
  try {
    const response = await world.fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new IssuerFault(`${url} answered ${response.status}`);
    }
    bytes = await readBounded(response);
  } catch (error) {
    if (error instanceof IssuerFault) throw error;
    throw new IssuerFault(`${url} does not answer (${causeOf(error)})`);
  }
  if (bytes === null) throw new IssuerFault(`${url} answered more than ${MAX_DOCUMENT} bytes`);
  try {
    return parseJsonObject(bytes);
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    throw new IssuerFault(`${url} did not answer with a sound JSON object`);
  }
}

/** Null: too much. */
async function readBounded({ body }: Response): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_DOCUMENT) return null;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The system's code, which fetch hides in `cause`; else the kind of error. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null;
  return typeof code === 'string' ? code : error.name;
}

/** Keys of other kinds and uses are left out: an issuer may publish more than this client reads. */
async function readKeys({ keys }: JsonObject, url: string): Promise<IssuerKeys> {
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) {
    throw new IssuerFault(`${url} is not a set of at most ${MAX_KEYS} keys`);
  }
  const found = new Map<string, IssuerKey>();
  for (const jwk of keys as readonly JsonValue[]) {
    if (!isObject(jwk)) throw new IssuerFault(`${url} has a key that is none`);
    if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
      throw new IssuerFault(`${url} publishes a private key: nothing signed by it means anything`);
    }
    const { kid, use } = jwk;
    const alg = TOKEN_ALGS.find((name) => name === jwk.alg);
    if (alg === undefined || use !== 'sig' || typeof kid !== 'string' || kid === '') continue;
    if (found.has(kid)) throw new IssuerFault(`${url} has two keys of one id`);
    found.set(kid, { alg, key: await importKey(jwk, alg, url) });
  }
  return found;
}

async function importKey(jwk: JsonObject, alg: TokenAlg, url: string): Promise<IssuerKey['key']> {
  const { kty, crv, x, y, n, e } = jwk;
  const fits =
    alg === 'ES256'
      ? kty === 'EC' && crv === 'P-256' && typeof x === 'string' && typeof y === 'string'
      : kty === 'RSA' && typeof e === 'string' && lengthOf(n) >= MIN_MODULUS;
  if (!fits) throw new IssuerFault(`${url} has a key for ${alg} that is of another kind, or too short`);
  const bare = alg === 'ES256' ? { kty, crv, x, y } : { kty, n, e };
  try {
    return await importJWK(bare as Parameters<typeof importJWK>[0], alg);
  } catch {
    throw new IssuerFault(`${url} has a key for ${alg} that cannot be read`);
  }
}

function lengthOf(text: JsonValue | undefined): number {
  return typeof text === 'string' ? (bytesOfBase64(text)?.length ?? 0) : 0;
}
