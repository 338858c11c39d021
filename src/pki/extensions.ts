/** Extensions of certificates, lists and list entries (RFC 5280, 4.2 and 5.2): each at most once. */
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
} from '@peculiar/x509';
import {
  DER_TAG,
  type DerNode,
  MalformedDer,
  readDer,
  readDerOctets,
  readDerOid,
  readDerSequence,
  requireCanonical,
  requireCount,
} from './der.js';

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Contents of the extnValue octet string; normally DER. */
  readonly value: Uint8Array;
  /** The whole extension, DER. */
  readonly der: Uint8Array;
}

export const EXTENSION_OID = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  authorityKeyIdentifier: '2.5.29.35',
} as const;

/** What an authority may do. */
export interface AuthorityFacts {
  /** basicConstraints says CA. */
  readonly isAuthority: boolean;
  /** Authorities that may stand between it and a leaf; null: any number. */
  readonly pathLength: number | null;
  readonly mayCertify: boolean;
  readonly maySignLists: boolean;
}

const TRUE = 0xff;

/** AMD's certificates have a dozen. */
const MAX_EXTENSIONS = 32;

/** A name with some attributes in an authority key identifier; the library is slow with thousands of values. */
const MAX_DECODED_OCTETS = 512;

/**
 * By OID, in their order. Throws MalformedDer for a second one of a kind, for `critical` spelled as FALSE and
 * for more than 32.
 */
export function readExtensions(list: DerNode): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  const nodes = readDerSequence(list);
  if (nodes.length > MAX_EXTENSIONS) throw new MalformedDer(`more than ${MAX_EXTENSIONS} extensions`);
  for (const node of nodes) {
    const extension = readExtension(node);
    if (extensions.has(extension.oid)) throw new MalformedDer(`extension ${extension.oid} stands twice`);
    extensions.set(extension.oid, extension);
  }
  if (extensions.size === 0) throw new MalformedDer('an empty list of extensions');
  return extensions;
}

/** Without keyUsage nothing is restricted (RFC 5280, 6.1.4 (n)); basicConstraints alone make an authority. */
export function readAuthorityFacts(extensions: ReadonlyMap<string, Extension>): AuthorityFacts {
  const constraints = decode(extensions, EXTENSION_OID.basicConstraints, BasicConstraintsExtension);
  const usage = decode(extensions, EXTENSION_OID.keyUsage, KeyUsagesExtension);
  const isAuthority = constraints?.ca ?? false;
  const allows = (flag: KeyUsageFlags): boolean =>
    isAuthority && (usage === null || (usage.usages & flag) !== 0);
  return {
    isAuthority,
    pathLength: constraints?.pathLength ?? null,
    mayCertify: allows(KeyUsageFlags.keyCertSign),
    maySignLists: allows(KeyUsageFlags.cRLSign),
  };
}

/** Lowercase hex, or null where the extension is absent. */
export function readSubjectKeyId(extensions: ReadonlyMap<string, Extension>): string | null {
  return decode(extensions, EXTENSION_OID.subjectKeyIdentifier, SubjectKeyIdentifierExtension)?.keyId ?? null;
}

/** Lowercase hex, or null where the extension is absent or names its key in another way. */
export function readAuthorityKeyId(extensions: ReadonlyMap<string, Extension>): string | null {
  return (
    decode(extensions, EXTENSION_OID.authorityKeyIdentifier, AuthorityKeyIdentifierExtension)?.keyId ?? null
  );
}

function readExtension(node: DerNode): Extension {
  const parts = readDerSequence(node);
  const flag = parts.length === 3 ? parts[1] : undefined;
  const [oid, value] = requireCount(
    parts.filter((part) => part !== flag),
    2,
    'not an extension',
  );
  if (flag !== undefined && (flag.tag !== DER_TAG.boolean || flag.content[0] !== TRUE)) {
    throw new MalformedDer('an extension that spells out its default');
  }
  return { oid: readDerOid(oid), critical: flag !== undefined, value: readDerOctets(value), der: node.der };
}

/** The library's reading of one extension. It throws errors of its own; they become MalformedDer. */
function decode<T>(
  extensions: ReadonlyMap<string, Extension>,
  oid: string,
  Decoder: new (der: Uint8Array<ArrayBuffer>) => T,
): T | null {
  const extension = extensions.get(oid);
  if (extension === undefined) return null;
  if (extension.der.length > MAX_DECODED_OCTETS) throw new MalformedDer(`extension ${oid} is too long`);
  requireCanonical(readDer(extension.value));
  try {
    return new Decoder(Uint8Array.from(extension.der));
  } catch (error) {
    throw new MalformedDer(`extension ${oid}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
