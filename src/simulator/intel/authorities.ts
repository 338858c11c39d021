/** Intel's authorities: the root, both issuers of PCK certificates, and the signer of TCB documents. */
import type { KeyObject } from 'node:crypto';
import { type Authority, type CertificatePlan, pemOf, signCertificate, yearsFrom } from '../certificate.js';
import { makeEcKey } from '../key-pair.js';
import { INTEL_FORM, intelExtensions, randomSerial } from './form.js';

export const PCK_CAS = ['platform', 'processor'] as const;
/** Which authority a PCK certificate is of: servers have the Platform CA. */
export type PckCa = (typeof PCK_CAS)[number];

export interface IntelAuthorities {
  readonly root: Authority;
  readonly platform: Authority;
  readonly processor: Authority;
  readonly tcbSigning: Authority;
}
export type IntelRole = keyof IntelAuthorities;

export const INTEL_NAMES: Readonly<Record<IntelRole, string>> = {
  root: 'Intel SGX Root CA',
  platform: 'Intel SGX PCK Platform CA',
  processor: 'Intel SGX PCK Processor CA',
  tcbSigning: 'Intel SGX TCB Signing',
};
export const INTEL_ROLES: readonly IntelRole[] = ['root', 'platform', 'processor', 'tcbSigning'];

const PATH_LENGTHS: Readonly<Record<IntelRole, number | null>> = {
  root: 1,
  platform: 0,
  processor: 0,
  tcbSigning: null,
};

const ROOT_CRL_URL = 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der';

/** 25 years, five of them before `at` so that the past can be minted too. */
const YEARS = { before: 5, after: 20 } as const;

/** A certificate before it is signed, and the key that signs it. */
export interface SignedPlan extends CertificatePlan {
  /** Differs from the issuer’s key only in a forged certificate. */
  readonly signingKey: KeyObject;
}

/** Signs what was planned. */
export async function mintAuthority(plan: SignedPlan): Promise<Authority> {
  const certificate = await signCertificate(INTEL_FORM, plan, plan.signingKey);
  return { commonName: plan.subject, certificate, key: plan.key };
}

/** A certificate of the root's for one of its roles, valid from five years before `at` to twenty after. */
export function planAuthority(role: IntelRole, key: KeyObject, rootKey: KeyObject, at: Date): SignedPlan {
  return {
    serialNumber: randomSerial(),
    subject: INTEL_NAMES[role],
    issuer: INTEL_NAMES.root,
    notBefore: yearsFrom(at, -YEARS.before),
    notAfter: yearsFrom(at, YEARS.after),
    key,
    extensions: intelExtensions(key, rootKey, PATH_LENGTHS[role], ROOT_CRL_URL),
    signingKey: rootKey,
  };
}

/** Mints all four with new keys. */
export async function mintIntelAuthorities(at: Date): Promise<IntelAuthorities> {
  const rootKey = await makeEcKey('P-256');
  const certify = async (role: IntelRole) => {
    const key = role === 'root' ? rootKey : await makeEcKey('P-256');
    return mintAuthority(planAuthority(role, key, rootKey, at));
  };
  const [root, platform, processor, tcbSigning] = await Promise.all([
    certify('root'),
    certify('platform'),
    certify('processor'),
    certify('tcbSigning'),
  ]);
  return { root, platform, processor, tcbSigning };
}

/** PEM, in the order given. */
export function chainOf(...certificates: readonly Uint8Array[]): string {
  return certificates.map(pemOf).join('');
}
