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
  /** The one workload that the request names. */
  readonly named: string | null;
  /** The workloads that the audience takes; null: every one. */
  readonly taken: readonly string[] | null;
}

const NOTHING: ReferenceQuery = { given: true, candidates: [] };

/** Looks among what the audience takes and the request names; whether anything else matches is only counted. */
export async function findReferences(
  { stores }: VerifierParts,
  tenant: Tenant,
  { authenticated, context }: BoundEvidence,
  { named, taken }: ReferenceScope,
): Promise<FoundReferences> {
  const lookup = (workloads: readonly string[] | null) =>
    stores.referenceValues.lookup({
      tenant: tenant.name,
      tee: authenticated.referenceTee,
      fields: authenticated.referenceFields,
      workloads,
      at: context.at,
    });
  if (named !== null && taken !== null && !taken.includes(named)) {
    // Nothing of a workload that the audience does not take is compared, so that nothing of it is told.
    const { epoch } = await lookup([]);
    return { query: NOTHING, epoch, matchedElsewhere: true };
  }
  const { epoch, matching, nearest } = await lookup(named === null ? taken : [named]);
  const unmatched = matching.length === 0;
  const wider = named === null && taken !== null;
  return {
    query: { given: true, candidates: unmatched ? nearest : matching },
    epoch,
    matchedElsewhere: unmatched && wider && (await lookup(null)).matching.length > 0,
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
