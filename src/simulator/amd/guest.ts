/** Minting a guest: its evidence, everything that endorses it, and what a verifier should expect of it. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import type { Endorsement } from '../../rats/endorsement.js';
import { type RefusalCode, refuse } from '../../rats/refusal.js';
import { pemOf } from '../certificate.js';
import { type SimulatedCrl, yearlyWindow } from '../crl.js';
import { makeEcKey } from '../key-pair.js';
import type { PolicyDocument } from '../policy-document.js';
import { crlPlanOf, type ProductAuthorities, type SigningKeyKind } from './authorities.js';
import { chipKeyOf } from './chip-key.js';
import { mintCrl } from './crl.js';
import {
  certificateTable,
  claimsReportData,
  configfsJson,
  extendedReport,
  hclEnvelope,
  runtimeClaims,
  type TravellingCertificates,
} from './envelope.js';
import type { Fault } from './fault.js';
import { faultOf } from './faults.js';
import { type GuestOptions, type GuestSettings, resolveGuest } from './guest-options.js';
import { issuerOf, type LeafPlan, mintLeaf, planLeaf } from './leaf.js';
import type { ProductName } from './product-line.js';
import { composeReport, signReport } from './report.js';
import { authoritiesOf, crlAt, crlKindOf, type SimulatedAmd } from './vendor.js';

export interface SimulatedGuest {
  readonly fault: RefusalCode | null;
  /** What a verifier should find: a faulted guest was minted from it and differs in one respect. */
  readonly expected: GuestSettings;
  /** What the report was written from. */
  readonly actual: GuestSettings;
  /** In the envelope asked for. */
  readonly evidence: Uint8Array;
  /** The 1184 bytes inside. */
  readonly report: Uint8Array;
  readonly leafKind: SigningKeyKind;
  /** The chip's signing key: a further guest of the machine is signed with it. */
  readonly leafKey: KeyObject;
  /** DER; null where the fault withholds it. */
  readonly leafDer: Uint8Array | null;
  /** ASK or ASVK. */
  readonly caDer: Uint8Array;
  readonly arkDer: Uint8Array;
  /** CA, then ARK, as KDS serves them. */
  readonly chainPem: string;
  /** Leaf, CA and ARK in DER: what to give beside evidence. */
  readonly certificates: readonly Uint8Array[];
  /** DER; null where the fault leaves one out. */
  readonly crls: { readonly vcek: Uint8Array | null; readonly vlek: Uint8Array | null };
  /** The lists as endorsements. */
  readonly endorsements: readonly Endorsement[];
  /** The vendor's own root for this product: the trust anchor, whatever the chain says. */
  readonly anchorDer: Uint8Array;
  /** Under which the fault shows; null: policy `standard`. */
  readonly policy: PolicyDocument | null;
}

export interface MintOptions extends GuestOptions {
  /** A guest beside this one, on the same chip: its identity, its leaf and its key, for whatever else is asked. */
  readonly sameMachineAs?: SimulatedGuest | undefined;
}

function planGuest({ sameMachineAs: neighbour, ...given }: MintOptions): {
  readonly fault: Fault | null;
  readonly expected: GuestSettings;
  readonly actual: GuestSettings;
} {
  const options = neighbour === undefined ? given : { ...given, ...machineOf(neighbour.expected) };
  const fault = options.fault === undefined ? null : faultOf(options.fault);
  const expected = resolveGuest({ ...options, ...fault?.clean });
  return { fault, expected, actual: fault?.guest?.(expected) ?? expected };
}

/** What the leaf certificate says, and so every report of the chip. */
function machineOf({ product, cpuid, chipId, signingKey, cspId, reportedTcb }: GuestSettings) {
  return { product, cpuid, chipId, signingKey, cspId, reportedTcb };
}

/** The line that a vendor must have for this guest: with one fault it is another than the options name. */
export function lineNeededBy(options: GuestOptions): ProductName {
  return planGuest(options).actual.product;
}

/**
 * Mints a guest. Refuses (`request_invalid`) options that contradict the format, a product that the vendor
 * lacks, an instant outside the life of its authorities, a fault that does not exist.
 */
