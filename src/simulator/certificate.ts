/** The form of X.509 certificates (RFC 5280) that all simulated vendors share. */
import type { KeyObject } from 'node:crypto';
import {
  type Asn1,
  asn1Of,
  bits,
  boolean,
  derOf,
  integer,
  octets,
  oid,
  sequence,
  tagged,
  taggedPrimitive,
  time,
} from './asn1.js';
import { keyIdOf, spkiOf } from './key-pair.js';

/** Stands where genuine certificates name their vendor, so that nobody mistakes one for the other. */
export const SIMULATED_ORGANIZATION = 'Assay simulated vendor';

export interface PlannedExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** Contents of the extnValue octet string: normally DER, for AMD’s hwID raw bytes. */
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

/** An authority with everything needed to act for it. */
export interface Authority {
  readonly commonName: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** Private key. */
  readonly key: KeyObject;
}

/** How a vendor writes names and signs. */
export interface VendorForm {
  /** Attributes in the vendor’s order and string types. */
  readonly name: (commonName: string) => Asn1;
  /** AlgorithmIdentifier, as it stands in the document twice. */
  readonly algorithm: () => Asn1;
  /** Contents of the signature’s bit string. */
  readonly sign: (message: Uint8Array, key: KeyObject) => Promise<Uint8Array>;
}

export function extensionList(extensions: readonly PlannedExtension[]): Asn1 {
  return sequence(
    ...extensions.map((extension) =>
      sequence(oid(extension.oid), ...(extension.critical ? [boolean(true)] : []), octets(extension.value)),
    ),
  );
}

/** Signs a certificate in the vendor’s form. DER. */
export async function signCertificate(
  form: VendorForm,
  plan: CertificatePlan,
  issuerKey: KeyObject,
): Promise<Uint8Array> {
  const tbs = sequence(
    tagged(0, integer(2)),
    integer(plan.serialNumber),
    form.algorithm(),
    form.name(plan.issuer),
    sequence(time(plan.notBefore), time(plan.notAfter)),
    form.name(plan.subject),
    asn1Of(spkiOf(plan.key)),
    tagged(3, extensionList(plan.extensions)),
  );
  const signature = await form.sign(derOf(tbs), issuerKey);
  return derOf(sequence(tbs, form.algorithm(), bits(signature)));
}

/** authorityKeyIdentifier: the key identifier alone. */
export function authorityKeyExtension(issuerKey: KeyObject): PlannedExtension {
  const value = derOf(sequence(taggedPrimitive(0, keyIdOf(issuerKey))));
  return { oid: '2.5.29.35', critical: false, value };
}

export function subjectKeyExtension(key: KeyObject): PlannedExtension {
  return { oid: '2.5.29.14', critical: false, value: derOf(octets(keyIdOf(key))) };
}

/** basicConstraints, critical: null for a leaf, otherwise an authority with or without a path length. */
export function constraintsExtension(
  authority: { readonly pathLength: number | null } | null,
): PlannedExtension {
  const members =
    authority === null
      ? []
      : [boolean(true), ...(authority.pathLength === null ? [] : [integer(authority.pathLength)])];
  return { oid: '2.5.29.19', critical: true, value: derOf(sequence(...members)) };
}

/** keyUsage, critical: the bits of the first octet, digitalSignature highest. */
export function usageExtension(usage: number): PlannedExtension {
  const unused = Math.log2(usage & -usage);
  return { oid: '2.5.29.15', critical: true, value: derOf(bits(new Uint8Array([usage]), unused)) };
}

/** One distribution point, by URL. */
export function crlPointExtension(url: string): PlannedExtension {
  const generalName = taggedPrimitive(6, Buffer.from(url, 'ascii'));
  const value = derOf(sequence(sequence(tagged(0, tagged(0, generalName)))));
  return { oid: '2.5.29.31', critical: false, value };
}

/** The date moved by whole years, in whole seconds as certificates have them. */
export function yearsFrom(date: Date, years: number): Date {
  const moved = new Date(Math.floor(date.getTime() / 1000) * 1000);
  moved.setUTCFullYear(moved.getUTCFullYear() + years);
  return moved;
}

/** PEM, one certificate. */
export function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
