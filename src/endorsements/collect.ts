/** What evidence needs, from the store. Whatever is not there stays absent: authentication says what lacks. */
import type { EndorsementRequirement, Realm } from '../rats/endorsement.js';
import type { CollectedEndorsements, CollectScope, EndorsementStore } from '../verifier/endorsement-ports.js';
import { type AnchoredDocuments, documentKey } from './anchored.js';

export type Collect = (
  requirements: readonly EndorsementRequirement[],
  scope: CollectScope,
) => Promise<CollectedEndorsements>;

/** How a look-up ended. `pinned`: the store has none and need not, since trust anchors or this build bring one. */
export type LookUpResult = 'found' | 'pinned' | 'missing';

export interface CollectorParts {
  readonly store: Pick<EndorsementStore, 'find' | 'findStanding'>;
  /** What the realm's trust anchors and this build bring: `broughtBy` of anchored.ts. */
  readonly anchored: (realm: Realm) => AnchoredDocuments;
  /** Told of every look-up, for the metrics. */
  readonly lookedUp: (kind: string, result: LookUpResult) => void;
}

export function createCollector({ store, anchored, lookedUp }: CollectorParts): Collect {
  return async (requirements, scope) => {
    const { realm } = scope;
    const wanted = new Map(requirements.map((need) => [documentKey(need), need]));
    if (wanted.size === 0) return { documents: [], epoch: null, remembered: false };
    const found = await findIn(store, [...wanted.values()], scope);
    const atHand = new Set(found.documents.map(documentKey));
    for (const [key, { kind }] of wanted) {
      const otherwise = anchored(realm).has(key) ? 'pinned' : 'missing';
      lookedUp(kind, atHand.has(key) ? 'found' : otherwise);
    }
    return found;
  };
}

/** The past does not change with what comes now, and is not remembered either. */
async function findIn(
  store: CollectorParts['store'],
  wanted: readonly EndorsementRequirement[],
  { realm, at, tense, fresh }: CollectScope,
): Promise<CollectedEndorsements> {
  if (tense === 'past') {
    return { documents: await store.find(realm, wanted, { at, tense }), epoch: null, remembered: false };
  }
  const { epoch, documents, remembered } = await store.findStanding(realm, wanted, { at, fresh });
  return { documents, epoch: { realm, epoch }, remembered };
}
