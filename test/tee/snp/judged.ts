/** A simulated guest, all the way through the scheme. */

import type { EndorsementAbsence, EndorsementSet, TrustAnchors } from '../../../src/rats/endorsement.js';
import type { Authentication, ParsedEvidence, RevocationMode } from '../../../src/rats/evidence.js';
import { type Outcome, outcomeOf } from '../../../src/rats/outcome.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import {
  anchorsOf,
  type GuestOptions,
  mintGuest,
  type SimulatedGuest,
} from '../../../src/simulator/index.js';
import { parseEvidence } from '../../../src/tee/registry.js';
import { SIMULATED_AT, simulatedVendor } from '../../simulated-vendor.js';
import { NO_DEMANDS } from '../context.js';

export const AT = SIMULATED_AT;

/** What the verifier is given in place of what the guest came with. */
export interface Submission {
  readonly type?: string;
  readonly evidence?: Uint8Array;
  readonly certificates?: readonly Uint8Array[];
  readonly endorsements?: EndorsementSet;
  readonly anchors?: TrustAnchors;
  readonly at?: Date;
  readonly revocation?: RevocationMode;
  readonly absences?: readonly EndorsementAbsence[];
}

export async function guestOf(options: Omit<GuestOptions, 'at'> = {}): Promise<SimulatedGuest> {
  return mintGuest(await simulatedVendor(), { at: AT, ...options });
}

export async function anchors(): Promise<TrustAnchors> {
  return anchorsOf(await simulatedVendor());
}

export function parse(guest: SimulatedGuest, changes: Submission = {}): ParsedEvidence {
  return parseEvidence(
    changes.type ?? 'auto',
    changes.evidence ?? guest.evidence,
    changes.certificates ?? guest.certificates,
  );
}

export async function authenticate(
  guest: SimulatedGuest,
  changes: Submission = {},
): Promise<Outcome<Authentication>> {
  const trusted = changes.anchors ?? (await anchors());
  return outcomeOf(() =>
    parse(guest, changes).authenticate({
      endorsements: changes.endorsements ?? guest.endorsements,
      anchors: trusted,
      at: changes.at ?? AT,
      revocation: changes.revocation ?? 'required',
      absences: changes.absences ?? [],
      demands: NO_DEMANDS,
    }),
  );
}

/** `authentic`, or the code that stands in the way. */
export async function verdictOf(
  guest: SimulatedGuest,
  changes: Submission = {},
): Promise<RefusalCode | 'authentic'> {
  const outcome = await authenticate(guest, changes);
  if (!outcome.ok) return outcome.refusal.code;
  return outcome.value.kind === 'authentic' ? 'authentic' : outcome.value.refusal.code;
}

/** A copy with one byte turned over. */
export function flipped(bytes: Uint8Array, offset: number, mask = 0x01): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[offset] = (changed[offset] ?? 0) ^ mask;
  return changed;
}
