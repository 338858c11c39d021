/**
 * The contract between the pipeline and one TEE. A new TEE is a folder that exports one Scheme and one
 * line in registry.ts.
 */
import type { EndorsementDocument, TrustAnchors, Vendor } from '../rats/endorsement.js';
import type { ParsedEvidence, Tee } from '../rats/evidence.js';
import type { JsonObject } from '../rats/result.js';

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

export interface Scheme {
  /** Wire name of the bare form. */
  readonly tee: Tee;
  readonly vendor: Vendor;
  /** Wire names accepted as an evidence type, e.g. `sev-snp`, `az-sev-snp`. */
  readonly types: readonly Tee[];
  /** Decides by magic, length and version only. */
  recognises(bytes: Uint8Array): boolean;
  /** Takes the transport envelope off. Throws a refusal of class malformed. */
  unwrap(bytes: Uint8Array): UnwrappedEvidence;
  /**
   * Bytes to ParsedEvidence. `certificates`: DER or PEM blobs given beside the evidence, in any order.
   * Throws a refusal of stage `parse`.
   */
  parse(evidence: UnwrappedEvidence, certificates: readonly Uint8Array[]): ParsedEvidence;
  /** Decodes for display; believes and verifies nothing. */
  inspect(evidence: UnwrappedEvidence): JsonObject;
  /** File names of the endorsement layout that this scheme reads, in the order to read them. */
  readonly endorsementFiles: readonly string[];
  /** Those of them that hold certificates which may travel with evidence (`vcek.der`, `chain.pem`, …). */
  readonly certificateFiles: readonly string[];
  /** File of the layout that holds a requirement's document, e.g. `snp-vcek-crl` → `vcek_crl.der`. */
  fileOf(kind: string): string | null;
  /**
   * Verifies one vendor document in its own validity window and says what it is. Several documents may sit
   * in one file (a chain). Throws a refusal when it is not the vendor's.
   */
  readEndorsement(
    file: string,
    bytes: Uint8Array,
    anchors: TrustAnchors,
  ): Promise<readonly EndorsementDocument[]>;
}
