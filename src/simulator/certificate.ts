/** Minting X.509 certificates the way AMD's authorities do (57230; RFC 5280, RFC 4055). */
import type { KeyObject } from 'node:crypto';
import {
  type Asn1,
  asn1Of,
  bits,
  boolean,
  derOf,
  integer,
  nothing,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  tagged,
  taggedPrimitive,
  time,
  utf8,
} from './asn1.js';
import { keyIdOf, signPss, spkiOf } from './key-pair.js';

/** Stands where genuine certificates say who AMD is, so that nobody mistakes one for the other. */
export const SIMULATED_ORGANIZATION = 'Assay simulated vendor';

export interface PlannedExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** Contents of the extnValue octet string: normally DER, for hwID raw bytes. */
  readonly value: Uint8Array;
}

export interface CertificatePlan {
  readonly serialNumber: bigint;
  /** Common names; the other attributes are the same for all. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Its public half goes into the certificate. */
  readonly key: KeyObject;
  readonly extensions: readonly PlannedExtension[];
}

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

export function extensionList(extensions: readonly PlannedExtension[]): Asn1 {
  return sequence(
    ...extensions.map((extension) =>
      sequence(oid(extension.oid), ...(extension.critical ? [boolean(true)] : []), octets(extension.value)),
    ),
  );
}

/** Signs a certificate. DER. */
export async function mintCertificate(plan: CertificatePlan, issuerKey: KeyObject): Promise<Uint8Array> {
  const tbs = sequence(
    tagged(0, integer(2)),
    integer(plan.serialNumber),
    pssAlgorithm(),
    distinguishedName(plan.issuer),
    sequence(time(plan.notBefore), time(plan.notAfter)),
    distinguishedName(plan.subject),
    asn1Of(spkiOf(plan.key)),
    tagged(3, extensionList(plan.extensions)),
  );
  const signature = await signPss(derOf(tbs), issuerKey);
  return derOf(sequence(tbs, pssAlgorithm(), bits(signature)));
}

/** Extensions of ARK, ASK and ASVK: `pathLength` null for the root, which also signs CRLs. */
export function authorityExtensions(
  key: KeyObject,
  issuerKey: KeyObject,
  pathLength: number | null,
  crlUrl: string,
): PlannedExtension[] {
  const root = pathLength === null;
  const constraints = sequence(boolean(true), ...(root ? [] : [integer(pathLength)]));
  const usage = bits(new Uint8Array([root ? 0x06 : 0x04]), root ? 1 : 2);
  const generalName = taggedPrimitive(6, Buffer.from(crlUrl, 'ascii'));
  const crlPoint = sequence(sequence(tagged(0, tagged(0, generalName))));
  return [
    ...(root
      ? []
      : [
          {
            oid: '2.5.29.35',
            critical: false,
            value: derOf(sequence(taggedPrimitive(0, keyIdOf(issuerKey)))),
          },
        ]),
    { oid: '2.5.29.14', critical: false, value: derOf(octets(keyIdOf(key))) },
    { oid: '2.5.29.19', critical: true, value: derOf(constraints) },
    { oid: '2.5.29.15', critical: true, value: derOf(usage) },
    { oid: '2.5.29.31', critical: false, value: derOf(crlPoint) },
  ];
}

/** PEM, one certificate. */
export function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
