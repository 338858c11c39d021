/** Certificates and lists the way Intel writes and signs them (Intel SGX PCK certificate and CRL profile). */
import { type KeyObject, randomBytes } from 'node:crypto';
import { type Asn1, oid, printable, sequence, setOf, utf8 } from '../asn1.js';
import {
  authorityKeyExtension,
  constraintsExtension,
  crlPointExtension,
  type PlannedExtension,
  SIMULATED_ORGANIZATION,
  subjectKeyExtension,
  usageExtension,
  type VendorForm,
} from '../certificate.js';
import { type CrlPlan, type SimulatedCrl, signCrl } from '../crl.js';
import { signEcdsaDer } from '../key-pair.js';

/** Attributes in Intel's order and string types, the organisation excepted. */
function distinguishedName(commonName: string): Asn1 {
  const attribute = (type: string, value: Asn1) => setOf(sequence(oid(type), value));
  return sequence(
    attribute('2.5.4.3', utf8(commonName)),
    attribute('2.5.4.10', utf8(SIMULATED_ORGANIZATION)),
    attribute('2.5.4.7', utf8('Santa Clara')),
    attribute('2.5.4.8', utf8('CA')),
    attribute('2.5.4.6', printable('US')),
  );
}

/** P-256 keys, ecdsa-with-SHA256. */
export const INTEL_FORM: VendorForm = {
  name: distinguishedName,
  algorithm: () => sequence(oid('1.2.840.10045.4.3.2')),
  sign: signEcdsaDer,
};

/** Twenty bytes of which the first is neither zero nor above 0x7F, so that DER needs exactly twenty. */
export function randomSerial(): bigint {
  const bytes = randomBytes(20);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 1, 0);
  return BigInt(`0x${bytes.toString('hex')}`);
}

const SIGNS_CERTIFICATES_AND_LISTS = 0x06;
const SIGNS_ANYTHING_ELSE = 0xc0;

/** Extensions in Intel's order; `pathLength` null for what is no authority. */
export function intelExtensions(
  key: KeyObject,
  issuerKey: KeyObject,
  pathLength: number | null,
  crlUrl: string,
): PlannedExtension[] {
  const authority = pathLength !== null;
  return [
    authorityKeyExtension(issuerKey),
    crlPointExtension(crlUrl),
    subjectKeyExtension(key),
    usageExtension(authority ? SIGNS_CERTIFICATES_AND_LISTS : SIGNS_ANYTHING_ELSE),
    constraintsExtension(authority ? { pathLength } : null),
  ];
}

/** Every list of Intel's has number 1: only thisUpdate says which is newer. */
export function mintCrl(plan: CrlPlan): Promise<SimulatedCrl> {
  return signCrl(INTEL_FORM, { ...plan, number: plan.number ?? 1n });
}
