/**
 * The contract between the pipeline and one TEE. A new TEE is a folder that exports one Scheme and one
 * line in registry.ts.
 */
import type {
  EndorsementDocument,
  EndorsementRequirement,
  EndorsementTrack,
  TrustAnchors,
  Vendor,
} from '../rats/endorsement.js';
import type { ParsedEvidence, Tee } from '../rats/evidence.js';
import type { RecalledPlatform } from '../rats/recall.js';
import type { JsonObject } from '../rats/result.js';
import type { VendorRequest, VendorService } from '../rats/vendor-request.js';
import type { TsmReport } from './tsm-report.js';

/** Evidence out of its transport envelope; nothing in it is believed. */
export interface UnwrappedEvidence {
  /** `raw`, `extended`, `azure-hcl`, `configfs-tsm`. */
  readonly envelope: string;
  /** The report or quote, exactly as received. */
  readonly report: Uint8Array;
  /** Certificates that travelled with it (certificate table), DER or PEM, unauthenticated. */
  readonly certificates: readonly Uint8Array[];
  /** Azure's runtime claims (variable data of the HCL envelope) with its hash type; otherwise null. */
  readonly runtimeClaims: { readonly bytes: Uint8Array; readonly hashType: number } | null;
}

/** What a vendor document is read with. */
export interface EndorsementContext {
  readonly anchors: TrustAnchors;
  /** Of documents that the vendor publishes twice, which these are. */
  readonly track: EndorsementTrack;
  /** Another file of the same directory, unauthenticated: an issuer chain, say. Null: there is none. */
  readonly beside: (file: string) => Uint8Array | null;
}

/**
 * A kind of document that no vendor signs. This build ships some; others are kept only where somebody whom the operator
 * trusts has signed for them.
 */
export interface VouchedDocuments {
  readonly kind: string;
  /** Its file in an archive. Never read from a directory of vendor documents, for nothing in it says whose it is. */
  readonly file: string;
  /** Every generation that this build ships, newest first; those that judged the past stay. */
  readonly shipped: readonly EndorsementDocument[];
  /** Throws a refusal where the form is another one. Says nothing about who made it. */
  read(bytes: Uint8Array): EndorsementDocument;
}

type DocumentName = Pick<EndorsementRequirement, 'kind' | 'subject'>;

/** Which of a vendor's documents lapse within weeks, and what goes with them. */
export interface Renewal {
  /** Kinds that are renewed for as long as evidence uses them. */
  readonly kinds: readonly string[];
  /** Kinds of certificates, which last for years: asked for while they are absent or when their end is near. */
  readonly certificateKinds: readonly string[];
  /** What is to be at hand where a document is in use: the other track, the certificate of its issuer. */
  beside(name: DocumentName): readonly DocumentName[];
  /** What is to be of the same evaluation as a document, and so is asked for together with it; null: nothing. */
  partnerOf(name: DocumentName): DocumentName | null;
}

/** How a vendor is asked. */
export interface RequestOptions {
  /** A cache server stands in for the vendor's own service, which has one path more and others less. */
  readonly cacheServer: boolean;
  /** Of this evaluation alone, whatever the track gives at present; absent: what the track gives. */
  readonly evaluationNumber?: number;
}

export interface Scheme {
  /** Wire name of the bare form. */
  readonly tee: Tee;
  readonly vendor: Vendor;
  /** Wire names accepted as an evidence type, e.g. `sev-snp`, `az-sev-snp`. */
  readonly types: readonly Tee[];
  /** What Linux's configfs-tsm calls the provider of such reports. */
  readonly tsmProvider: string;
  /** Decides by magic, length and version only. */
  recognises(bytes: Uint8Array): boolean;
  /** Takes the TEE's own transport envelope off. Throws a refusal of class malformed. */
  unwrap(bytes: Uint8Array): UnwrappedEvidence;
  /** The same for configfs-tsm, which all TEEs share. */
  unwrapTsm(report: TsmReport): UnwrappedEvidence;
  /**
   * Bytes to ParsedEvidence. `certificates`: DER or PEM blobs given beside the evidence, in any order.
   * `eventLog`: as given beside it; null: none was. Throws a refusal of stage `parse`, `request_invalid` for a log
   * where the TEE has none.
   */
  parse(
    evidence: UnwrappedEvidence,
    certificates: readonly Uint8Array[],
    eventLog: Uint8Array | null,
  ): ParsedEvidence;
  /** Decodes for display; believes and verifies nothing. */
  inspect(evidence: UnwrappedEvidence, eventLog: Uint8Array | null): JsonObject;
  /** File names of the endorsement layout that this scheme reads, in the order to read them. */
  readonly endorsementFiles: readonly string[];
  /** Those of them that hold certificates which may travel with evidence (`vcek.der`, `chain.pem`, …). */
  readonly certificateFiles: readonly string[];
  /** The vendor's services that have this scheme's documents. */
  readonly services: readonly VendorService[];
  /** How the vendor is asked for a document; null where nobody publishes it, or where it comes with another one. */
  requestFor(
    requirement: Pick<EndorsementRequirement, 'kind' | 'subject'>,
    options: RequestOptions,
  ): VendorRequest | null;
  /**
   * What every machine of a family needs that no evidence brings; null: the name is no family of this TEE (a product
   * line of AMD, an FMSPC of Intel).
   */
  familyRequirements(name: string): readonly EndorsementRequirement[] | null;
  /** File of the layout that holds a requirement's document, e.g. `snp-vcek-crl` → `vcek_crl.der`. */
  fileOf(kind: string): string | null;
  /**
   * Verifies one vendor document in its own validity window and says what it is. Several documents may sit
   * in one file (a chain). Throws a refusal when it is not the vendor's.
   */
  readEndorsement(
    file: string,
    bytes: Uint8Array,
    context: EndorsementContext,
  ): Promise<readonly EndorsementDocument[]>;
  /** A platform from what `recollection.facts()` of its evidence gave. Throws TypeError for facts of another form. */
  recall(facts: JsonObject): RecalledPlatform;
  /** Null: vendors sign all that the TEE needs. */
  readonly vouched: VouchedDocuments | null;
  readonly renewal: Renewal;
}
