/**
 * X.509 certificates of an audience's authority (RFC 5280): its own, and those of the keys that sign the audience's tokens.
 * Authorities are EC keys on P-256, which every reader of such chains knows.
 */
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { CryptoKey } from 'jose';

const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** Upper bound of organizational unit and organization (RFC 5280, appendix A), in characters. */
const NAME_LENGTH = 64;

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface AuthorityPlan extends Validity {
  readonly tenant: string;
  readonly audience: string;
  readonly kid: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  /** Hex, positive, at most 20 bytes. */
  readonly serialNumber: string;
}

/** Self-signed, DER. It certifies keys, and no other authorities. */
export async function signAuthority(plan: AuthorityPlan): Promise<Uint8Array> {
  const name = [
    { O: [`Assay tenant ${plan.tenant}`.slice(0, NAME_LENGTH)] },
    { OU: [plan.audience.slice(0, NAME_LENGTH)] },
    // Two authorities never share a name, whatever was cut off.
    { CN: [`Token authority ${plan.kid.slice(0, 22)}`] },
  ];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: plan.serialNumber,
    subject: name,
    issuer: name,
    notBefore: plan.notBefore,
    notAfter: plan.notAfter,
    publicKey: plan.publicKey,
    signingKey: plan.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(plan.publicKey),
    ],
  });
  return new Uint8Array(certificate.rawData);
}

export interface LeafPlan extends Validity {
  /** DER. */
  readonly authority: Uint8Array;
  readonly authorityKey: CryptoKey;
  /** The key that signs tokens. */
  readonly publicKey: CryptoKey;
  readonly kid: string;
  readonly serialNumber: string;
}

/** DER. */
export async function signLeaf(plan: LeafPlan): Promise<Uint8Array> {
  const authority = new X509Certificate(plan.authority);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: plan.serialNumber,
    subject: [{ CN: [`Token signer ${plan.kid.slice(0, 22)}`] }],
    issuer: authority.subjectName.toJSON(),
    notBefore: plan.notBefore,
    notAfter: plan.notAfter,
    publicKey: plan.publicKey,
    signingKey: plan.authorityKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(plan.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return new Uint8Array(certificate.rawData);
}
