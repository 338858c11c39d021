/** What passes between the steps of authentication. */

import type { Crl } from '../../pki/crl.js';
import type { EventLog } from './event-log.js';
import type { PckChain, PresentedChain } from './pck-chain.js';
import type { QeIdentity } from './qe-identity.js';
import type { TdxQuote } from './quote.js';
import type { AuthenticDocument } from './signed-collateral.js';
import type { TcbInfo } from './tcb-info.js';
import type { TcbFinding } from './tcb-level.js';

/** What parsing made of the bytes. */
export interface TdxSubmission {
  readonly evidenceDigest: string;
  readonly quote: TdxQuote;
  /** Null: the quote has certification data of another kind. */
  readonly presented: PresentedChain | null;
  /** As it was sent beside the quote; null: none was. */
  readonly eventLog: EventLog | null;
}

/** Who vouches for a quote in which no check failed, and at which level. */
export interface Endorsed {
  readonly chain: PckChain;
  readonly tcbInfo: AuthenticDocument<TcbInfo>;
  readonly qeIdentity: AuthenticDocument<QeIdentity>;
  readonly tcb: Extract<TcbFinding, { readonly matched: true }>;
  /** Null: absent, and the caller tolerates that. */
  readonly rootCrl: Crl | null;
  readonly pckCrl: Crl | null;
}
