/**
 * The table of bulletins among the documents that a verdict rests on. No vendor signs it: this build ships one, and a
 * newer one counts only where somebody whom the operator trusts has signed for it, before it is ever kept. Of shipped
 * and kept tables whoever collects documents hands over the one that counts; without any the shipped one judges.
 */
import { sha256Hex } from '../../bytes/digest.js';
import type { EndorsementDocument, EndorsementSet } from '../../rats/endorsement.js';
import { RefusalError } from '../../rats/refusal.js';
import type { EndorsementUsed } from '../../rats/result.js';
import { refuseDocument } from '../../rats/shared-refusals.js';
import { revisionOf } from './bulletin-document.js';
import { BULLETINS, type BulletinTable, SHIPPED_BYTES, tableIn } from './bulletin-table.js';
import { ENDORSEMENT_KIND } from './kds.js';

export const BULLETIN_FILE = 'bulletins.json';
export const BULLETIN_REQUIREMENT = { kind: ENDORSEMENT_KIND.bulletins, subject: 'amd' } as const;

/** RFC 5280, section 4.1.2.5: what has no end. The next revision takes its place. */
const NO_END = new Date('9999-12-31T23:59:59Z');

/** Refuses with `collateral_malformed` what is not of the table's form. */
export function readBulletinFile(bytes: Uint8Array): EndorsementDocument {
  try {
    return documentOf(bytes, tableIn(bytes));
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RefusalError)) throw error;
    const why = error instanceof RefusalError ? error.refusal.detail : error.message;
    return refuseDocument('collateral_malformed', `The table of bulletins cannot be used: ${why}.`);
  }
}

/** A revision counts from the first day of its month. */
function documentOf(bytes: Uint8Array, { revision }: BulletinTable): EndorsementDocument {
  const { date, sequence } = revisionOf(revision);
  const sha256 = sha256Hex(bytes);
  return { ...BULLETIN_REQUIREMENT, bytes, sha256, issuedAt: date, expiresAt: NO_END, sequence };
}

export const SHIPPED_BULLETINS: EndorsementDocument = documentOf(SHIPPED_BYTES, BULLETINS);

/** A table in force, and its entry among the documents of a verdict. */
export interface TableInForce {
  readonly table: BulletinTable;
  readonly used: EndorsementUsed;
}

/** Documents do not change, so each is read once for as long as somebody holds it. */
const READ = new WeakMap<Uint8Array, TableInForce | null>();

const SHIPPED: TableInForce = { table: BULLETINS, used: usedOf(SHIPPED_BULLETINS) };

/** The table among the documents, if it can be read: a later build may have kept a form that this one does not know. */
export function tableInForce(endorsements: EndorsementSet): TableInForce {
  const given = endorsements.find(
    ({ kind, subject }) => kind === BULLETIN_REQUIREMENT.kind && subject === BULLETIN_REQUIREMENT.subject,
  );
  return (given === undefined ? null : readOnce(given.bytes)) ?? SHIPPED;
}

function readOnce(bytes: Uint8Array): TableInForce | null {
  const known = READ.get(bytes);
  if (known !== undefined) return known;
  const read = readable(bytes);
  READ.set(bytes, read);
  return read;
}

function readable(bytes: Uint8Array): TableInForce | null {
  try {
    const table = tableIn(bytes);
    return { table, used: usedOf(documentOf(bytes, table)) };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RefusalError) return null;
    throw error;
  }
}

function usedOf({ kind, sha256, issuedAt, expiresAt }: EndorsementDocument): EndorsementUsed {
  return { kind, sha256, not_before: issuedAt.toISOString(), not_after: expiresAt.toISOString() };
}
