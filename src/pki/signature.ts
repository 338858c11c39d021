/**
 * The only place that verifies signatures: RSASSA-PSS of certificates and lists, raw ECDSA of evidence.
 * Verification runs on the thread pool.
 */
import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import type { DigestName } from '../bytes/digest.js';
import { bytesOfHex, equalBytes } from '../bytes/encoding.js';
import { Memory } from './memory.js';

/** Signature algorithms of certificates and lists. The salt is as long as the hash. */
export type SignatureAlgorithm = 'rsassa-pss-sha384';

const SHA384 = '300d06096086480165030402020500';
const PSS_PARAMETERS = `a00f${SHA384}a11c301a06092a864886f70d010108${SHA384}a203020130`;

/**
 * AlgorithmIdentifier of RSASSA-PSS with SHA-384, MGF1 with SHA-384 and 48 octets of salt (RFC 4055, 3.1), in
 * the two encodings that AMD uses: with the default trailer field left out, and spelled out.
 */
const ALGORITHM_IDENTIFIERS: readonly Uint8Array[] = [
  `304106092a864886f70d01010a3034${PSS_PARAMETERS}`,
  `304606092a864886f70d01010a3039${PSS_PARAMETERS}a303020101`,
].map((hex) => bytesOfHex(hex) ?? new Uint8Array());

/** Compared octet by octet: a parameter that differs in anything is another algorithm. Null: not one of ours. */
export function signatureAlgorithmOf(identifier: Uint8Array): SignatureAlgorithm | null {
  return ALGORITHM_IDENTIFIERS.some((known) => equalBytes(known, identifier)) ? 'rsassa-pss-sha384' : null;
}

export interface SignedDocument {
  readonly algorithm: SignatureAlgorithm;
  /** The octets that the signature is over, as received. */
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
}

export interface SigningAuthority {
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo, DER: names the key in the memory of verified signatures. */
  readonly spki: Uint8Array;
}

/**
 * Digests of (key, document, signature) that verified: some hundred chips with their chains and lists. Failures
 * are not remembered.
 */
const verified = new Memory<true>({ entries: 4096, bytes: 256 * 1024 });

/**
 * Whether the authority signed the document. A signature that verified once is known by digest and not
 * computed again: it cannot stop being right, and validity in time is nobody's business here.
 */
export async function verifySigned(document: SignedDocument, authority: SigningAuthority): Promise<boolean> {
  const { publicKey, spki } = authority;
  if (publicKey.asymmetricKeyType !== 'rsa') return false;
  const name = nameOf(spki, document);
  if (verified.recall(name) === true) return true;
  const holds = await verifyWith('sha384', document.tbs, document.signature, {
    key: publicKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 48,
  });
  if (holds) verified.remember(name, true, name.length);
  return holds;
}

export interface EcdsaSignature {
  /** EC public key; r and s must be as wide as its field. */
  readonly key: KeyObject;
  readonly hash: DigestName;
  readonly message: Uint8Array;
  /** Big endian, fixed width (P-384: 48 bytes). AMD writes them little endian: see `reverseBytes`. */
  readonly r: Uint8Array;
  readonly s: Uint8Array;
}

/** Evidence signatures; each is computed, none is remembered. False for r or s of another width. */
export async function verifyEcdsaRaw({ key, hash, message, r, s }: EcdsaSignature): Promise<boolean> {
  if (key.asymmetricKeyType !== 'ec' || r.length !== s.length) return false;
  return verifyWith(hash, message, Buffer.concat([r, s]), { key, dsaEncoding: 'ieee-p1363' });
}

/** Little endian to big endian and back. A copy. */
export function reverseBytes(bytes: Uint8Array): Uint8Array {
  return bytes.slice().reverse();
}

/** Forgets every verified signature, for tests that compare cold with warm. */
export function forgetVerifiedSignatures(): void {
  verified.forgetAll();
}

function verifyWith(
  hash: DigestName,
  message: Uint8Array,
  signature: Uint8Array,
  key: Parameters<typeof verify>[2],
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(hash, message, key, signature, (error, holds) =>
      error === null ? resolve(holds) : reject(error),
    );
  });
}

/** Lengths in front of the parts, so that no two triples are written alike. */
function nameOf(spki: Uint8Array, { algorithm, tbs, signature }: SignedDocument): string {
  const hash = createHash('sha256').update(algorithm);
  for (const part of [spki, tbs, signature]) hash.update(`|${part.length}|`).update(part);
  return hash.digest('base64');
}
