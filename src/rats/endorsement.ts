/** Endorsements: what vendors sign and evidence needs. Nothing here knows a vendor's formats. */

/** Vendors with pinned roots. */
export type Vendor = 'amd' | 'intel';

/** DER certificates. Intermediates are conveniences: each is verified against a root before use. */
export interface VendorAnchors {
  readonly roots: readonly [Uint8Array, ...Uint8Array[]];
  readonly intermediates: readonly Uint8Array[];
}

/** The roots that verification trusts, passed in as a value. `simulated` marks anything but the pinned ones. */
export interface TrustAnchors {
  readonly simulated: boolean;
  readonly vendors: Readonly<Partial<Record<Vendor, VendorAnchors>>>;
}

/**
 * Intel publishes some documents twice: `early` applies new requirements as soon as they are announced, `standard`
 * after a time of grace. One machine may be up to date under one of them only, so the two never mix.
 */
export const ENDORSEMENT_TRACKS = ['standard', 'early'] as const;
export type EndorsementTrack = (typeof ENDORSEMENT_TRACKS)[number];

/** Which world a document belongs to: simulated and genuine endorsements never meet. */
export type Realm = 'genuine' | 'simulated';

/**
 * A vendor document that evidence needs, named by kind and subject.
 * Kinds are the schemes' own words, e.g. `snp-vek` / `Milan/<chip id>/<tcb>`, `snp-vcek-crl` / `Milan`.
 */
export interface EndorsementRequirement {
  readonly kind: string;
  readonly subject: string;
  /** Every generation is of use, not the current one alone: which signer a document has, only its signature tells. */
  readonly each?: true;
}

/** The same document in another series, which is the last part of its subject; what is published once stays as it is. */
export function onTrack(
  requirement: EndorsementRequirement,
  track: EndorsementTrack,
): EndorsementRequirement {
  const subject = requirement.subject.replace(/(?<=^|\/)(?:standard|early)$/, track);
  return { ...requirement, subject };
}

/** A vendor document at hand. `bytes` exactly as signed. */
export interface Endorsement extends Omit<EndorsementRequirement, 'each'> {
  readonly bytes: Uint8Array;
}

/** What the collector found for the requirements; authentication picks by kind and subject. */
export type EndorsementSet = readonly Endorsement[];

/** A document that a scheme has read and verified in its own validity window, ready to be kept. */
export interface EndorsementDocument extends Endorsement {
  /** Lowercase hex of SHA-256 over the bytes. */
  readonly sha256: string;
  /** thisUpdate, issueDate or notBefore. */
  readonly issuedAt: Date;
  /** nextUpdate or notAfter. */
  readonly expiresAt: Date;
  /** CRL number or evaluation number; null where the kind has none. Orders generations before issuedAt. */
  readonly sequence: bigint | null;
  /** About a single machine, whose evidence nobody can decide without it. */
  readonly ofMachine?: true;
}

/** Why a document that evidence needs is not at hand, as far as its vendor was asked. */
export interface EndorsementAbsence extends Omit<EndorsementRequirement, 'each'> {
  readonly reason: 'rate-limited' | 'unavailable' | 'not-found';
  /** For people: what the vendor answered, or why it was not asked. */
  readonly why: string;
  /** Seconds until asking again is worth it. */
  readonly retryAfter: number;
}
