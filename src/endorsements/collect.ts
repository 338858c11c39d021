/** What evidence needs, from the store. Whatever is not there stays absent: authentication says what lacks. */
import type { Endorsement, EndorsementRequirement, EndorsementSet, Realm } from '../rats/endorsement.js';
import type { EndorsementStore } from '../verifier/ports.js';

export interface CollectScope {
  readonly realm: Realm;
  /** Null: now, the current generation of each document. */
  readonly at: Date | null;
}

export type Collect = (
  requirements: readonly EndorsementRequirement[],
  scope: CollectScope,
) => Promise<EndorsementSet>;

/** Told of every look-up, for the metrics. */
export type LookUpListener = (kind: string, found: boolean) => void;

export function createCollector(store: Pick<EndorsementStore, 'find'>, lookedUp: LookUpListener): Collect {
  return async (requirements, { realm, at }) => {
    const wanted = new Map(requirements.map((need) => [`${need.kind}\0${need.subject}`, need]));
    const found = await Promise.all(
      [...wanted.values()].map(async (need) => {
        const document = await store.find(realm, need, at);
        lookedUp(need.kind, document !== null);
        return document;
      }),
    );
    return found.filter((document): document is Endorsement => document !== null);
  };
}
