/** Reading trust anchors: the same few byte strings for as long as the process lives. */
import { type Certificate, parseCertificate } from './certificate.js';

/** By identity, unlike everything that is sent: nobody but the start of the process makes anchors. */
const known = new WeakMap<Uint8Array, Certificate>();

/** A root or intermediate of `VendorAnchors`, DER; it is not written to after it was handed over. Throws MalformedDer. */
export function readAnchor(der: Uint8Array): Certificate {
  const before = known.get(der);
  if (before !== undefined) return before;
  const certificate = parseCertificate(der);
  known.set(der, certificate);
  return certificate;
}
