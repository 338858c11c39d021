/** X.509 certificates (RFC 5280), read strictly; which of them to believe is decided in path.ts. */
import type { KeyObject } from 'node:crypto';
import { sha256Hex } from '../bytes/digest.js';
import { equalBytes, hexOf } from '../bytes/encoding.js';
import { Memory } from '../bytes/memory.js';
import { MAX_CERTIFICATE_BYTES } from './bundle.js';
import { MalformedDer, readDerInteger, readDerSequence, readDerTime, requireCount } from './der.js';
import {
  type AuthorityFacts,
  type Extension,
  readAuthorityFacts,
  readAuthorityKeyId,
  readExtensions,
  readSubjectKeyId,
} from './extensions.js';
import { readCommonName } from './name.js';
import { readPublicKey } from './public-key.js';
import type { SignedDocument } from './signature.js';
import { readSignedDocument, requireSameAlgorithm } from './signed-document.js';

export { splitCertificates } from './bundle.js';

/** What kind of key a certificate holds: `curve` in OpenSSL's words (`secp384r1`, `prime256v1`). */
export type KeyFacts =
  | { readonly type: 'rsa'; readonly bits: number; readonly exponent: bigint }
  | { readonly type: 'ec'; readonly curve: string }
  | { readonly type: 'other' };

export interface Certificate {
  /** A copy of the bytes that were read. */
  readonly der: Uint8Array;
  /** Lowercase hex of SHA-256 over `der`. */
  readonly sha256: string;
  readonly signed: SignedDocument;
  /** Zero in AMD's leaves, which RFC 5280 forbids and AMD 57230 prescribes. */
  readonly serialNumber: bigint;
  /** Lowercase hex, an even number of digits. */
  readonly serialNumberHex: string;
  /** Names, DER: compared octet by octet. */
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  /** Null: none, or more than one. */
  readonly subjectCn: string | null;
  readonly issuerCn: string | null;
  /** Both belong to the validity. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  readonly keyFacts: KeyFacts;
  readonly authority: AuthorityFacts;
  /** Lowercase hex. */
  readonly subjectKeyId: string | null;
  readonly authorityKeyId: string | null;
  readonly extensions: readonly Extension[];
  /** By dotted OID; null where absent. */
  extension(oid: string): Extension | null;
}

/** X.509 version 3, as the INTEGER in its [0] tag. */
const VERSION_3 = Uint8Array.of(0xa0, 0x03, 0x02, 0x01, 0x02);
const EXTENSIONS_TAG = 0xa3;

/** By digest, since nothing in a certificate depends on anything but its bytes. Some hundred chips and lines. */
const vouchedFor = new Memory<Certificate>({ entries: 512, bytes: 1024 * 1024 });

/** One certificate, DER; at most 8 KiB. Throws MalformedDer. */
export function parseCertificate(der: Uint8Array): Certificate {
  requireSize(der);
  return certificateOf(der, sha256Hex(der));
}

/** The same for whoever has computed the digest already: SHA-256 over exactly these bytes, lowercase hex. */
export function certificateOf(der: Uint8Array, sha256: string): Certificate {
  requireSize(der);
  return vouchedFor.recall(sha256) ?? readCertificate(new Uint8Array(der), sha256);
}

function requireSize(der: Uint8Array): void {
  if (der.length > MAX_CERTIFICATE_BYTES) throw new MalformedDer('a certificate of more than 8 KiB');
}

/** For those that led to a trusted root: what strangers send takes no memory beyond their request. */
export function rememberCertificate(certificate: Certificate): void {
  vouchedFor.remember(certificate.sha256, certificate, certificate.der.length);
}

/** Whether issuer and subject are one: a root, or something that would like to be one. */
export function isSelfIssued(certificate: Certificate): boolean {
  return equalBytes(certificate.issuer, certificate.subject);
}

function readCertificate(der: Uint8Array, sha256: string): Certificate {
  const signed = readSignedDocument(der);
  const [version, serial, algorithm, issuer, validity, subject, spki, tagged] = requireCount(
    signed.members,
    8,
    'not the members of a certificate with extensions',
  );
  if (!equalBytes(version.der, VERSION_3)) throw new MalformedDer('not an X.509 version 3 certificate');
  requireSameAlgorithm(signed, algorithm);
  const [notBefore, notAfter] = requireCount(readDerSequence(validity), 2, 'not a validity');
  const [list] = requireCount(readDerSequence(tagged, EXTENSIONS_TAG), 1, 'not a list of extensions');
  const extensions = readExtensions(list);
  const publicKey = readPublicKey(spki);
  return {
    der,
    sha256,
    signed,
    serialNumber: readDerInteger(serial),
    serialNumberHex: hexOf(serial.content),
    subject: subject.der,
    issuer: issuer.der,
    subjectCn: readCommonName(subject),
    issuerCn: readCommonName(issuer),
    notBefore: readDerTime(notBefore),
    notAfter: readDerTime(notAfter),
    publicKey,
    spki: spki.der,
    keyFacts: keyFactsOf(publicKey),
    authority: readAuthorityFacts(extensions),
    subjectKeyId: readSubjectKeyId(extensions),
    authorityKeyId: readAuthorityKeyId(extensions),
    extensions: [...extensions.values()],
    extension: (oid) => extensions.get(oid) ?? null,
  };
}

function keyFactsOf(key: KeyObject): KeyFacts {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa') {
    return { type: 'rsa', bits: details?.modulusLength ?? 0, exponent: details?.publicExponent ?? 0n };
  }
  if (key.asymmetricKeyType === 'ec') return { type: 'ec', curve: details?.namedCurve ?? '' };
  return { type: 'other' };
}
