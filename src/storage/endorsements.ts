/**
 * Vendor documents, shared by the tenants of a realm. Every generation is kept; which one is current follows
 * from their order, so there is never a moment without one or with two. One dated in the future waits its turn.
 */
import type { EndorsementDocument, Realm } from '../rats/endorsement.js';
import type { EndorsementStore, KeptState } from '../verifier/endorsement-ports.js';
import { lockExclusively } from './advisory-lock.js';
import type { Database, Transaction } from './database.js';
import { createContents, readName } from './endorsement-contents.js';
import { raiseEndorsementEpoch } from './endorsement-epoch.js';
import { endorsementLists } from './endorsement-lists.js';
import { CURRENT_FIRST, MOST_GENERATIONS, STANDING_FIRST } from './endorsement-look.js';
import { firstOf, textOf } from './row.js';
import { rememberStanding } from './standing-endorsements.js';

const LATEST_FIRST = 'issued_at DESC, sequence DESC NULLS LAST, stored_at, sha256';

/** `$4` is the instant. */
const FOR_TENSE = {
  now: { begun: '', order: `ORDER BY ${STANDING_FIRST}` },
  past: { begun: 'AND issued_at <= $4', order: `ORDER BY ${LATEST_FIRST}` },
} as const;

const SCOPE = { tenant: null, stage: 'authenticate' } as const;

export function endorsementStore(database: Database): EndorsementStore {
  const contents = createContents(database);
  const remembered = rememberStanding(database, contents);

  /** All in one transaction, if they are wanted; none otherwise. */
  async function keepAll(
    { realm, documents, source, now }: Offers,
    wanted: (tx: Transaction) => Promise<boolean>,
  ): Promise<readonly KeptState[]> {
    const kept = await database.transaction({ tenant: null }, async (tx) => {
      await lockDocuments(tx, realm, documents);
      if (!(await wanted(tx))) return [];
      const states: KeptState[] = [];
      let changed = false;
      for (const document of documents) {
        const state = await insert(tx, { realm, document, source, now });
        states.push(state);
        changed ||= state !== 'known' && (await changesVerdicts(tx, realm, document));
      }
      if (changed) await raiseEndorsementEpoch(tx, realm);
      return states;
    });
    if (kept.some((state) => state !== 'known')) remembered.forget(realm);
    return kept;
  }

  return {
    findStanding: remembered.findStanding,

    async find(realm, requirements, { at, tense }) {
      const { begun, order } = FOR_TENSE[tense];
      const { rows } = await database.read(
        SCOPE,
        `SELECT wanted.kind, wanted.subject, found.sha256
             FROM unnest($2::text[], $3::text[], $5::boolean[]) AS wanted (kind, subject, each)
            CROSS JOIN LATERAL (
               SELECT sha256, row_number() OVER (${order}) AS place FROM endorsements
                WHERE realm = $1 AND kind = wanted.kind AND subject = wanted.subject ${begun}
                ${order} LIMIT ${MOST_GENERATIONS}
             ) AS found
            WHERE found.place = 1 OR wanted.each
            ORDER BY wanted.kind, wanted.subject, found.place`,
        [
          realm,
          requirements.map(({ kind }) => kind),
          requirements.map(({ subject }) => subject),
          at,
          requirements.map(({ each }) => each === true),
        ],
      );
      return contents(realm, rows.map(readName));
    },

    async named(realm, names) {
      const { rows } = await database.read(
        SCOPE,
        `SELECT kept.kind, kept.subject, kept.sha256
           FROM (SELECT DISTINCT kind, sha256 FROM unnest($2::text[], $3::text[]) AS given (kind, sha256)) AS wanted
           JOIN endorsements AS kept
             ON kept.realm = $1 AND kept.sha256 = wanted.sha256 AND kept.kind = wanted.kind
          ORDER BY kept.kind, kept.subject, kept.sha256`,
        [realm, names.map(({ kind }) => kind), names.map(({ sha256 }) => sha256)],
      );
      const found = rows.map(readName);
      const read = await contents(realm, found);
      return read.map((endorsement, place) => ({ ...endorsement, sha256: found[place]?.sha256 ?? '' }));
    },

    async keep(realm, document, source, now) {
      const [state] = await keepAll({ realm, documents: [document], source, now }, async () => true);
      if (state === undefined) throw new TypeError('one document has one state');
      return state;
    },

    async keepUnlessOlder(realm, document, beside, source, now) {
      const offer = { realm, documents: [document, ...beside], source, now };
      const states = await keepAll(offer, async (tx) => !(await isOlder(tx, realm, document, now)));
      return states.length === 0 ? null : states;
    },

    async knows(realm, requirements) {
      const naming = requirements.filter(({ subject }) => subject.includes('/'));
      if (naming.length === 0) return false;
      const machines = naming.map(({ subject }) => subject.slice(0, subject.lastIndexOf('/')));
      const { count } = await database.read(
        SCOPE,
        // A range of the index: `0` follows `/`. By a prefix that is no constant every machine's would be read.
        `SELECT FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted (kind, beginning, beyond)
          WHERE EXISTS (SELECT FROM endorsements WHERE realm = $1 AND kind = wanted.kind
                           AND subject > wanted.beginning AND subject < wanted.beyond)`,
        [
          realm,
          naming.map(({ kind }) => kind),
          machines.map((machine) => `${machine}/`),
          machines.map((machine) => `${machine}0`),
        ],
      );
      return count > 0;
    },

    contents,

    ...endorsementLists(database),
  };
}

