/** Minting revocation lists (RFC 5280, 5) the way KDS serves them: signed by the ARK. */
import type { KeyObject } from 'node:crypto';
import { bits, derOf, integer, sequence, tagged, taggedPrimitive, time } from './asn1.js';
import { distinguishedName, extensionList, pssAlgorithm } from './certificate.js';
import { keyIdOf, signPss } from './key-pair.js';

export interface RevokedEntry {
  readonly serialNumber: bigint;
  readonly revokedAt: Date;
}

export interface CrlPlan {
  /** Common name and key of the ARK. */
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  /** Differs from `issuerKey` only in a forged list. */
  readonly signingKey: KeyObject;
  readonly thisUpdate: Date;
  /** null leaves it out, which no list of AMD's does. */
  readonly nextUpdate: Date | null;
  readonly revoked: readonly RevokedEntry[];
  /** Default: seconds of thisUpdate, so that a later list always has the higher number. */
  readonly number?: bigint | undefined;
}

/** A list and the window it says it holds for. */
export interface SimulatedCrl {
  readonly der: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | null;
}

const YEAR = 365 * 86_400_000;

/** Head start that keeps clocks which differ a little from seeing a list of the future. */
const HOUR = 3_600_000;

/** One year, begun an hour before `at`, in whole seconds as the encoding is. */
export function yearlyWindow(at: Date): { thisUpdate: Date; nextUpdate: Date } {
  const thisUpdate = new Date(Math.floor((at.getTime() - HOUR) / 1000) * 1000);
  return { thisUpdate, nextUpdate: new Date(thisUpdate.getTime() + YEAR) };
}

/** Version 2, with authority key identifier and CRL number. Times are written in whole seconds. */
export async function mintCrl(plan: CrlPlan): Promise<SimulatedCrl> {
  const revoked = plan.revoked.map((entry) => sequence(integer(entry.serialNumber), time(entry.revokedAt)));
  const number = plan.number ?? BigInt(Math.floor(plan.thisUpdate.getTime() / 1000));
  const extensions = extensionList([
    {
      oid: '2.5.29.35',
      critical: false,
      value: derOf(sequence(taggedPrimitive(0, keyIdOf(plan.issuerKey)))),
    },
    { oid: '2.5.29.20', critical: false, value: derOf(integer(number)) },
  ]);
  const tbs = sequence(
    integer(1),
    pssAlgorithm(),
    distinguishedName(plan.issuer),
    time(plan.thisUpdate),
    ...(plan.nextUpdate === null ? [] : [time(plan.nextUpdate)]),
    ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
    tagged(0, extensions),
  );
  const signature = await signPss(derOf(tbs), plan.signingKey);
  const der = derOf(sequence(tbs, pssAlgorithm(), bits(signature)));
  return { der, thisUpdate: plan.thisUpdate, nextUpdate: plan.nextUpdate };
}
