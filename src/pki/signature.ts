/**
 * The only place that verifies signatures: RSASSA-PSS and ECDSA of certificates, lists and other vendor
 * documents, raw ECDSA of evidence. What Node computes runs on the thread pool. ECDSA with raw r and s has two
 * implementations, and only this file knows of both.
 */
import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { DigestName } from '../bytes/digest.js';
import { base64urlOf, hexOf } from '../bytes/encoding.js';
import { Memory } from '../bytes/memory.js';
import type { EcdsaVerifier } from './ecdsa.js';
import { failedAddonAnswers } from './ecdsa-addon-answers.js';
import { failedAnswers } from './ecdsa-known-answers.js';
import { type EcdsaAddon, nativeEcdsa } from './ecdsa-native.js';
import { NODE_ECDSA } from './ecdsa-node.js';

/**
 * Signature algorithms of vendor documents. `rsassa-pss-sha384`: AMD's, the salt as long as the hash.
 * `ecdsa-p256-sha256`: Intel's certificates and lists, r and s in DER. `ecdsa-p256-sha256-raw`: Intel's other
 * documents, r and s of 32 bytes each, big endian.
 */
export type SignatureAlgorithm = 'rsassa-pss-sha384' | 'ecdsa-p256-sha256' | 'ecdsa-p256-sha256-raw';

const SHA384 = '300d06096086480165030402020500';
const PSS_PARAMETERS = `a00f${SHA384}a11c301a06092a864886f70d010108${SHA384}a203020130`;

/**
 * AlgorithmIdentifier of RSASSA-PSS with SHA-384, MGF1 with SHA-384 and 48 octets of salt (RFC 4055, 3.1), in
 * the two encodings that AMD uses: with the default trailer field left out, and spelled out. And that of ECDSA
 * with SHA-256, which has no parameters (RFC 5758, 3.2).
 */
const ALGORITHM_IDENTIFIERS: readonly (readonly [string, SignatureAlgorithm])[] = [
  [`304106092a864886f70d01010a3034${PSS_PARAMETERS}`, 'rsassa-pss-sha384'],
  [`304606092a864886f70d01010a3039${PSS_PARAMETERS}a303020101`, 'rsassa-pss-sha384'],
  ['300a06082a8648ce3d040302', 'ecdsa-p256-sha256'],
];

/** Compared octet by octet: a parameter that differs in anything is another algorithm. Null: not one of ours. */
export function signatureAlgorithmOf(identifier: Uint8Array): SignatureAlgorithm | null {
  const text = hexOf(identifier);
  return ALGORITHM_IDENTIFIERS.find(([known]) => known === text)?.[1] ?? null;
}

/** Of the process: where evidence is judged nobody chooses, and both give the same answers. */
let ecdsa: EcdsaVerifier = NODE_ECDSA;

/**
 * From now on this process verifies raw ECDSA with the addon, or without one as Node does. Nothing changes unless all
 * known answers come out right; returned are the names of those that did not. Throws what the addon throws when asked who
 * it is.
 */
export async function chooseEcdsa(addon: EcdsaAddon | null): Promise<readonly string[]> {
  const chosen = addon === null ? NODE_ECDSA : nativeEcdsa(addon, NODE_ECDSA);
  const failed = [
    ...(await failedAnswers(chosen)),
    ...(addon === null ? [] : await failedAddonAnswers(addon)),
  ];
  if (failed.length === 0) ecdsa = chosen;
  return failed;
}

