/** What passes between the steps of authentication. */
import type { Crl } from '../../pki/crl.js';
import type { SnpChain } from './chain.js';
import type { RuntimeClaims } from './hcl.js';
import type { PresentedCertificates } from './presented.js';
import type { SnpProduct } from './product.js';
import type { SnpReport } from './report.js';
import type { SigningKey } from './signer.js';
import type { Vek } from './vek.js';

/** What parsing made of the bytes. */
export interface SnpSubmission {
  readonly tee: string;
  readonly evidenceDigest: string;
  readonly report: SnpReport;
  readonly presented: PresentedCertificates;
  /** Azure's envelope only. */
  readonly runtimeClaims: RuntimeClaims | null;
}

/** Who vouches for a report in which no check failed. */
export interface Endorsed {
  readonly signingKey: SigningKey;
  readonly product: SnpProduct;
  readonly chain: SnpChain;
  readonly vek: Vek;
  /** Null: absent, and the caller tolerates that. */
  readonly list: Crl | null;
}
