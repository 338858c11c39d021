/**
 * Whether the TLS key of an endpoint belongs to an attested workload, for those who are about to send it a prompt. Key and token
 * come over one connection; what is sent afterwards goes over connections that were made with the same key.
 */
import { X509Certificate } from 'node:crypto';
import type { Agent } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { requireUnended } from '../claims.js';
import type { Expectations } from '../expectations.js';
import { refuseMismatch } from '../possession.js';
import { createTokenVerifier, type TokenVerifierOptions } from '../token-verifier.js';
import type { VerifiedToken } from '../verified-token.js';
import { systemWorld } from '../world.js';
import { openConnection, type Peer, type PeerConnection } from './connection.js';
import { fetchDocument } from './document.js';
import { ENDPOINT_LIMITS, type EndpointLimits } from './limits.js';
import { PinnedAgent } from './pinned-agent.js';

export interface EndpointOptions
  extends Expectations,
    Pick<TokenVerifierOptions, 'issuer' | 'audience' | 'algorithms' | 'now' | 'fetch'> {
  /** Which workloads may serve; never any: an audience has as many as its operator lists. */
  readonly workload: string | readonly string[];
  /** Authorities for the certificate of the endpoint, PEM; default: those that Node knows. */
  readonly ca?: string | readonly string[];
}

export interface AttestedEndpoint {
  /** Origin, as it was asked for. */
  readonly url: string;
  /** What the token says whose key this is. */
  readonly token: VerifiedToken;
  /** RFC 7638 SHA-256 thumbprint of the TLS key: `token.keyThumbprint`. */
  readonly keyThumbprint: string;
  /** The same key for `curl --pinnedpubkey`: `sha256//…`. */
  readonly keyPin: string;
  readonly certificate: { readonly sha256: string; readonly notAfter: Date };
  /** For `https.request` and what is built on it. Errors are TokenRefused: `key_mismatch`, `token_expired`, `endpoint_…`. */
  readonly agent: Agent;
  /** One connection to the same key, while the token lives; for those who speak something else than HTTP/1.1 of Node. */
  openConnection(): Promise<TLSSocket>;
}

export interface EndpointVerifier {
  /** `url`: an origin, `https://model.example`. Throws TokenRefused; TypeError for what is no such URL. */
  verify(url: string): Promise<AttestedEndpoint>;
  /** Asks the issuer for its keys now. Throws TokenRefused `issuer_unreachable`. */
  loadKeys(): Promise<void>;
}

/** One look. Whoever looks at several endpoints, or again and again, keeps a verifier, which keeps the keys of the issuer. */
export function verifyEndpoint(url: string, options: EndpointOptions): Promise<AttestedEndpoint> {
  return createEndpointVerifier(options).verify(url);
}

/** Throws TypeError for options that cannot be meant. */
export function createEndpointVerifier(
  { ca, ...options }: EndpointOptions,
  limits: EndpointLimits = ENDPOINT_LIMITS,
): EndpointVerifier {
  requireWorkload(options);
  for (const text of ca === undefined ? [] : [ca].flat()) requireAuthorities(text);
  const tokens = createTokenVerifier(options);
  const now = options.now ?? systemWorld.now;
  const open = (peer: Peer): Promise<PeerConnection> =>
    openConnection(peer, { authorities: ca ?? null, within: limits.connect });

  return {
    async verify(url) {
      const { peer, host } = originOf(url);
      const { socket, certificate, keyThumbprint, keyPin } = await open(peer);
      // A name may have many addresses, with another key at each.
      const address = socket.remoteAddress ?? null;
      const served = await fetchDocument(socket, host, limits);
      const token = await tokens.verify(served, { provenThumbprint: keyThumbprint });
      const openPinned = async (): Promise<TLSSocket> => {
        const connection = await open({ ...peer, address });
        return requireProven(connection, { token, at: now() });
      };
      return {
        ...{ url, token, keyThumbprint, keyPin: `sha256//${keyPin}` },
        certificate: {
          sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
          notAfter: new Date(certificate.validTo),
        },
        agent: new PinnedAgent(peer, openPinned),
        openConnection: openPinned,
      };
    },
    loadKeys: () => tokens.loadKeys(),
  };
}

/** Another instance behind the same name has another key: whoever meets it looks again. */
function requireProven(
  { socket, keyThumbprint }: PeerConnection,
  { token, at }: { readonly token: VerifiedToken; readonly at: Date },
): TLSSocket {
  try {
    if (keyThumbprint !== token.keyThumbprint) {
      refuseMismatch('The endpoint uses another key now than the one that was verified.');
    }
    requireUnended(token.expiresAt, at);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function originOf(text: string): { readonly peer: Peer; readonly host: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'https:' || url.origin !== text) {
    throw new TypeError(
      'An endpoint is named by its origin, such as https://model.example or https://model.example:8443.',
    );
  }
  const { hostname, port, host } = url;
  return {
    peer: { hostname: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443), address: null },
    host,
  };
}

/** What a token verifier takes and this one cannot mean: the key is in use, so there is neither a bearer nor a proof. */
const FOREIGN: readonly string[] = [
  'allowBearer',
  'replayStore',
] satisfies readonly (keyof TokenVerifierOptions)[];

function requireWorkload(options: object): void {
  const stray = Object.keys(options).find((name) => FOREIGN.includes(name));
  if (stray !== undefined) throw new TypeError(`${stray} is no option of an endpoint verifier`);
  if (!('workload' in options) || options.workload === undefined) {
    throw new TypeError('workload names who may serve the endpoint');
  }
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** OpenSSL skips what it cannot read, and nobody would be trusted without a word. */
function requireAuthorities(text: unknown): void {
  const blocks = (typeof text === 'string' ? text.match(BLOCK) : null) ?? [];
  if (blocks.length === 0) throw new TypeError('ca holds no certificate in PEM');
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    throw new TypeError('ca holds a certificate that cannot be read');
  }
}
