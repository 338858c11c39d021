/**
 * Which vendor documents count now, remembered for as long as the realm's epoch stands. No decision commits under
 * another epoch than the one its documents name, so an old answer costs another look and never a wrong verdict. Of time
 * an answer depends through the beginning of documents alone: it lasts until the next one that is stored begins. Whether
 * a document is past its end, verification judges each time.
 */
import { Memory } from '../bytes/memory.js';
import type { EndorsementRequirement, Realm } from '../rats/endorsement.js';
import type { EndorsementStore, StandingEndorsements } from '../verifier/endorsement-ports.js';
import type { Database } from './database.js';
import type { ReadContents } from './endorsement-contents.js';
import { type Finding, type Look, lookForStanding } from './endorsement-look.js';
import { KnownEpochs } from './known-epochs.js';

/** Some thousand chips, platform families and lists; the bytes are those that the contents hold anyway. */
const FOUND = { entries: 4096, bytes: 32 * 1024 * 1024 };
/** Apart, since strangers choose what is asked for: what is not there never pushes out what is. */
const ABSENT = { entries: 1024, bytes: 1024 * 1024 };

export interface RememberedEndorsements {
  readonly findStanding: EndorsementStore['findStanding'];
  /** The realm's epoch has moved. */
  readonly forget: (realm: Realm) => void;
}

export function rememberStanding(database: Database, contents: ReadContents): RememberedEndorsements {
  const realms = new KnownEpochs<null>(() => null);
  const found = new Memory<Finding>(FOUND);
  const absent = new Memory<Finding>(ABSENT);

  function recall(key: string, at: number): Finding | null {
    const finding = found.recall(key) ?? absent.recall(key);
    return finding !== null && finding.from <= at && at < finding.until ? finding : null;
  }

  /** Asks for all of them, and remembers what came unless a younger epoch is known already. */
  async function ask(realm: Realm, requirements: readonly EndorsementRequirement[], at: Date): Promise<Look> {
    const look = await lookForStanding(database, contents, realm, { requirements, at });
    const known = realms.at(realm, look.epoch);
    if (known === null) return look;
    requirements.forEach((requirement, place) => {
      const finding = look.findings[place];
      if (finding === undefined) return;
      const key = keyOf(realm, known.generation, requirement);
      const size = finding.documents.reduce((sum, { bytes }) => sum + bytes.length, key.length);
      (finding.documents.length === 0 ? absent : found).remember(key, finding, size);
    });
    return look;
  }

  return {
    async findStanding(realm, requirements, { at, fresh }) {
      const known = fresh ? null : realms.of(realm);
      if (known === null) return standing(await ask(realm, requirements, at));
      const recalled = requirements.map((requirement) =>
        recall(keyOf(realm, known.generation, requirement), at.getTime()),
      );
      const missing = requirements.filter((_requirement, place) => recalled[place] === null);
      if (missing.length === requirements.length) return standing(await ask(realm, requirements, at));
      if (missing.length > 0) {
        const look = await ask(realm, missing, at);
        // What was remembered and what was asked for now must be of one epoch.
        if (look.epoch !== known.epoch) return standing(await ask(realm, requirements, at));
        let place = 0;
        for (const [index, finding] of recalled.entries()) {
          if (finding === null) recalled[index] = look.findings[place++] ?? null;
        }
      }
      const documents = recalled.flatMap((finding) => finding?.documents ?? []);
      return { epoch: known.epoch, documents, remembered: true };
    },
    forget: (realm) => realms.forget(realm),
  };
}

function standing({ epoch, findings }: Look): StandingEndorsements {
  return { epoch, documents: findings.flatMap(({ documents }) => documents), remembered: false };
}

function keyOf(realm: Realm, generation: number, { kind, subject, each }: EndorsementRequirement): string {
  return [realm, generation, each === true ? 'each' : 'newest', kind, subject].join('\0');
}
