/** `assay/client`: what relying parties in Node.js need. docs/clients.md shows how it is used. */
export type { TokenAlg } from './discovery.js';
export {
  type AttestedEndpoint,
  createEndpointVerifier,
  type EndpointOptions,
  type EndpointVerifier,
  verifyEndpoint,
} from './endpoint/verifier.js';
export type { Expectations } from './expectations.js';
export type { Presentation, ShownProof } from './possession.js';
export type { RequestHeaders } from './presentation.js';
export {
  CLIENT_REFUSALS,
  type ClientRefusalCode,
  type RefusalKind,
  type RefusalRow,
} from './refusal-codes.js';
export { type RefusalReply, replyOf, TokenRefused } from './refused.js';
export { createReplayMemory, ReplayMemoryFull, type ReplayStore } from './replay-memory.js';
export {
  createTokenVerifier,
  type PresentedRequest,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './token-verifier.js';
export type { AttestationFacts, TokenStatus, VerifiedToken } from './verified-token.js';
