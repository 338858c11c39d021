/** Certificate revocation lists, version 2 (RFC 5280, 5): complete lists of one issuer, as vendors serve them. */
import { sha256Hex } from '../bytes/digest.js';
import { equalBytes } from '../bytes/encoding.js';
import { Memory } from '../bytes/memory.js';
import type { Certificate } from './certificate.js';
import {
  DER_TAG,
  type DerNode,
  MalformedDer,
  readDer,
  readDerInteger,
  readDerSequence,
  readDerTime,
  requireCount,
} from './der.js';
import { EXTENSION_OID, type Extension, readAuthorityKeyId, readExtensions } from './extensions.js';
import { readCommonName } from './name.js';
import { type SignedDocument, verifySigned } from './signature.js';
import { readSignedDocument, requireSameAlgorithm } from './signed-document.js';

export interface Crl {
  /** A copy of the bytes that were read. */
  readonly der: Uint8Array;
  /** Lowercase hex of SHA-256 over `der`. */
  readonly sha256: string;
  readonly signed: SignedDocument;
  /** Name, DER: compared octet by octet. */
  readonly issuer: Uint8Array;
  /** Null: none, or more than one. */
  readonly issuerCn: string | null;
  /** Both belong to the window. */
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Null where the list has none: whether that is tolerable is its vendor's business. */
  readonly number: bigint | null;
  /** Lowercase hex; null where the list does not say. */
  readonly authorityKeyId: string | null;
  readonly revokedSerials: ReadonlySet<bigint>;
}

/** AMD's lists have a handful of entries, Intel's some hundred; der.ts counts what is in them as well. */
const MAX_CRL_BYTES = 1024 * 1024;

/** INTEGER 1: version 2. */
const VERSION_2 = Uint8Array.of(0x02, 0x01, 0x01);
const EXTENSIONS_TAG = 0xa0;

const NO_LIST = 'not the members of a list';

/** By digest: a few lists are looked at again for every piece of evidence. Only those with a good signature. */
const vouchedFor = new Memory<Crl>({ entries: 16, bytes: 4 * MAX_CRL_BYTES });

/**
 * One list, DER; at most 1 MiB. Throws MalformedDer, also for a list without nextUpdate, and for one with a
 * critical extension: those make it a list of something else (a delta, a part, another issuer's).
 */
export function parseCrl(der: Uint8Array): Crl {
  if (der.length > MAX_CRL_BYTES) throw new MalformedDer('a list of more than 1 MiB');
  const sha256 = sha256Hex(der);
  return vouchedFor.recall(sha256) ?? readCrl(new Uint8Array(der), sha256);
}

/** Those of several that `read` can read, and why it cannot read the last of the others; null: it read all. */
export function readCrls(
  ders: readonly Uint8Array[],
  read: (der: Uint8Array) => Crl = parseCrl,
): { readonly readable: readonly Crl[]; readonly unreadable: string | null } {
  const readable: Crl[] = [];
  let unreadable: string | null = null;
  for (const der of ders) {
    try {
      readable.push(read(der));
    } catch (error) {
      if (!(error instanceof MalformedDer)) throw error;
      unreadable = error.message;
    }
  }
  return { readable, unreadable };
}

/**
 * Whether the certificate's key signed the list, as its issuer: same name, same key identifier where both
 * give one, and a keyUsage that allows it. Says nothing about the window or about who trusts the certificate.
 */
export async function crlSignedBy(crl: Crl, certificate: Certificate): Promise<boolean> {
  const { authority, subject, subjectKeyId } = certificate;
  if (!authority.isAuthority || !authority.maySignLists) return false;
  if (!equalBytes(crl.issuer, subject)) return false;
  if (crl.authorityKeyId !== null && subjectKeyId !== null && crl.authorityKeyId !== subjectKeyId)
    return false;
  const holds = await verifySigned(crl.signed, certificate);
  if (holds && vouchedFor.recall(crl.sha256) !== crl) {
    vouchedFor.remember(crl.sha256, crl, crl.der.length);
  }
  return holds;
}

/**
 * Whether one list of an issuer comes after another: by number, a list without one first; of two with one number
 * (all of Intel's have number 1) the one issued later.
 */
export function isNewerCrl(a: Crl, b: Crl): boolean {
  const [first, second] = [a.number ?? -1n, b.number ?? -1n];
  return first === second ? a.thisUpdate > b.thisUpdate : first > second;
}

function readCrl(der: Uint8Array, sha256: string): Crl {
  const signed = readSignedDocument(der);
  const head = signed.members.slice(0, 5);
  const [version, algorithm, issuer, thisUpdate, nextUpdate] = requireCount(head, 5, NO_LIST);
  const rest = signed.members.slice(5);
  const tagged = rest.at(-1)?.tag === EXTENSIONS_TAG ? rest.pop() : undefined;
  const [entries, ...more] = rest;
  if (more.length > 0) throw new MalformedDer(NO_LIST);
  if (!equalBytes(version.der, VERSION_2)) throw new MalformedDer('not a version 2 list');
  requireSameAlgorithm(signed, algorithm);
  if (nextUpdate.tag !== DER_TAG.utcTime && nextUpdate.tag !== DER_TAG.generalizedTime) {
    throw new MalformedDer('no nextUpdate');
  }
  const extensions = tagged === undefined ? NO_EXTENSIONS : readListExtensions(tagged);
  return {
    der,
    sha256,
    signed,
    issuer: issuer.der,
    issuerCn: readCommonName(issuer),
    thisUpdate: readDerTime(thisUpdate),
    nextUpdate: readDerTime(nextUpdate),
    number: readNumber(extensions.get(EXTENSION_OID.crlNumber)),
    authorityKeyId: readAuthorityKeyId(extensions),
    revokedSerials: new Set(entries === undefined ? [] : readDerSequence(entries).map(readEntry)),
  };
}

const NO_EXTENSIONS: ReadonlyMap<string, Extension> = new Map();

function readListExtensions(tagged: DerNode): ReadonlyMap<string, Extension> {
  const [list] = requireCount(readDerSequence(tagged, EXTENSIONS_TAG), 1, 'not a list of extensions');
  const extensions = readExtensions(list);
  requireNoneCritical([...extensions.values()]);
  return extensions;
}

/** The serial number of a revoked certificate. */
function readEntry(entry: DerNode): bigint {
  const [serial, revokedAt, extensions, ...more] = readDerSequence(entry);
  if (serial === undefined || revokedAt === undefined || more.length > 0) {
    throw new MalformedDer('not an entry of a list');
  }
  readDerTime(revokedAt);
  if (extensions !== undefined) requireNoneCritical([...readExtensions(extensions).values()]);
  return readDerInteger(serial);
}

function readNumber(extension: Extension | undefined): bigint | null {
  if (extension === undefined) return null;
  const number = readDerInteger(readDer(extension.value));
  if (number < 0n) throw new MalformedDer('a list with a negative number');
  return number;
}

function requireNoneCritical(extensions: readonly Extension[]): void {
  const critical = extensions.find((extension) => extension.critical);
  if (critical !== undefined)
    throw new MalformedDer(`critical extension ${critical.oid} of the list or an entry`);
}
