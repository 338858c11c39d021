/** Minting certificates the way AMD's authorities do (57230; RFC 4055). */
import type { KeyObject } from 'node:crypto';
import { type Asn1, integer, nothing, oid, printable, sequence, setOf, tagged, utf8 } from '../asn1.js';
import {
  authorityKeyExtension,
  type CertificatePlan,
  constraintsExtension,
  crlPointExtension,
  type PlannedExtension,
  SIMULATED_ORGANIZATION,
  signCertificate,
  subjectKeyExtension,
  usageExtension,
  type VendorForm,
} from '../certificate.js';
import { signPss } from '../key-pair.js';

/** AlgorithmIdentifier of RSASSA-PSS with every parameter spelled out: SHA-384, MGF1 SHA-384, 48, 1. */
export function pssAlgorithm(): Asn1 {
  const sha384 = () => sequence(oid('2.16.840.1.101.3.4.2.2'), nothing());
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      tagged(0, sha384()),
      tagged(1, sequence(oid('1.2.840.113549.1.1.8'), sha384())),
      tagged(2, integer(48)),
      tagged(3, integer(1)),
    ),
  );
}

/** Attributes in AMD's order and string types, the organisation excepted. */
export function distinguishedName(commonName: string): Asn1 {
  const attribute = (type: string, value: Asn1) => setOf(sequence(oid(type), value));
  return sequence(
    attribute('2.5.4.11', utf8('Engineering')),
    attribute('2.5.4.6', printable('US')),
    attribute('2.5.4.7', utf8('Santa Clara')),
    attribute('2.5.4.8', utf8('CA')),
    attribute('2.5.4.10', utf8(SIMULATED_ORGANIZATION)),
    attribute('2.5.4.3', utf8(commonName)),
  );
}

export const AMD_FORM: VendorForm = { name: distinguishedName, algorithm: pssAlgorithm, sign: signPss };

/** Signs a certificate. DER. */
export function mintCertificate(plan: CertificatePlan, issuerKey: KeyObject): Promise<Uint8Array> {
  return signCertificate(AMD_FORM, plan, issuerKey);
}

const SIGNS_CERTIFICATES = 0x04;
const SIGNS_CERTIFICATES_AND_LISTS = 0x06;

/** Extensions of ARK, ASK and ASVK: `pathLength` null for the root, which also signs CRLs. */
export function authorityExtensions(
  key: KeyObject,
  issuerKey: KeyObject,
  pathLength: number | null,
  crlUrl: string,
): PlannedExtension[] {
  const root = pathLength === null;
  return [
    ...(root ? [] : [authorityKeyExtension(issuerKey)]),
    subjectKeyExtension(key),
    constraintsExtension({ pathLength }),
    usageExtension(root ? SIGNS_CERTIFICATES_AND_LISTS : SIGNS_CERTIFICATES),
    crlPointExtension(crlUrl),
  ];
}
