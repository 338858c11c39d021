/** Who signed the report, as authentication found it: what appraisal may ask about the leaf. */

export type SigningKey = 'VCEK' | 'VLEK';

export interface SnpSigner {
  /** From the report's SIGNING_KEY, confirmed by the certificate. */
  readonly signingKey: SigningKey;
  /** The VLEK's cspID; null for a VCEK. */
  readonly cspId: string | null;
  /** The VCEK's hwID (64 bytes, Turin 8); null for a VLEK. */
  readonly hwid: Uint8Array | null;
  /** False when no CRL was at hand and the caller tolerates that (`best-effort`). */
  readonly revocationChecked: boolean;
}
