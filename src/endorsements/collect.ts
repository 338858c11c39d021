/** What evidence needs, from the store. Whatever is not there stays absent: authentication says what lacks. */
import type { EndorsementRequirement, EndorsementSet, Realm } from '../rats/endorsement.js';
import type { EndorsementInstant, EndorsementStore } from '../verifier/endorsement-ports.js';
import { type AnchoredDocuments, documentKey } from './anchored.js';

export interface CollectScope extends EndorsementInstant {
  readonly realm: Realm;
}

export type Collect = (
  requirements: readonly EndorsementRequirement[],
  scope: CollectScope,
) => Promise<EndorsementSet>;

/** How a look-up ended. `pinned`: the store has none and need not, since trust anchors or this build bring one. */
export type LookUpResult = 'found' | 'pinned' | 'missing';

export interface CollectorParts {
  readonly store: Pick<EndorsementStore, 'find'>;
  /** What the realm's trust anchors and this build bring: `broughtBy` of anchored.ts. */
  readonly anchored: (realm: Realm) => AnchoredDocuments;
  /** Told of every look-up, for the metrics. */
  readonly lookedUp: (kind: string, result: LookUpResult) => void;
}

export function createCollector({ store, anchored, lookedUp }: CollectorParts): Collect {
  return async (requirements, { realm, at, tense }) => {
    const wanted = new Map(requirements.map((need) => [documentKey(need), need]));
    if (wanted.size === 0) return [];
    const found = await store.find(realm, [...wanted.values()], { at, tense });
    const atHand = new Set(found.map(documentKey));
    for (const [key, { kind }] of wanted) {
      const otherwise = anchored(realm).has(key) ? 'pinned' : 'missing';
      lookedUp(kind, atHand.has(key) ? 'found' : otherwise);
    }
    return found;
  };
}
