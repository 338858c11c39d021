/** Reference values for evidence that is authentic: what to compare it with, and under which epoch. */
import type { ReferenceQuery } from '../rats/reference-value.js';
import { refuse } from '../rats/refusal.js';
import type { Tenant } from './ports.js';
import type { VerifierParts } from './service.js';
import type { BoundEvidence } from './verify.js';

export interface FoundReferences {
  readonly query: ReferenceQuery;
  /** The tenant's epoch, read before the candidates. */
  readonly epoch: bigint;
  /** Nothing matched among the workloads asked for, but something else of the tenant's did. */
  readonly matchedElsewhere: boolean;
}

export interface ReferenceScope {
  /** Null: every workload of the tenant. */
  readonly workloads: readonly string[] | null;
  /** Whether to say that a workload outside the scope would have matched. */
  readonly elsewhere: boolean;
}

export async function findReferences(
  { stores }: VerifierParts,
  tenant: Tenant,
  { authenticated, context }: BoundEvidence,
  scope: ReferenceScope,
): Promise<FoundReferences> {
  const lookup = (workloads: readonly string[] | null) =>
    stores.referenceValues.lookup({
      tenant: tenant.name,
      tee: authenticated.referenceTee,
      fields: authenticated.referenceFields,
      workloads,
      at: context.at,
    });
  const { epoch, matching, nearest } = await lookup(scope.workloads);
  const unmatched = matching.length === 0;
  return {
    query: { given: true, candidates: unmatched ? nearest : matching },
    epoch,
    matchedElsewhere: unmatched && scope.elsewhere && (await lookup(null)).matching.length > 0,
  };
}

/** Refuses `workload_unknown` when a request names one that the tenant does not have. */
export async function requireWorkload(
  { stores }: VerifierParts,
  tenant: Tenant,
  name: string | null,
): Promise<void> {
  if (name === null || (await stores.workloads.get(tenant.name, name)) !== null) return;
  refuse('workload_unknown', 'request', 'This tenant has no such workload.');
}