/** One after the other, so that of two at once only the newer is called current; in one order, so that nobody deadlocks. */
async function lockDocuments(
  tx: Transaction,
  realm: Realm,
  documents: readonly EndorsementDocument[],
): Promise<void> {
  const names = new Map(documents.map(({ kind, subject }) => [`${kind}\0${subject}`, [kind, subject]]));
  const inOrder = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, name] of inOrder) await lockExclusively(tx, 'endorsement', realm, ...name);
}

interface Offers {
  readonly realm: Realm;
  readonly documents: readonly EndorsementDocument[];
  readonly source: string;
  readonly now: Date;
}

interface Offer extends Omit<Offers, 'documents'> {
  readonly document: EndorsementDocument;
}

/** Under the document's lock. */
async function insert(tx: Transaction, { realm, document, source, now }: Offer): Promise<KeptState> {
  const { count } = await tx.query(
    `INSERT INTO endorsements
       (realm, kind, subject, sha256, document, issued_at, expires_at, sequence, source, stored_at, of_machine)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::numeric, $9, $10, $11) ON CONFLICT DO NOTHING`,
    [
      realm,
      document.kind,
      document.subject,
      document.sha256,
      document.bytes,
      document.issuedAt,
      document.expiresAt,
      document.sequence === null ? null : document.sequence.toString(),
      source,
      now,
      document.ofMachine === true,
    ],
  );
  if (count === 0) return 'known';
  return (await currentDigest(tx, realm, document, now)) === document.sha256 ? 'current' : 'past';
}

/**
 * Whether a document that was just stored may change a verdict. The first one about a machine changes none: without it
 * nothing was decided, and who had none has to look again in any case. So the certificates of a thousand new machines do
 * not make everybody else start over.
 */
async function changesVerdicts(
  tx: Transaction,
  realm: Realm,
  { kind, subject, sha256, ofMachine }: EndorsementDocument,
): Promise<boolean> {
  if (ofMachine !== true) return true;
  const { count } = await tx.query(
    'SELECT FROM endorsements WHERE realm = $1 AND kind = $2 AND subject = $3 AND sha256 <> $4 LIMIT 1',
    [realm, kind, subject, sha256],
  );
  return count > 0;
}

/** Whether one that has begun by its issue date or by now comes before it. Of equals neither does. */
async function isOlder(
  tx: Transaction,
  realm: Realm,
  { kind, subject, issuedAt, sequence }: EndorsementDocument,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.query(
    `SELECT 1 FROM endorsements WHERE realm = $1 AND kind = $2 AND subject = $3
        AND issued_at <= greatest($4::timestamptz, $5::timestamptz)
        AND (coalesce(sequence, -1), issued_at) > (coalesce($6::text::numeric, -1), $4::timestamptz)
      LIMIT 1`,
    [realm, kind, subject, issuedAt, now, sequence === null ? null : sequence.toString()],
  );
  return count > 0;
}

/** The newest of those that have begun now, or will have begun when the document does. */
async function currentDigest(
  tx: Transaction,
  realm: Realm,
  { kind, subject, issuedAt }: EndorsementDocument,
  now: Date,
): Promise<string | null> {
  const { rows } = await tx.query(
    `SELECT sha256 FROM endorsements WHERE realm = $1 AND kind = $2 AND subject = $3
        AND issued_at <= greatest($4::timestamptz, $5::timestamptz)
      ORDER BY ${CURRENT_FIRST} LIMIT 1`,
    [realm, kind, subject, issuedAt, now],
  );
  return firstOf(rows, (row) => textOf(row, 'sha256'));
}
