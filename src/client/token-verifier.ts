/**
 * Attestation tokens for relying parties: from the issuer's URL and the name of an audience to typed claims. In this
 * order: form, key, signature, claims, possession of the key, what this relying party wants, and the proof is spent.
 */

import { requireBaseUrl } from './base-url.js';
import { requireClaims } from './claims.js';
import { fetchIssuerKeys, TOKEN_ALGS, type TokenAlg } from './discovery.js';
import { EXPECTATION_NAMES, type Expectations, requireExpectations, requireWanted } from './expectations.js';
import { keepIssuerKeys } from './issuer-keys.js';
import { type Presentation, requirePossession, spendProof } from './possession.js';
import { presentedIn, type RequestHeaders } from './presentation.js';
import { createReplayMemory, type ReplayStore } from './replay-memory.js';
import { authenticateToken } from './signed-token.js';
import type { VerifiedToken } from './verified-token.js';
import { type ClientWorld, systemWorld } from './world.js';

export interface TokenVerifierOptions extends Expectations, Partial<ClientWorld> {
  /** URL of the issuer, as it stands in `iss`; https, or http on loopback. */
  readonly issuer: string;
  /** What this relying party is called in `aud`. */
  readonly audience: string;
  /** Taken from tokens; default: both that services sign by. */
  readonly algorithms?: readonly TokenAlg[];
  /** Take tokens that are bound to no key. One that is bound needs its proof all the same. */
  readonly allowBearer?: boolean;
  /** Default: a memory of this process, which begins now: proofs made before are refused. */
  readonly replayStore?: ReplayStore;
}

export interface PresentedRequest {
  readonly method: string;
  /** Absolute, as the request is reached from outside: origin from configuration, never from the header Host. */
  readonly url: string;
  readonly headers: RequestHeaders;
}

export interface TokenVerifier {
  /** The claims of a token that was made for this relying party and is presented by its holder. Throws TokenRefused. */
  verify(token: string, presentation?: Presentation): Promise<VerifiedToken>;
  /** The same for the token and the proof in the header of a request. */
  verifyRequest(request: PresentedRequest): Promise<VerifiedToken>;
  /** Asks the issuer for its keys now, so that a mistake shows at the start. Throws TokenRefused `issuer_unreachable`. */
  loadKeys(): Promise<void>;
}

const NAMES: ReadonlySet<string> = new Set([
  ...EXPECTATION_NAMES,
  ...([
    'issuer',
    'audience',
    'algorithms',
    'allowBearer',
    'replayStore',
    'now',
    'fetch',
  ] satisfies readonly (keyof TokenVerifierOptions)[]),
]);

/** Nothing is asked of the issuer yet. Throws TypeError for options that cannot be meant. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  requireOptions(options);
  const { issuer, audience, algorithms = TOKEN_ALGS, allowBearer = false } = options;
  const { now = systemWorld.now, fetch = systemWorld.fetch } = options;
  const { replayStore = createReplayMemory(now()) } = options;
  const keys = keepIssuerKeys(() => fetchIssuerKeys(issuer, { fetch }), now);

  async function verify(token: string, presentation: Presentation = {}): Promise<VerifiedToken> {
    const claims = await authenticateToken(token, { keys, algorithms });
    const at = now();
    const verified = requireClaims(claims, { issuer, audience, at });
    const proof = await requirePossession({ token, verified, presentation, allowBearer, at });
    requireWanted(verified, options);
    // Last, so that a stranger's proofs take no place, and one that was refused may be shown again.
    if (proof !== null) await spendProof(proof, at, replayStore);
    return verified;
  }

  return {
    verify,
    async verifyRequest({ method, url, headers }) {
      const { scheme, token, proof } = presentedIn(headers);
      // A proof beside the scheme Bearer is a request for less than the client is able to show.
      if (scheme === 'bearer' || proof === null) return verify(token);
      return verify(token, { dpop: { proof, method, url } });
    },
    loadKeys: () => keys.load(),
  };
}

function requireOptions(options: TokenVerifierOptions): void {
  const stray = Object.keys(options).find((name) => !NAMES.has(name));
  if (stray !== undefined) throw new TypeError(`${stray} is no option of a token verifier`);
  const { issuer, audience, algorithms } = options;
  if (typeof issuer !== 'string') throw new TypeError('issuer is the URL of an issuer');
  requireBaseUrl(issuer, 'issuer');
  if (typeof audience !== 'string' || audience === '') throw new TypeError('audience is a name');
  if (algorithms !== undefined) {
    if (algorithms.length === 0 || algorithms.some((name) => !TOKEN_ALGS.includes(name))) {
      throw new TypeError(`algorithms are among ${TOKEN_ALGS.join(', ')}`);
    }
  }
  requireExpectations(options);
}
