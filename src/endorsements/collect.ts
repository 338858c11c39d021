/** What evidence needs, from the store. Whatever is not there stays absent: authentication says what lacks. */
import type { Endorsement, EndorsementRequirement, EndorsementSet, Realm } from '../rats/endorsement.js';
import type { EndorsementInstant, EndorsementStore } from '../verifier/ports.js';

export interface CollectScope extends EndorsementInstant {
  readonly realm: Realm;
}

export type Collect = (
  requirements: readonly EndorsementRequirement[],
  scope: CollectScope,
) => Promise<EndorsementSet>;

/** Told of every look-up, for the metrics. */
export type LookUpListener = (kind: string, found: boolean) => void;

export function createCollector(store: Pick<EndorsementStore, 'find'>, lookedUp: LookUpListener): Collect {
  return async (requirements, { realm, at, tense }) => {
    const wanted = new Map(requirements.map((need) => [`${need.kind}\0${need.subject}`, need]));
    const found = await Promise.all(
      [...wanted.values()].map(async (need) => {
        const document = await store.find(realm, need, { at, tense });
        lookedUp(need.kind, document !== null);
        return document;
      }),
    );
    return found.filter((document): document is Endorsement => document !== null);
  };
}
