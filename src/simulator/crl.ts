/** The form of revocation lists (RFC 5280, 5) that all simulated vendors share. */
import type { KeyObject } from 'node:crypto';
import { type Asn1, bits, derOf, enumerated, integer, sequence, tagged, time } from './asn1.js';
import { authorityKeyExtension, extensionList, type VendorForm } from './certificate.js';

export interface RevokedEntry {
  readonly serialNumber: bigint;
  readonly revokedAt: Date;
  /** CRLReason (RFC 5280, 5.3.1), e.g. 1 keyCompromise; none in AMD’s lists. */
  readonly reason?: number;
}

export interface CrlPlan {
  /** Common name and key of the authority whose list it says to be. */
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  /** Differs from `issuerKey` only in a forged list. */
  readonly signingKey: KeyObject;
  readonly thisUpdate: Date;
  /** null leaves it out, which no vendor’s list does. */
  readonly nextUpdate: Date | null;
  readonly revoked: readonly RevokedEntry[];
  /** Default: the vendor’s way of numbering. */
  readonly number?: bigint | undefined;
  /** Extensions left out, which no vendor’s list does. */
  readonly without?: readonly ('number' | 'authorityKey')[] | undefined;
}

/** A list and the window it says it holds for. */
export interface SimulatedCrl {
  readonly der: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | null;
}

const DAY = 86_400_000;
const YEAR = 365;

/** Head start that keeps clocks which differ a little from seeing a list of the future. */
const HOUR = 3_600_000;

/** Some days, begun an hour before `at`, in whole seconds as the encodings are. */
export function windowOf(at: Date, days: number): { thisUpdate: Date; nextUpdate: Date } {
  const thisUpdate = new Date(Math.floor((at.getTime() - HOUR) / 1000) * 1000);
  return { thisUpdate, nextUpdate: new Date(thisUpdate.getTime() + days * DAY) };
}

export function yearlyWindow(at: Date): { thisUpdate: Date; nextUpdate: Date } {
  return windowOf(at, YEAR);
}

/** Version 2, with authority key identifier and CRL number. Times are written in whole seconds. */
export async function signCrl(
  form: VendorForm,
  plan: CrlPlan & { readonly number: bigint },
): Promise<SimulatedCrl> {
  const revoked = plan.revoked.map(entryOf);
  const without = new Set(plan.without ?? []);
  const extensions = extensionList([
    ...(without.has('authorityKey') ? [] : [authorityKeyExtension(plan.issuerKey)]),
    ...(without.has('number')
      ? []
      : [{ oid: '2.5.29.20', critical: false, value: derOf(integer(plan.number)) }]),
  ]);
  const tbs = sequence(
    integer(1),
    form.algorithm(),
    form.name(plan.issuer),
    time(plan.thisUpdate),
    ...(plan.nextUpdate === null ? [] : [time(plan.nextUpdate)]),
    ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
    tagged(0, extensions),
  );
  const signature = await form.sign(derOf(tbs), plan.signingKey);
  const der = derOf(sequence(tbs, form.algorithm(), bits(signature)));
  return { der, thisUpdate: plan.thisUpdate, nextUpdate: plan.nextUpdate };
}

function entryOf({ serialNumber, revokedAt, reason }: RevokedEntry): Asn1 {
  const extensions =
    reason === undefined
      ? []
      : [extensionList([{ oid: '2.5.29.21', critical: false, value: derOf(enumerated(reason)) }])];
  return sequence(integer(serialNumber), time(revokedAt), ...extensions);
}
