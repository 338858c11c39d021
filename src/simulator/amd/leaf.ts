/** Minting VCEK and VLEK certificates with AMD's extensions (57230). */
import type { KeyObject } from 'node:crypto';
import { derOf, ia5, integer } from '../asn1.js';
import { type Authority, type PlannedExtension, yearsFrom } from '../certificate.js';
import type { ProductAuthorities, SigningKeyKind } from './authorities.js';
import { mintCertificate } from './certificate.js';
import type { GuestSettings } from './guest-options.js';
import { PRODUCT_LINES, type ProductName, type TcbVersion } from './product-line.js';

const AMD_EXTENSIONS = '1.3.6.1.4.1.3704.1';

/** A leaf before it is signed. */
export interface LeafPlan {
  readonly kind: SigningKeyKind;
  readonly product: ProductName;
  /** productName: VCEKs carry a stepping that nobody should rely on. */
  readonly productName: string;
  readonly tcb: TcbVersion;
  /** Raw, 64 or 8 bytes; a VCEK only. */
  readonly hwId: Uint8Array;
  /** A VLEK only. */
  readonly cspId: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly curve: 'P-384' | 'P-256';
  /** Extensions left out, by the part of the OID after AMD's prefix. */
  readonly without: readonly string[];
  /** Signs the leaf; differs from the issuer's key only in a forged one. */
  readonly signingKey: KeyObject;
}

const PRODUCT_NAMES: Readonly<Record<ProductName, string>> = {
  Milan: 'Milan-B0',
  Genoa: 'Genoa-B1',
  Turin: 'Turin',
};

export function issuerOf(authorities: ProductAuthorities, kind: SigningKeyKind): Authority {
  return kind === 'VCEK' ? authorities.ask : authorities.asvk;
}

/** What of a guest stands in its leaf. */
export type LeafSubject = Pick<
  GuestSettings,
  'at' | 'product' | 'reportedTcb' | 'chipId' | 'cspId' | 'signingKey'
>;

/** The leaf that KDS would give for what the report says. VCEKs last 7 years, VLEKs one. */
export function planLeaf(
  guest: LeafSubject,
  authorities: ProductAuthorities,
  kind: SigningKeyKind = guest.signingKey,
): LeafPlan {
  const monthBefore = new Date(Math.floor(guest.at.getTime() / 1000) * 1000 - 30 * 86_400_000);
  return {
    kind,
    product: guest.product,
    productName: kind === 'VLEK' ? guest.product : PRODUCT_NAMES[guest.product],
    tcb: guest.reportedTcb,
    hwId: guest.chipId.slice(0, PRODUCT_LINES[guest.product].chipIdLength),
    cspId: guest.cspId,
    notBefore: monthBefore,
    notAfter: yearsFrom(monthBefore, kind === 'VCEK' ? 7 : 1),
    curve: 'P-384',
    without: [],
    signingKey: issuerOf(authorities, kind).key,
  };
}

/** DER. Serial number 0, as AMD's leaves have it. */
export function mintLeaf(plan: LeafPlan, key: KeyObject): Promise<Uint8Array> {
  return mintCertificate(
    {
      serialNumber: 0n,
      subject: `SEV-${plan.kind}`,
      issuer: plan.kind === 'VCEK' ? `SEV-${plan.product}` : `SEV-VLEK-${plan.product}`,
      notBefore: plan.notBefore,
      notAfter: plan.notAfter,
      key,
      extensions: amdExtensions(plan),
    },
    plan.signingKey,
  );
}

function amdExtensions(plan: LeafPlan): PlannedExtension[] {
  const turin = plan.product === 'Turin';
  const number = (value: number) => derOf(integer(value));
  const values: [string, Uint8Array][] = [
    ['1', number(turin ? 1 : 0)],
    ['2', derOf(ia5(plan.productName))],
    ['3.1', number(plan.tcb.bootloader)],
    ['3.2', number(plan.tcb.tee)],
    ...(turin ? [] : [['3.4', number(0)] satisfies [string, Uint8Array]]),
    ['3.5', number(0)],
    ['3.6', number(0)],
    ['3.7', number(0)],
    ['3.3', number(plan.tcb.snp)],
    ['3.8', number(plan.tcb.microcode)],
    ...(turin ? [['3.9', number(plan.tcb.fmc)] satisfies [string, Uint8Array]] : []),
    plan.kind === 'VCEK' ? ['4', plan.hwId] : ['5', derOf(ia5(plan.cspId))],
  ];
  return values
    .filter(([suffix]) => !plan.without.includes(suffix))
    .map(([suffix, value]) => ({ oid: `${AMD_EXTENSIONS}.${suffix}`, critical: false, value }));
}
