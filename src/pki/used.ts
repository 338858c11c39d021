/** Certificates, lists and other documents as the verdict names them: what they are, and for how long they hold. */
import type { EndorsementUsed } from '../rats/result.js';
import type { Certificate } from './certificate.js';
import type { Crl } from './crl.js';

/** By document, for as long as somebody holds it: the texts of dates are made once. */
const known = new WeakMap<object, EndorsementUsed>();

/** `kind`: the TEE's word for it. */
export function certificateUsed(kind: string, certificate: Certificate): EndorsementUsed {
  const { sha256, notBefore, notAfter } = certificate;
  return usedAs(kind, { key: certificate, sha256, from: notBefore, until: notAfter });
}

export function crlUsed(kind: string, crl: Crl): EndorsementUsed {
  const { sha256, thisUpdate, nextUpdate } = crl;
  return usedAs(kind, { key: crl, sha256, from: thisUpdate, until: nextUpdate });
}

export interface DatedDocument {
  /** What was read of it: stands for it, for as long as somebody holds it. */
  readonly key: object;
  readonly sha256: string;
  readonly from: Date;
  readonly until: Date;
}

export function usedAs(kind: string, { key, sha256, from, until }: DatedDocument): EndorsementUsed {
  const before = known.get(key);
  if (before?.kind === kind && before.sha256 === sha256) return before;
  const used = { kind, sha256, not_before: from.toISOString(), not_after: until.toISOString() };
  known.set(key, used);
  ends.set(used, until.getTime());
  return used;
}

const ends = new WeakMap<EndorsementUsed, number>();

/** Milliseconds since 1970 at which it ends. */
export function endsAt(used: EndorsementUsed): number {
  return ends.get(used) ?? Date.parse(used.not_after);
}
