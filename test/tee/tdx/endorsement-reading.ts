/** Files of Intel’s layout, read as an import reads them. */
import { expect } from '@jest/globals';
import type { EndorsementDocument, EndorsementTrack, TrustAnchors } from '../../../src/rats/endorsement.js';
import { type Outcome, outcomeOf } from '../../../src/rats/outcome.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { SimulatedTd } from '../../../src/simulator/index.js';
import { chainOf } from '../../../src/simulator/intel/authorities.js';
import { tdxScheme } from '../../../src/tee/tdx/index.js';
import { reading } from '../context.js';
import { anchors, present, textBytes } from './judged.js';

export type Files = Readonly<Record<string, Uint8Array>>;

export function filesOf({ documents }: SimulatedTd): Files {
  return {
    'tcb_info.json': present(documents.tcbInfo),
    'qe_identity.json': present(documents.qeIdentity),
    'tcb_signing_chain.pem': present(documents.tcbSigningChain),
    'pck_crl.der': present(documents.pckCrl),
    'pck_crl_issuer_chain.pem': present(documents.pckCrlIssuerChain),
    'root_ca_crl.der': present(documents.rootCrl),
  };
}

export interface Reading {
  readonly track?: EndorsementTrack;
  readonly anchors?: TrustAnchors;
}

/** `beside`: the other files of the directory. */
export async function documentsIn(
  file: string,
  bytes: Uint8Array,
  beside: Files,
  { track = 'standard', ...given }: Reading = {},
): Promise<Outcome<readonly EndorsementDocument[]>> {
  const context = { ...reading(given.anchors ?? (await anchors()), beside), track };
  return outcomeOf(() => tdxScheme.readEndorsement(file, bytes, context));
}

/** Kinds and subjects, or code and words of the refusal. */
export async function readFile(
  file: string,
  bytes: Uint8Array,
  beside: Files,
  given: Reading = {},
): Promise<readonly string[]> {
  const outcome = await documentsIn(file, bytes, beside, given);
  if (!outcome.ok) {
    expect(outcome.refusal.stage).toBe('authenticate');
    return [outcome.refusal.code, outcome.refusal.detail];
  }
  return outcome.value.map(({ kind, subject }) => `${kind} ${subject}`);
}

export const refusedWith = (code: RefusalCode, words = ''): unknown => [code, expect.stringContaining(words)];

export const pem = (...ders: readonly Uint8Array[]): Uint8Array => textBytes(chainOf(...ders));
