/**
 * The bytes of vendor documents by digest. Which document counts is asked of the database every time; what is in it
 * cannot change, so each is fetched once and then held in memory.
 */
import { keepDigest } from '../bytes/digest.js';
import { Memory } from '../bytes/memory.js';
import type { EndorsementRequirement, EndorsementSet, Realm } from '../rats/endorsement.js';
import type { Database, Row } from './database.js';
import { bytesOf, textOf } from './row.js';

/** Some hundred platforms and chips, and the lists of their vendors. */
const LIMITS = { entries: 4096, bytes: 32 * 1024 * 1024 };

/** A row of the store without its document. */
export interface DocumentName extends Omit<EndorsementRequirement, 'each'> {
  readonly sha256: string;
}

/** The named documents with their bytes, in the same order. */
export type ReadContents = (realm: Realm, names: readonly DocumentName[]) => Promise<EndorsementSet>;

export function createContents(database: Database): ReadContents {
  const held = new Memory<Uint8Array>(LIMITS);
  return async (realm, names) => {
    const keyOf = (name: DocumentName): string => [realm, name.kind, name.subject, name.sha256].join('\0');
    const known = new Map(names.map((name) => [keyOf(name), held.recall(keyOf(name))]));
    const missing = names.filter((name) => known.get(keyOf(name)) === null);
    for (const { bytes, ...name } of await fetchContents(database, realm, missing)) {
      known.set(keyOf(name), bytes);
      held.remember(keyOf(name), bytes, bytes.length);
    }
    return names.map((name) => {
      const bytes = known.get(keyOf(name)) ?? null;
      if (bytes === null) throw new Error('a document of the store has no content');
      return { kind: name.kind, subject: name.subject, bytes };
    });
  };
}

async function fetchContents(
  database: Database,
  realm: Realm,
  names: readonly DocumentName[],
): Promise<readonly (DocumentName & { readonly bytes: Uint8Array })[]> {
  if (names.length === 0) return [];
  const { rows } = await database.read(
    { tenant: null, stage: 'authenticate' },
    `SELECT kept.kind, kept.subject, kept.sha256, kept.document
       FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted (kind, subject, sha256)
       JOIN endorsements AS kept USING (kind, subject, sha256) WHERE kept.realm = $1`,
    [
      realm,
      names.map(({ kind }) => kind),
      names.map(({ subject }) => subject),
      names.map(({ sha256 }) => sha256),
    ],
  );
  return rows.map((row) => ({ ...readName(row), bytes: keepDigest(bytesOf(row, 'document')) }));
}

export function readName(row: Row): DocumentName {
  return {
    kind: textOf(row, 'kind'),
    subject: textOf(row, 'subject'),
    sha256: textOf(row, 'sha256'),
  };
}
