/**
 * Notes which vendor documents verdicts rest on, without a write for each: a process notes a document once a day, and
 * what it noted goes to the store together, within a second. A crash loses the notes of that second at most and no
 * document; after it the process has noted nothing, so whatever is used again is noted again.
 */
import type { Endorsement, Realm } from '../rats/endorsement.js';
import type { EndorsementUse, RefreshStore } from '../verifier/refresh-ports.js';
import { documentKey } from './anchored.js';
import type { Collect } from './collect.js';

export interface UseNotes {
  note(realm: Realm, documents: readonly Endorsement[], at: Date): void;
  /** To the store; what cannot be written is kept for the next time. */
  flush(): Promise<void>;
}

/** Keys that a process remembers of a day. Beyond it begins anew, which costs writes and loses nothing. */
const MOST_REMEMBERED = 100_000;
const DAY_MS = 24 * 3600 * 1000;
const REALMS: readonly Realm[] = ['genuine', 'simulated'];

export function createUseNotes(store: Pick<RefreshStore, 'note'>): UseNotes {
  const noted = new Set<string>();
  const waiting = new Map<string, EndorsementUse & { readonly realm: Realm }>();
  let day = 0;
  return {
    note(realm, documents, at) {
      const today = Math.floor(at.getTime() / DAY_MS);
      if (today !== day || noted.size > MOST_REMEMBERED) noted.clear();
      day = today;
      for (const document of documents) {
        const key = `${realm}\0${documentKey(document)}`;
        if (noted.has(key)) continue;
        noted.add(key);
        waiting.set(key, { realm, kind: document.kind, subject: document.subject, lastUsedAt: at });
      }
    },
    async flush() {
      for (const realm of REALMS) {
        const batch = [...waiting].filter(([, use]) => use.realm === realm);
        if (batch.length === 0) continue;
        await store.note(
          realm,
          batch.map(([, { kind, subject, lastUsedAt }]) => ({ kind, subject, lastUsedAt })),
        );
        // Another note of the same document may have come meanwhile.
        for (const [key, use] of batch) if (waiting.get(key) === use) waiting.delete(key);
      }
    },
  };
}

/** Collects as before and notes what was found for the present; what the past needed need not be renewed. */
export function notingUses(collect: Collect, notes: Pick<UseNotes, 'note'>): Collect {
  return async (requirements, scope) => {
    const found = await collect(requirements, scope);
    if (scope.tense === 'now') notes.note(scope.realm, found.documents, scope.at);
    return found;
  };
}
