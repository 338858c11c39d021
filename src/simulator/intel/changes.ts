/** Changes to what a TD is minted from, each before it is signed: how faults and tests make one thing odd. */
import type { CrlPlan } from '../crl.js';
import type { IntelAuthorities, SignedPlan } from './authorities.js';
import type { SimulatedEvent } from './event-log.js';
import type { PckPlan } from './pck.js';
import type { QeIdentityPlan } from './qe-identity.js';
import type { QuotePlan } from './quote.js';
import type { TcbInfoPlan } from './tcb-info.js';
import type { TdSettings } from './td-options.js';

/** What a change may look at. */
export interface MintingWorld {
  readonly authorities: IntelAuthorities;
  /** What the quote is written from. */
  readonly td: TdSettings;
}

export type Change<Plan, Result = Plan> = (plan: Plan, world: MintingWorld) => Result;

/** Files of the endorsement layout; null: absent. Chains are PEM in UTF-8, lists DER. */
export interface TdDocuments {
  readonly tcbInfo: Uint8Array | null;
  readonly qeIdentity: Uint8Array | null;
  readonly tcbSigningChain: Uint8Array | null;
  readonly pckCrl: Uint8Array | null;
  readonly pckCrlIssuerChain: Uint8Array | null;
  readonly rootCrl: Uint8Array | null;
}

export interface TdChanges {
  /** Other authorities issue the PCK certificate and travel with it; the documents stay the vendor’s. */
  readonly authorities?: (genuine: IntelAuthorities, at: Date) => Promise<IntelAuthorities>;
  readonly pck?: Change<PckPlan>;
  /** Leaf, intermediate, root: DER, as they go into the quote. */
  readonly chain?: Change<readonly Uint8Array[]>;
  readonly quote?: Change<QuotePlan>;
  /** The finished quote. */
  readonly signed?: Change<Uint8Array>;
  /** In its envelope. */
  readonly evidence?: Change<Uint8Array>;
  /** What the log says was measured; the registers stay. null: there is no log. */
  readonly events?: Change<readonly SimulatedEvent[], readonly SimulatedEvent[] | null>;
  /** The finished log. */
  readonly log?: Change<Uint8Array>;
  /** The certificate that signs TCB info and QE identity. */
  readonly tcbSigning?: Change<SignedPlan>;
  /** null: absent. */
  readonly tcbInfo?: Change<TcbInfoPlan, TcbInfoPlan | null>;
  readonly qeIdentity?: Change<QeIdentityPlan, QeIdentityPlan | null>;
  readonly pckCrl?: Change<CrlPlan, CrlPlan | null>;
  readonly rootCrl?: Change<CrlPlan, CrlPlan | null>;
  /** The finished documents. */
  readonly documents?: Change<TdDocuments>;
}
