/**
 * What look-ups found, for as long as the tenant's epoch stands: every act that changes which evidence is acceptable
 * raises the epoch, and no decision commits under another epoch than the one its look-up names. So an old answer
 * costs another look-up and never a wrong verdict.
 */
import { Memory } from '../bytes/memory.js';
import type { ReferenceFinding, ReferenceLookup } from '../verifier/reference-ports.js';
import { KnownEpochs } from './known-epochs.js';
import { digestsOf, type LookedUp } from './reference-lookup.js';

export interface RememberedReferences {
  lookup(query: ReferenceLookup): Promise<ReferenceFinding>;
  /** The tenant's epoch has moved. */
  forget(tenant: string): void;
}

interface Finding {
  readonly matching: ReferenceFinding['matching'];
  /** Milliseconds: the windows of all that could match are as they were, from the first to before the second. */
  readonly from: number;
  readonly until: number;
}

/** Of all tenants: some ten thousand workloads, each looked for again and again. */
const FINDINGS = { entries: 32_768, bytes: 16 * 1024 * 1024 };

export function rememberReferences(
  lookUp: (query: ReferenceLookup) => Promise<LookedUp>,
): RememberedReferences {
  /** Field sets in use, by TEE. */
  const tenants = new KnownEpochs<Map<string, readonly string[]>>(() => new Map());
  /** The generation is in the key, so what is past is never found and in time gives way. */
  const findings = new Memory<Finding>(FINDINGS);

  function recall(query: ReferenceLookup): ReferenceFinding | null {
    const known = tenants.of(query.tenant);
    const fieldSets = known?.state.get(query.tee);
    if (known === null || fieldSets === undefined) return null;
    const finding = findings.recall(keyOf(query, known.generation, fieldSets));
    const at = query.at.getTime();
    if (finding === null || at < finding.from || at >= finding.until) return null;
    return { epoch: known.epoch, matching: finding.matching };
  }

  /** Only what matched: a "no" is looked up again. */
  function remember(query: ReferenceLookup, found: LookedUp): void {
    const { epoch, matching, fieldSets, changesAt } = found;
    const known = tenants.at(query.tenant, epoch);
    if (known === null || matching.length === 0) return;
    known.state.set(query.tee, fieldSets);
    const key = keyOf(query, known.generation, fieldSets);
    const finding = {
      matching,
      from: query.at.getTime(),
      until: changesAt?.getTime() ?? Number.POSITIVE_INFINITY,
    };
    findings.remember(key, finding, key.length + JSON.stringify(matching).length);
  }

  return {
    async lookup(query) {
      const known = recall(query);
      if (known !== null) return known;
      const found = await lookUp(query);
      remember(query, found);
      const { epoch, matching } = found;
      return { epoch, matching };
    },
    forget: (tenant) => tenants.forget(tenant),
  };
}

/** Whose, when, and what the evidence is compared with: its digests, and the workloads that count. */
function keyOf(query: ReferenceLookup, generation: number, fieldSets: readonly string[]): string {
  const digests = digestsOf(query, fieldSets).map((digest) => digest.toString('base64'));
  return JSON.stringify([query.tenant, generation, query.tee, digests, query.workloads]);
}
