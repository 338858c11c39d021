/** Certificates and lists as the verdict names them: what they are, and for how long they hold. */
import type { EndorsementUsed } from '../rats/result.js';
import type { Certificate } from './certificate.js';
import type { Crl } from './crl.js';

/** By document, for as long as somebody holds it: the texts of dates are made once. */
const known = new WeakMap<Certificate | Crl, EndorsementUsed>();

/** `kind`: the TEE's word for it. */
export function certificateUsed(kind: string, certificate: Certificate): EndorsementUsed {
  return usedAs(kind, certificate, certificate.notBefore, certificate.notAfter);
}

export function crlUsed(kind: string, crl: Crl): EndorsementUsed {
  return usedAs(kind, crl, crl.thisUpdate, crl.nextUpdate);
}

function usedAs(kind: string, document: Certificate | Crl, from: Date, until: Date): EndorsementUsed {
  const before = known.get(document);
  if (before?.kind === kind) return before;
  const { sha256 } = document;
  const used = { kind, sha256, not_before: from.toISOString(), not_after: until.toISOString() };
  known.set(document, used);
  return used;
}
