/** Certificates of the simulator's making, one fact changed at a time: what path and list tests judge. */
import { createHash, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Certificate, parseCertificate, splitCertificates } from '../../src/pki/certificate.js';
import type { PathFindings } from '../../src/pki/path.js';
import type { VendorAnchors } from '../../src/rats/endorsement.js';
import { mintCertificate } from '../../src/simulator/amd/certificate.js';
import {
  bits,
  boolean,
  derOf,
  integer,
  octets,
  sequence,
  taggedPrimitive,
} from '../../src/simulator/asn1.js';
import type { PlannedExtension } from '../../src/simulator/certificate.js';
import { keyIdOf, makeEcKey, makeRsaKey } from '../../src/simulator/key-pair.js';

export const NOT_BEFORE = new Date('2026-01-01T00:00:00Z');
export const NOT_AFTER = new Date('2027-01-01T00:00:00Z');
export const AT = new Date('2026-06-01T00:00:00Z');

const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';

/** keyUsage: bit 5 signs certificates, bit 6 signs lists (RFC 5280, 4.2.1.3). */
export const SIGNS_CERTIFICATES = 0x04;
export const SIGNS_BOTH = 0x06;

const keys = new Map<string, Promise<KeyObject>>();

/** A key by name: the same name is the same key for the whole process. */
export function keyNamed(name: string): Promise<KeyObject> {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = name.startsWith('leaf') ? makeEcKey('P-384') : makeRsaKey(2048);
  keys.set(name, made);
  return made;
}

export interface Draft {
  readonly subject: string;
  readonly issuer: string;
  /** Names of keys; default: the subject’s own name, and the issuer’s. */
  readonly key?: string;
  readonly signedWith?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly serialNumber?: bigint;
  readonly extensions?: readonly PlannedExtension[];
}

export async function mint(draft: Draft): Promise<Certificate> {
  return parseCertificate(await mintDer(draft));
}

export async function mintDer(draft: Draft): Promise<Uint8Array> {
  const key = await keyNamed(draft.key ?? draft.subject);
  const issuerKey = await keyNamed(draft.signedWith ?? draft.issuer);
  const plan = {
    serialNumber: draft.serialNumber ?? 7n,
    subject: draft.subject,
    issuer: draft.issuer,
    notBefore: draft.notBefore ?? NOT_BEFORE,
    notAfter: draft.notAfter ?? NOT_AFTER,
    key,
    extensions: draft.extensions ?? [extension('1.3.6.1.4.1.3704.1.1', derOf(integer(0)))],
  };
  return mintCertificate(plan, issuerKey);
}

export function extension(oid: string, value: Uint8Array, critical = false): PlannedExtension {
  return { oid, critical, value };
}

export function constraints(authority: boolean, pathLength: number | null): PlannedExtension {
  const members = [
    ...(authority ? [boolean(true)] : []),
    ...(pathLength === null ? [] : [integer(pathLength)]),
  ];
  return extension(BASIC_CONSTRAINTS, derOf(sequence(...members)), true);
}

export function usage(octet: number): PlannedExtension {
  let unused = 0;
  while (((octet >> unused) & 1) === 0) unused += 1;
  return extension(KEY_USAGE, derOf(bits(Uint8Array.of(octet), unused)), true);
}

export async function subjectKeyId(keyName: string): Promise<PlannedExtension> {
  return extension('2.5.29.14', derOf(octets(keyIdOf(await keyNamed(keyName)))));
}

export async function authorityKeyId(keyName: string): Promise<PlannedExtension> {
  return extension('2.5.29.35', derOf(sequence(taggedPrimitive(0, keyIdOf(await keyNamed(keyName))))));
}

export async function mintRoot(
  name = 'root',
  extensions?: readonly PlannedExtension[],
): Promise<Certificate> {
  const standard = [constraints(true, null), usage(SIGNS_BOTH), await subjectKeyId(name)];
  return mint({ subject: name, issuer: name, extensions: extensions ?? standard });
}

export function mintAuthority(
  subject: string,
  issuer: string,
  change: Partial<Draft> = {},
): Promise<Certificate> {
  const extensions = [constraints(true, null), usage(SIGNS_CERTIFICATES)];
  return mint({ subject, issuer, extensions, ...change });
}

export function anchorsWith(root: Certificate, ...intermediates: readonly Certificate[]): VendorAnchors {
  return { roots: [root.der], intermediates: intermediates.map(({ der }) => der) };
}

/** Which of the findings speak against the path. */
export function objections(findings: PathFindings): string[] {
  return (['untrusted', 'badSignature', 'expired', 'notYetValid'] as const).filter(
    (fact) => findings[fact] !== null,
  );
}

/** The certificate that ships in `certs/amd`, DER. */
export function shippedDer(file: string): Uint8Array {
  const path = fileURLToPath(new URL(`../../../certs/amd/${file}`, import.meta.url));
  const [der] = splitCertificates(readFileSync(path));
  if (der === undefined) throw new Error(`${file} is empty`);
  return der;
}

/** A copy with one bit of one octet changed; which bit varies with the place. */
export function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ (1 << (index % 8));
  return copy;
}

export function hexDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
