/** Reference values for evidence that is authentic: what to compare it with, and under which epoch. */
import type { ReferenceQuery, ReferenceValue } from '../rats/reference-value.js';
import { refuseWorkload } from '../rats/shared-refusals.js';
import type { Tenant } from './ports.js';
import type { ReferenceSource } from './reference-ports.js';
import type { VerifierParts } from './service.js';
import type { BoundEvidence } from './verify.js';

export interface FoundReferences {
  readonly query: ReferenceQuery;
  /** Those that match; `query` has others to explain by when there are none. */
  readonly matching: readonly ReferenceValue[];
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
export function findReferences(
  { stores }: VerifierParts,
  tenant: Tenant,
  bound: BoundEvidence,
  scope: ReferenceScope,
): Promise<FoundReferences> {
  return findReferencesIn(stores.referenceValues, tenant, bound, scope);
}

/** The same, wherever the versions come from. */
export async function findReferencesIn(
  values: ReferenceSource,
  tenant: Tenant,
  { authenticated, context }: BoundEvidence,
  { named, taken }: ReferenceScope,
): Promise<FoundReferences> {
  const asked = (workloads: readonly string[] | null) => ({
    tenant: tenant.name,
    tee: authenticated.referenceTee,
    fields: authenticated.referenceFields,
    workloads,
    at: context.at,
  });
  if (named !== null && taken !== null && !taken.includes(named)) {
    // Nothing of a workload that the audience does not take is compared, so that nothing of it is told.
    const { epoch } = await values.lookup(asked([]));
    return { query: NOTHING, matching: [], epoch, matchedElsewhere: true };
  }
  const query = asked(named === null ? taken : [named]);
  const { epoch, matching } = await values.lookup(query);
  if (matching.length > 0) {
    return { query: { given: true, candidates: matching }, matching, epoch, matchedElsewhere: false };
  }
  const wider = named === null && taken !== null;
  if (wider && (await values.lookup(asked(null))).matching.length > 0) {
    return { query: NOTHING, matching, epoch, matchedElsewhere: true };
  }
  const neighbours = await values.neighbours(query);
  return { query: { given: true, candidates: [], neighbours }, matching, epoch, matchedElsewhere: false };
}

/** Refuses `workload_unknown` when a request names one that the tenant does not have. */
export async function requireWorkload(
  { stores }: VerifierParts,
  tenant: Tenant,
  name: string | null,
): Promise<void> {
  if (name === null || (await stores.workloads.knows(tenant.name, name))) return;
  refuseWorkload();
}