export async function mintGuest(vendor: SimulatedAmd, options: MintOptions): Promise<SimulatedGuest> {
  const { fault, expected, actual } = planGuest(options);
  const genuine = authoritiesOf(vendor, actual.product);
  requireAlive(genuine, actual.at);
  const claims = actual.envelope === 'azure-hcl' ? await runtimeClaims(actual.reportData) : null;
  const report = composeReport(
    claims === null ? actual : { ...actual, reportData: claimsReportData(claims) },
  );
  fault?.report?.(report);

  const authorities = (await fault?.authorities?.(genuine, actual.at)) ?? genuine;
  const drafted = planLeaf(actual, authorities);
  const plan = fault?.leaf?.(drafted, authorities, actual.at) ?? drafted;
  const leafKey = options.sameMachineAs?.leafKey ?? (await signingKeyOf(genuine, actual, plan));
  const leaf = options.sameMachineAs?.leafDer ?? (await mintLeaf(plan, leafKey));
  const leafDer = fault?.leafSent === false ? null : leaf;
  const caDer = issuerOf(authorities, plan.kind).certificate;
  const arkDer = authorities.ark.certificate;
  await signReport(report, leafKey);
  fault?.signed?.(report);

  const certificates = { kind: plan.kind, leaf: leafDer, ca: caDer, ark: arkDer };
  const wrapped = wrap(actual, report, claims, certificates);
  const crls = await listsFor(genuine, plan.kind, actual.at, fault);
  return {
    fault: fault?.code ?? null,
    expected,
    actual,
    evidence: fault?.evidence?.(wrapped) ?? wrapped,
    report,
    leafKind: plan.kind,
    leafKey,
    leafDer,
    caDer,
    arkDer,
    chainPem: pemOf(caDer) + pemOf(arkDer),
    certificates: leafDer === null ? [caDer, arkDer] : [leafDer, caDer, arkDer],
    crls,
    endorsements: endorsementsOf(crls, actual.product),
    anchorDer: genuine.ark.certificate,
    policy: fault?.policy?.(expected) ?? null,
  };
}

/** A chip's key is its own and KDS certifies it; a provider's, or one of a forbidden kind, is made for the occasion. */
async function signingKeyOf(
  authorities: ProductAuthorities,
  { chipId, reportedTcb }: GuestSettings,
  { kind, curve }: LeafPlan,
): Promise<KeyObject> {
  return kind === 'VCEK' && curve === 'P-384'
    ? chipKeyOf(authorities, chipId, reportedTcb)
    : makeEcKey(curve);
}

function requireAlive(authorities: ProductAuthorities, at: Date): void {
  const { validFrom, validTo } = new X509Certificate(authorities.ark.certificate);
  if (at < new Date(validFrom) || at > new Date(validTo)) {
    refuse(
      'request_invalid',
      'request',
      `the simulated authorities hold from ${validFrom} to ${validTo}: mint a vendor for ${at.toISOString()}`,
    );
  }
}

function wrap(
  guest: GuestSettings,
  report: Uint8Array,
  claims: Uint8Array | null,
  certificates: TravellingCertificates,
): Uint8Array {
  if (claims !== null) return hclEnvelope(report, claims);
  if (guest.envelope === 'extended') return extendedReport(report, certificateTable(certificates));
  if (guest.envelope === 'configfs-tsm') return configfsJson(report, certificateTable(certificates));
  return report;
}

/** Both lists of the product; a fault concerns the one that the leaf's chain is checked against. */
async function listsFor(
  authorities: ProductAuthorities,
  kind: SigningKeyKind,
  at: Date,
  fault: Fault | null,
): Promise<SimulatedGuest['crls']> {
  const mint = async (list: SigningKeyKind): Promise<SimulatedCrl | null> => {
    if (fault?.crl === undefined || list !== kind) return crlAt(authorities, list, at);
    const whole = { ...crlPlanOf(authorities.product, authorities.ark, list), ...yearlyWindow(at) };
    const plan = fault.crl(whole, authorities, at);
    return plan === null ? null : mintCrl(plan);
  };
  const [vcek, vlek] = await Promise.all([mint('VCEK'), mint('VLEK')]);
  return { vcek: vcek?.der ?? null, vlek: vlek?.der ?? null };
}

function endorsementsOf(crls: SimulatedGuest['crls'], subject: string): Endorsement[] {
  const { vcek, vlek } = crls;
  return [
    ...(vcek === null ? [] : [{ kind: crlKindOf('VCEK'), subject, bytes: vcek }]),
    ...(vlek === null ? [] : [{ kind: crlKindOf('VLEK'), subject, bytes: vlek }]),
  ];
}
