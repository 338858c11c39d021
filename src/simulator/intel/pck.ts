/** Minting PCK certificates: which platform, at which patch level (PCK certificate profile, 1.3.5). */
import type { KeyObject } from 'node:crypto';
import { type Asn1, boolean, derOf, enumerated, integer, octets, oid, sequence } from '../asn1.js';
import { type PlannedExtension, signCertificate, yearsFrom } from '../certificate.js';
import type { IntelAuthorities, PckCa } from './authorities.js';
import { REVOKED_SERIAL } from './documents.js';
import { INTEL_FORM, intelExtensions, randomSerial } from './form.js';
import type { TdSettings } from './td-options.js';

const SGX = '1.2.840.113741.1.13.1';

export interface PlatformConfiguration {
  readonly dynamicPlatform: boolean;
  readonly cachedKeys: boolean;
  readonly smtEnabled: boolean;
}

/** A PCK certificate before it is signed. Byte strings raw. */
export interface PckPlan {
  readonly serialNumber: bigint;
  readonly ca: PckCa;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly key: KeyObject;
  readonly issuerKey: KeyObject;
  /** Differs from the issuer’s key only in a forged certificate. */
  readonly signingKey: KeyObject;
  readonly ppid: Uint8Array;
  /** Sixteen, 0 to 255. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  readonly cpuSvn: Uint8Array;
  readonly pceId: Uint8Array;
  readonly fmspc: Uint8Array;
  readonly sgxType: number;
  /** null: left out, as the Processor CA does with both. */
  readonly platformInstanceId: Uint8Array | null;
  readonly configuration: PlatformConfiguration | null;
  /** Members left out, by the part of the OID after the extension’s. */
  readonly without: readonly string[];
  /** In place of everything above that makes the SGX extension. DER. */
  readonly sgxExtension: Uint8Array | null;
}

/** The certificate that Intel would give this platform: seven years, begun a month before. */
export function planPck(td: TdSettings, authorities: IntelAuthorities, key: KeyObject): PckPlan {
  const issuer = authorities[td.ca];
  const monthBefore = new Date(Math.floor(td.at.getTime() / 1000) * 1000 - 30 * 86_400_000);
  const platform = td.ca === 'platform';
  return {
    serialNumber: td.revoked ? REVOKED_SERIAL : randomSerial(),
    ca: td.ca,
    subject: 'Intel SGX PCK Certificate',
    issuer: issuer.commonName,
    notBefore: monthBefore,
    notAfter: yearsFrom(monthBefore, 7),
    key,
    issuerKey: issuer.key,
    signingKey: issuer.key,
    ppid: td.ppid,
    components: td.components,
    pceSvn: td.pceSvn,
    cpuSvn: Uint8Array.from(td.components),
    pceId: Buffer.from(td.pceId, 'hex'),
    fmspc: Buffer.from(td.fmspc, 'hex'),
    sgxType: platform ? 1 : 0,
    platformInstanceId: platform ? td.platformInstanceId : null,
    configuration: platform ? td.platform : null,
    without: [],
    sgxExtension: null,
  };
}

/** DER. */
export function mintPck(plan: PckPlan): Promise<Uint8Array> {
  const url = `https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=${plan.ca}&encoding=der`;
  const extensions: PlannedExtension[] = [
    ...intelExtensions(plan.key, plan.issuerKey, null, url),
    { oid: SGX, critical: false, value: plan.sgxExtension ?? derOf(sgxExtension(plan)) },
  ];
  return signCertificate(INTEL_FORM, { ...plan, extensions }, plan.signingKey);
}

/** SEQUENCE OF SEQUENCE { OID, value }, in Intel's order. */
export function sgxExtension(plan: PckPlan): Asn1 {
  const left = new Set(plan.without);
  const list = (prefix: string, members: readonly (readonly [suffix: string, value: Asn1])[]) =>
    sequence(
      ...members
        .filter(([suffix]) => !left.has(prefix + suffix))
        .map(([suffix, value]) => sequence(oid(`${SGX}.${prefix}${suffix}`), value)),
    );
  const tcb = list('2.', [
    ...plan.components.map((svn, index) => [`${index + 1}`, integer(svn)] as const),
    ['17', integer(plan.pceSvn)],
    ['18', octets(plan.cpuSvn)],
  ]);
  const { platformInstanceId, configuration } = plan;
  return list('', [
    ['1', octets(plan.ppid)],
    ['2', tcb],
    ['3', octets(plan.pceId)],
    ['4', octets(plan.fmspc)],
    ['5', enumerated(plan.sgxType)],
    ...(platformInstanceId === null ? [] : [['6', octets(platformInstanceId)] as const]),
    ...(configuration === null ? [] : [['7', configurationOf(configuration)] as const]),
  ]);

  function configurationOf({ dynamicPlatform, cachedKeys, smtEnabled }: PlatformConfiguration): Asn1 {
    return list('7.', [
      ['1', boolean(dynamicPlatform)],
      ['2', boolean(cachedKeys)],
      ['3', boolean(smtEnabled)],
    ]);
  }
}
