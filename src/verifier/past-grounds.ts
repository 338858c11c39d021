/** What a recorded decision was made on, found again: endorsements by digest, the policy, references, the register. */
import { sha256Hex } from '../bytes/digest.js';
import type { EndorsementDocument, EndorsementSet, TrustAnchors } from '../rats/endorsement.js';
import type { ParsedEvidence } from '../rats/evidence.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import { refuseState } from '../rats/shared-refusals.js';
import { SCHEMES } from '../tee/registry.js';
import type { Decision } from './decision-ports.js';
import { asksForPlatform } from './grounds.js';
import type { Tenant } from './ports.js';
import type { Audience, PastMoment } from './reference-ports.js';
import { findReferencesIn } from './references.js';
import type { VerifierParts } from './service.js';
import type { AppraisalInput, BoundEvidence } from './verify.js';

export interface PastGrounds {
  readonly decision: Decision;
  readonly moment: PastMoment;
  /** The workload that the request named; null: none. */
  readonly named: string | null;
  /** Of those that the decision names, all that the store has and that ship with this build. */
  readonly endorsements: EndorsementSet;
  readonly policy: AppraisalPolicy;
  /** Whom a token was for; null: nobody asked for one. */
  readonly audience: Audience | null;
}

/** Refuses `state_conflict`, naming everything that is needed and gone. */
export async function findPastGrounds(
  parts: VerifierParts,
  tenant: Tenant,
  decision: Decision,
  evidence: ParsedEvidence,
): Promise<PastGrounds> {
  const { stores } = parts;
  const [kept, policy, audience, stored] = await Promise.all([
    stores.decisions.groundsOf(tenant.name, decision.id),
    findPolicy(parts, tenant, decision),
    decision.audience === null ? null : stores.audiences.get(tenant.name, decision.audience),
    stores.endorsements.named(tenant.realm, decision.endorsements),
  ]);
  const epoch = kept?.epoch ?? null;
  const endorsements = [...stored, ...shippedWith(decision)];
  const lost = lostEndorsements(decision, evidence, [
    ...endorsements.map(({ sha256 }) => sha256),
    ...anchoredDigests(parts.anchorsFor(tenant.realm)),
  ]);
  const gone = [
    ...(epoch === null ? ['the state of reference values and register, which was not kept then'] : []),
    ...(policy === null ? [`policy ${decision.policy} of SHA-256 ${decision.policyDigest}`] : []),
    ...(audience === null && decision.audience !== null ? [`the audience ${decision.audience}`] : []),
    ...lost,
  ];
  if (epoch === null || policy === null || gone.length > 0) {
    return refuseState(
      `What this decision rests on is not at hand any more, so it cannot be judged again: ${gone.join('; ')}.`,
    );
  }
  const { recordedAt } = decision;
  const named = kept?.named ?? null;
  return { decision, moment: { epoch, recordedAt }, named, endorsements, policy, audience };
}

/** The version that the decision names, as it was; null: there is none of that digest any more. */
async function findPolicy(
  { policies }: VerifierParts,
  tenant: Tenant,
  { policy, policyDigest }: Decision,
): Promise<AppraisalPolicy | null> {
  const [name = '', version] = policy.split('@');
  const { outcome } = await policies.find(tenant.name, { name, version: Number(version) });
  return outcome.ok && outcome.value.digest === policyDigest ? outcome.value : null;
}

/** Of what has to be looked up. Certificates of the chain may also come with the evidence, and then are none of it. */
function lostEndorsements(
  { endorsements }: Decision,
  { requirements }: ParsedEvidence,
  present: readonly string[],
): readonly string[] {
  const wanted = new Set(requirements.map(({ kind }) => kind));
  return endorsements
    .filter(({ kind, sha256 }) => wanted.has(kind) && !present.includes(sha256))
    .map(
      ({ kind, sha256 }) =>
        `${kind} of SHA-256 ${sha256} (import it, or where it is a certificate send it with the evidence)`,
    );
}

/** Those that the decision names of what comes with this build. */
function shippedWith({ endorsements }: Decision): readonly EndorsementDocument[] {
  const named = new Set(endorsements.map(({ sha256 }) => sha256));
  return SCHEMES.flatMap(({ vouched }) => vouched?.shipped ?? []).filter(({ sha256 }) => named.has(sha256));
}

function anchoredDigests({ vendors }: TrustAnchors): readonly string[] {
  return Object.values(vendors).flatMap(({ roots, intermediates }) =>
    [...roots, ...intermediates].map((der) => sha256Hex(der)),
  );
}

/** What authentic evidence was appraised by, as of then. */
export async function findPastAppraisal(
  { stores }: VerifierParts,
  tenant: Tenant,
  bound: BoundEvidence,
  { decision, moment, named, policy, audience }: PastGrounds,
): Promise<{ readonly input: AppraisalInput; readonly matchedElsewhere: boolean }> {
  const { platformIdentity } = bound.authenticated;
  const asks = asksForPlatform(policy) && platformIdentity !== null;
  const platform = asks ? await stores.platforms.findAsOf(tenant.name, platformIdentity, moment.epoch) : null;
  if (decision.act === 'appraise' && named === null) {
    const references = { given: false, candidates: [] };
    return { input: { policy, references, platform }, matchedElsewhere: false };
  }
  const scope = { named, taken: audience?.workloads ?? null };
  const source = stores.referenceValues.asOf(moment);
  const { query, matchedElsewhere } = await findReferencesIn(source, tenant, bound, scope);
  return { input: { policy, references: query, platform }, matchedElsewhere };
}
