/** A report as claims, in the API's names: numbers decoded, byte strings in lowercase hex. */
import { hexOf } from '../../bytes/encoding.js';
import { onceFor, onceForEach } from '../../rats/once.js';
import type { SNP_MATCH_FIELDS } from '../../rats/reference-value.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { PLATFORM_BIT, POLICY_BIT } from './layout.js';
import type { SnpProduct } from './product.js';
import { firmwareText, type SnpReport } from './report.js';
import { decodeTcb, type SnpTcb } from './tcb.js';

/** What the certificate adds, or the decoded product where nothing was verified. */
export interface ClaimContext {
  /** Null: TCBs are given raw, their layout goes by product. */
  readonly product: SnpProduct | null;
  readonly signingKey: string;
  readonly cspId: string | null;
}

/** POLICY bit 17 is always 1 and says nothing. */
const POLICY_MASKS = masksOf(Object.entries(POLICY_BIT).filter(([name]) => name !== 'reserved_one'));
const PLATFORM_MASKS = masksOf(Object.entries(PLATFORM_BIT));

/** Every member is always there; null where the report or the certificate does not say. */
export function claimsOf(
  report: SnpReport,
  { product, signingKey, cspId }: ClaimContext,
  fields: ReferenceFields = referenceFieldsOf(report),
  hex: HexWriter = hexOf,
): JsonObject {
  const tcb = (raw: Uint8Array): JsonObject => tcbClaim(raw, product);
  return {
    version: report.version,
    product,
    measurement: fields.measurement,
    report_data: hex(report.reportData),
    host_data: fields.host_data,
    policy: policyClaim(report.policy),
    platform_info: platformClaim(report.platformInfo),
    vmpl: report.vmpl,
    guest_svn: report.guestSvn,
    family_id: fields.family_id,
    image_id: fields.image_id,
    report_id: hex(report.reportId),
    report_id_ma: hex(report.reportIdMa),
    chip_id: hex(report.chipId),
    id_key_digest: fields.id_key_digest,
    author_key_digest: fields.author_key_digest,
    author_key_enabled: report.keyInfo.authorKeyEnabled,
    signing_key: signingKey,
    csp_id: cspId,
    cpuid: report.cpuid === null ? null : { ...report.cpuid },
    reported_tcb: tcb(report.reportedTcb),
    current_tcb: tcb(report.currentTcb),
    committed_tcb: tcb(report.committedTcb),
    launch_tcb: tcb(report.launchTcb),
    current_version: firmwareText(report.currentVersion),
    committed_version: firmwareText(report.committedVersion),
    launch_mit_vector: report.launchMitVector === null ? null : wordText(report.launchMitVector),
    current_mit_vector: report.currentMitVector === null ? null : wordText(report.currentMitVector),
  };
}

type HexWriter = (field: Uint8Array) => string;
type ReferenceFields = Readonly<Record<(typeof SNP_MATCH_FIELDS)[number], string>>;

/** Every field that a reference value may match; zeros where no ID block or author key was given at launch. */
export function referenceFieldsOf(report: SnpReport, hex: HexWriter = hexOf): ReferenceFields {
  return {
    measurement: hex(report.measurement),
    host_data: hex(report.hostData),
    id_key_digest: hex(report.idKeyDigest),
    author_key_digest: hex(report.authorKeyDigest),
    family_id: hex(report.familyId),
    image_id: hex(report.imageId),
  };
}

/** `0x3001f`. */
export const wordText = onceForEach(1024, (word: bigint): string => `0x${word.toString(16)}`);

function tcbClaim(raw: Uint8Array, product: SnpProduct | null): JsonObject {
  return product === null ? { raw: hexOf(raw) } : decodedClaim(decodeTcb(raw, product));
}

const decodedClaim = onceFor(
  ({ fmc, ...others }: SnpTcb): JsonObject => Object.freeze(fmc === null ? others : { fmc, ...others }),
);

/** Names of bits with the word that has just this one set. */
type BitMasks = readonly (readonly [name: string, mask: bigint])[];

function masksOf(bits: readonly (readonly [name: string, bit: number])[]): BitMasks {
  return bits.map(([name, bit]) => [name, 1n << BigInt(bit)]);
}

/** Of the words of all guests and platforms: some dozen. */
const MOST_WORDS = 256;

const policyClaim = onceForEach(MOST_WORDS, (policy: bigint): JsonObject => {
  const versions = {
    abi_minor: Number(policy & 0xffn),
    abi_major: Number((policy >> 8n) & 0xffn),
  };
  return Object.freeze(withBits(versions, policy, POLICY_MASKS));
});

const platformClaim = onceForEach(
  MOST_WORDS,
  (word: bigint): JsonObject => Object.freeze(withBits({}, word, PLATFORM_MASKS)),
);

/** Behind what `claim` has: each bit by its name, and the whole word. */
function withBits(claim: Record<string, JsonValue>, word: bigint, masks: BitMasks): JsonObject {
  for (const [name, mask] of masks) claim[name] = (word & mask) !== 0n;
  claim.raw = wordText(word);
  return claim;
}
