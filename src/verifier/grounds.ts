/** What authentic evidence is appraised by: reference values, the policy that applies, and the register of machines. */
import { appraiseReferences } from '../appraisal/checks/measurement.js';
import type { Outcome } from '../rats/outcome.js';
import type { RegisteredPlatform } from '../rats/platform.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import type { ReferenceQuery } from '../rats/reference-value.js';
import { type Refusal, RefusalError } from '../rats/refusal.js';
import type { EndorsementEpoch } from './endorsement-ports.js';
import { DEFAULT_POLICY } from './policy-book.js';
import type { PolicyQuestion } from './policy-ports.js';
import type { Tenant } from './ports.js';
import { type FoundReferences, findReferences, type ReferenceScope } from './references.js';
import type { VerifierParts } from './service.js';
import type { AppraisalInput, BoundEvidence } from './verify.js';

export interface Grounds {
  /** The tenant's epoch that all of them were read under; the earliest where they were read under several. */
  readonly epoch: bigint;
  /** A refusal where no policy applies. */
  readonly outcome: Outcome<AppraisalInput>;
  /** As of `FoundReferences`. */
  readonly matchedElsewhere: boolean;
}

/** What a verdict was reached under. */
export interface Epochs {
  /** The tenant’s. */
  readonly epoch: bigint;
  /** That of the vendor documents; null: of a past instant, which no newer document changes. */
  readonly endorsements: EndorsementEpoch | null;
}

/** How the policy is chosen: by name, or null: by the workload. */
export type ChosenPolicy = Exclude<PolicyQuestion, { readonly workload: string | null }> | null;

/** Compares with reference values, and takes the policy of the workload that matches unless one was chosen. */
export async function findGrounds(
  parts: VerifierParts,
  tenant: Tenant,
  bound: BoundEvidence,
  { scope, chosen }: { readonly scope: ReferenceScope; readonly chosen: ChosenPolicy },
): Promise<Grounds> {
  const found = await findReferences(parts, tenant, bound, scope);
  const question = chosen ?? { workload: workloadOf(scope, found, bound), otherwise: DEFAULT_POLICY };
  const grounds = await findPolicy(parts, tenant, bound, { question, references: found.query });
  const { matchedElsewhere } = found;
  return { ...grounds, epoch: earliest(grounds.epoch, found.epoch), matchedElsewhere };
}

/** The same without reference values to compare with. */
export async function findPolicyGrounds(
  parts: VerifierParts,
  tenant: Tenant,
  bound: BoundEvidence,
  chosen: ChosenPolicy,
): Promise<Grounds> {
  const question = chosen ?? { workload: null, otherwise: DEFAULT_POLICY };
  const references = { given: false, candidates: [] };
  return { ...(await findPolicy(parts, tenant, bound, { question, references })), matchedElsewhere: false };
}

async function findPolicy(
  parts: VerifierParts,
  tenant: Tenant,
  bound: BoundEvidence,
  { question, references }: { readonly question: PolicyQuestion; readonly references: ReferenceQuery },
): Promise<Omit<Grounds, 'matchedElsewhere'>> {
  const { epoch, outcome } = await parts.policies.find(tenant.name, question);
  if (!outcome.ok) return { epoch, outcome };
  const policy = outcome.value;
  const registered = await findPlatform(parts, tenant, bound, policy);
  return {
    epoch: registered === null ? epoch : earliest(epoch, registered.epoch),
    outcome: { ok: true, value: { policy, references, platform: registered?.platform ?? null } },
  };
}

/** A rule that says the word may mean it. */
const ABOUT_PLATFORM = /\bplatform\b/;

/** Whether the register is asked at all. */
export function asksForPlatform({ common, rules }: AppraisalPolicy): boolean {
  return common.platforms !== 'any' || rules.some(({ expression }) => ABOUT_PLATFORM.test(expression));
}

/** What the register says of the machine; null: the policy does not ask, or the evidence names none. */
export async function findPlatform(
  { stores }: VerifierParts,
  tenant: Tenant,
  { authenticated: { platformIdentity } }: BoundEvidence,
  policy: AppraisalPolicy,
): Promise<{ readonly epoch: bigint; readonly platform: RegisteredPlatform | null } | null> {
  if (!asksForPlatform(policy) || platformIdentity === null) return null;
  return stores.platforms.find(tenant.name, platformIdentity);
}

/**
 * A refusal commits nothing, and so nobody has held it to the epochs that its grounds were read under. Returns where one
 * is past, and whoever asks must look again.
 */
export async function refuseWhileStanding(
  { stores }: VerifierParts,
  tenant: Tenant,
  { epoch, endorsements }: Epochs,
  refusal: Refusal,
): Promise<'moved'> {
  if (await stores.decisions.epochStands(tenant.name, epoch, endorsements)) throw new RefusalError(refusal);
  return 'moved';
}

/** Whose policy applies: the workload named, or the one that matches; nobody's where none or several do. */
function workloadOf(
  { named, taken }: ReferenceScope,
  { query, matching }: FoundReferences,
  { authenticated, context }: BoundEvidence,
): string | null {
  if (named !== null) return taken === null || taken.includes(named) ? named : null;
  const [first, ...others] = new Set(matching.map(({ workload }) => workload));
  if (others.length === 0) return first ?? null;
  // What is found by its digest may still not count, and then one of several is left.
  return appraiseReferences(authenticated, query, context.at).matched?.workload ?? null;
}

export function earliest(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
