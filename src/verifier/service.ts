/** The use cases, with what each needs from the outside. Reads top to bottom: challenge, attest, renew, appraise, simulate, replay. */
import type { EndorsementRequirement, Realm, TrustAnchors } from '../rats/endorsement.js';
import { type RefusalCode, RefusalError } from '../rats/refusal.js';
import { appraiseSubmission } from './appraise.js';
import { attest } from './attest.js';
import type { Authorities } from './authority-ports.js';
import { issueChallenge } from './challenge-issue.js';
import type {
  CollectedEndorsements,
  CollectScope,
  EndorsementSource,
  EndorsementStore,
} from './endorsement-ports.js';
import type { PublicSigningKey, TokenAlg, TokenSigner } from './key-ports.js';
import type { PolicyBook } from './policy-book.js';
import type { Aside, Clock, Entropy, Stores, Tenant } from './ports.js';
import type { Act, Recorder, Recording } from './record.js';
import { renew } from './renew.js';
import { replayDecision } from './replay.js';
import type {
  AppraiseReply,
  AppraiseRequest,
  Attested,
  AttestRequest,
  ChallengeReply,
  ChallengeRequest,
  RenewRequest,
  ReplayReply,
  ReplayRequest,
  SimulationReply,
  SimulationRequest,
} from './requests.js';
import type { Sightings } from './sightings.js';
import { simulatePolicy } from './simulate.js';

export interface VerifierParts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly stores: Pick<
    Stores,
    'audiences' | 'workloads' | 'referenceValues' | 'platforms' | 'decisions' | 'renewals' | 'tenants'
  > & { readonly endorsements: Pick<EndorsementStore, 'knows' | 'named'> };
  /** Vendor documents at hand for the requirements, in the generation of the instant. */
  readonly collect: (
    requirements: readonly EndorsementRequirement[],
    scope: CollectScope,
  ) => Promise<CollectedEndorsements>;
  /** Vendors, for what is not at hand. */
  readonly source: EndorsementSource;
  readonly anchorsFor: (realm: Realm) => TrustAnchors;
  /** 32 bytes or more, shared by all replicas. */
  readonly challengeSecret: Uint8Array;
  readonly signerFor: (tenant: string, alg: TokenAlg) => Promise<TokenSigner>;
  /** Public halves of a tenant’s token keys whose signatures count. */
  readonly tokenKeys: (tenant: string) => Promise<readonly PublicSigningKey[]>;
  readonly authorities: Pick<Authorities, 'certificateFor'>;
  /** A signer of the tenant's turned out to be one that signs no more. */
  readonly signerMoved: (tenant: string) => void;
  readonly policies: Pick<PolicyBook, 'find' | 'draft'>;
  /** Who verifies signatures in this process, as decisions record it. */
  readonly crypto: string;
  readonly verifierId: { readonly developer: string; readonly build: string };
  readonly record: Recorder;
  readonly sightings: Pick<Sightings, 'note'>;
}

export interface Verifier {
  issueChallenge(tenant: Tenant, request: ChallengeRequest): Promise<ChallengeReply>;
  attest(tenant: Tenant, request: AttestRequest, aside?: Aside): Promise<Attested>;
  renew(tenant: Tenant, request: RenewRequest): Promise<Attested>;
  appraise(tenant: Tenant, request: AppraiseRequest, aside?: Aside): Promise<AppraiseReply>;
  simulate(tenant: Tenant, request: SimulationRequest, aside?: Aside): Promise<SimulationReply>;
  replay(tenant: Tenant, request: ReplayRequest): Promise<ReplayReply>;
}

/** Of callers whom nobody waits behind. */
const IN_PLACE: Aside = (wait) => wait();

/** Every exit of every use case, a bug's too, leaves exactly one record. */
export function createVerifier(parts: VerifierParts): Verifier {
  async function recorded<Reply>(
    act: Act,
    tenant: Tenant,
    work: (
      recording: Recording,
    ) => Promise<{ reply: Reply; code: RefusalCode | null; decision: string | null }>,
  ): Promise<Reply> {
    const recording = parts.record.begin(act, tenant.name);
    try {
      const { reply, code, decision } = await work(recording);
      recording.ended({ code, decision });
      return reply;
    } catch (error) {
      recording.ended({
        code: error instanceof RefusalError ? error.refusal.code : 'internal_error',
        decision: error instanceof RefusalError ? decisionNamedBy(error) : null,
      });
      throw error;
    }
  }

  return {
    issueChallenge: (tenant, request) =>
      recorded('challenge', tenant, async () => ({
        reply: await issueChallenge(parts, tenant, request),
        code: null,
        decision: null,
      })),
    attest: (tenant, request, aside = IN_PLACE) =>
      recorded('attest', tenant, async (recording) => {
        const reply = await attest(parts, tenant, request, { recording, aside });
        return { reply, code: null, decision: reply.reply.decision };
      }),
    renew: (tenant, request) =>
      recorded('renew', tenant, async (recording) => {
        const reply = await renew(parts, tenant, request, recording);
        return { reply, code: null, decision: reply.reply.decision };
      }),
    appraise: (tenant, request, aside = IN_PLACE) =>
      recorded('appraise', tenant, async (recording) => {
        const reply = await appraiseSubmission(parts, tenant, request, { recording, aside });
        return { reply, code: reply.code, decision: reply.decision };
      }),
    simulate: (tenant, request, aside = IN_PLACE) =>
      recorded('simulate', tenant, async (recording) => {
        const reply = await simulatePolicy(parts, tenant, request, { recording, aside });
        return { reply, code: reply.proposed.verdict.code, decision: null };
      }),
    replay: (tenant, request) =>
      recorded('replay', tenant, async (recording) => {
        const reply = await replayDecision(parts, tenant, request, recording);
        return { reply, code: reply.verdict.code, decision: request.decision };
      }),
  };
}

function decisionNamedBy({ refusal }: RefusalError): string | null {
  const { decision } = refusal.facts;
  return typeof decision === 'string' ? decision : null;
}
