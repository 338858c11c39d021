/** Certificates and lists on elliptic curves, and mixtures that no vendor makes: what tests of ECDSA judge. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../src/pki/certificate.js';
import { pssAlgorithm } from '../../src/simulator/amd/certificate.js';
import {
  constraintsExtension,
  type PlannedExtension,
  signCertificate,
  subjectKeyExtension,
  usageExtension,
  type VendorForm,
} from '../../src/simulator/certificate.js';
import { type CrlPlan, signCrl } from '../../src/simulator/crl.js';
import { INTEL_FORM } from '../../src/simulator/intel/form.js';
import { signPss } from '../../src/simulator/key-pair.js';
import { AT, NOT_AFTER, NOT_BEFORE } from './miniature.js';

export type KeyKind = 'P-256' | 'P-384' | 'RSA';

const keys = new Map<string, KeyObject>();

/** Private keys by name: one name, one key for the whole process. */
export function keyOf(name: string, kind: KeyKind = 'P-256'): KeyObject {
  const known = keys.get(`${kind} ${name}`);
  if (known !== undefined) return known;
  const made =
    kind === 'RSA'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      : generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
  keys.set(`${kind} ${name}`, made);
  return made;
}

/** ECDSA on P-256 with SHA-256, or RSASSA-PSS, over names of one form. */
export const FORMS: Readonly<Record<'ecdsa' | 'pss', VendorForm>> = {
  ecdsa: INTEL_FORM,
  pss: { ...INTEL_FORM, algorithm: pssAlgorithm, sign: signPss },
};

export interface EcDraft {
  readonly subject: string;
  readonly issuer: string;
  readonly key?: KeyObject;
  readonly signingKey?: KeyObject;
  readonly form?: VendorForm;
  readonly extensions?: readonly PlannedExtension[];
}

export const AUTHORITY = [constraintsExtension({ pathLength: null }), usageExtension(0x06)];

export async function mintEcDer(draft: EcDraft): Promise<Uint8Array> {
  const key = draft.key ?? keyOf(draft.subject);
  const plan = {
    serialNumber: 7n,
    subject: draft.subject,
    issuer: draft.issuer,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    key,
    extensions: draft.extensions ?? [subjectKeyExtension(key)],
  };
  return signCertificate(draft.form ?? FORMS.ecdsa, plan, draft.signingKey ?? keyOf(draft.issuer));
}

export async function mintEc(draft: EcDraft): Promise<Certificate> {
  return parseCertificate(await mintEcDer(draft));
}

/** Self-signed. */
export function mintEcRoot(draft: Partial<EcDraft> = {}): Promise<Certificate> {
  return mintEc({ subject: 'root', issuer: 'root', extensions: AUTHORITY, ...draft });
}

/** The root's list, empty. */
export async function mintEcList(change: Partial<CrlPlan> = {}, form = FORMS.ecdsa): Promise<Uint8Array> {
  const key = keyOf('root');
  const plan = { issuer: 'root', issuerKey: key, signingKey: key, thisUpdate: AT, nextUpdate: NOT_AFTER };
  const { number = 1n, ...others } = change;
  return (await signCrl(form, { revoked: [], ...plan, ...others, number })).der;
}