/** Who computes raw ECDSA here: `node openssl/3.0.19`, `native aws-lc/1.66.0`. */
export function ecdsaName(): string {
  return ecdsa.name;
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
 * The same by identity, for documents that are kept once they have been read: no digest needs to be computed to
 * find out that this very document was verified with this very key.
 */
let verifiedPairs = new WeakMap<SignedDocument, WeakSet<SigningAuthority>>();

/** RSA below this is no authority's, pinned or not. */
const MIN_RSA_BITS = 2048;

/** Whether a key is of the kind that signs with the algorithm: nothing else can have made such a signature. */
export function keyFitsAlgorithm(key: KeyObject, algorithm: SignatureAlgorithm): boolean {
  const details = key.asymmetricKeyDetails;
  if (algorithm === 'rsassa-pss-sha384') {
    return key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
  }
  return key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1';
}

/** Whether it is known that the authority signed this very document, the objects being the same as then. Computes nothing. */
export function isKnownSigned(document: SignedDocument, authority: SigningAuthority): boolean {
  return verifiedPairs.get(document)?.has(authority) === true;
}

/**
 * Whether the authority signed the document. A signature that verified once is known by digest and not
 * computed again: it cannot stop being right, and validity in time is nobody's business here.
 */
export async function verifySigned(document: SignedDocument, authority: SigningAuthority): Promise<boolean> {
  if (isKnownSigned(document, authority)) return true;
  const holds = await verifyUnlessKnown(document, authority);
  if (holds) rememberPair(document, authority);
  return holds;
}

async function verifyUnlessKnown(document: SignedDocument, authority: SigningAuthority): Promise<boolean> {
  const { publicKey, spki } = authority;
  const { algorithm, tbs, signature } = document;
  if (!keyFitsAlgorithm(publicKey, algorithm)) return false;
  const name = nameOf(spki, document);
  if (verified.recall(name) === true) return true;
  const holds =
    algorithm === 'ecdsa-p256-sha256-raw'
      ? await ecdsa.verify({ key: publicKey, hash: 'sha256', message: tbs, signature })
      : await verifyWith(algorithm, tbs, signature, publicKey);
  if (holds) verified.remember(name, true, name.length);
  return holds;
}

function rememberPair(document: SignedDocument, authority: SigningAuthority): void {
  const authorities = verifiedPairs.get(document);
  if (authorities === undefined) verifiedPairs.set(document, new WeakSet([authority]));
  else authorities.add(authority);
}

/** Those that Node alone computes. */
const NODE_FORMS = {
  'rsassa-pss-sha384': { hash: 'sha384', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 },
  'ecdsa-p256-sha256': { hash: 'sha256', dsaEncoding: 'der' },
} as const;

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
  return ecdsa.verify({ key, hash, message, signature: sideBySide(r, s) });
}

/** Without a copy where they lie so already. */
function sideBySide(r: Uint8Array, s: Uint8Array): Uint8Array {
  const adjacent = r.buffer === s.buffer && r.byteOffset + r.length === s.byteOffset;
  return adjacent ? new Uint8Array(r.buffer, r.byteOffset, r.length + s.length) : Buffer.concat([r, s]);
}

/** A public key on P-256 from x and y, 32 bytes each, big endian; null when that is no point of the curve. */
export function p256KeyOf(point: Uint8Array): KeyObject | null {
  if (point.length !== 64) return null;
  const [x, y] = [base64urlOf(point.subarray(0, 32)), base64urlOf(point.subarray(32))];
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return null;
  }
}

/** Little endian to big endian and back. A copy. */
export function reverseBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes).reverse();
}

/** Forgets every verified signature and what was concluded from it, for tests that compare cold with warm. */
export function forgetVerifiedSignatures(): void {
  verified.forgetAll();
  verifiedPairs = new WeakMap();
  era = Symbol('era');
}

let era = Symbol('era');

/** Changes when verified signatures are forgotten: what was concluded from them in another era counts no more. */
export function signatureEra(): symbol {
  return era;
}

function verifyWith(
  algorithm: keyof typeof NODE_FORMS,
  message: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
): Promise<boolean> {
  const { hash, ...form } = NODE_FORMS[algorithm];
  return new Promise((resolve, reject) => {
    verify(hash, message, { key, ...form }, signature, (error, holds) =>
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
