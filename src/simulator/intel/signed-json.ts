/** The JSON documents of Intel's provisioning service: a member and the signature over its exact bytes. */
import type { KeyObject } from 'node:crypto';
import type { JsonObject } from '../../rats/result.js';
import { signEcdsa } from '../key-pair.js';
import type { PlannedStatus } from './tcb-levels.js';

/** What signing needs, of both documents. */
export interface SigningPlan {
  readonly issueDate: Date;
  readonly nextUpdate: Date;
  readonly evaluationNumber: number;
  /** Differs from the TCB signing certificate’s key only in a forged document. */
  readonly signingKey: KeyObject;
  /** Changes the text of the inner object before it is signed. */
  readonly edit?: ((json: string) => string) | undefined;
}

/** Compact, UTF-8: `{"<member>":<inner>,"signature":"<128 hex digits>"}`, r and s big endian. */
export async function signJson(
  member: string,
  inner: JsonObject,
  plan: Pick<SigningPlan, 'signingKey' | 'edit'>,
): Promise<Uint8Array> {
  const compact = JSON.stringify(inner);
  const text = plan.edit?.(compact) ?? compact;
  const signature = await signEcdsa(Buffer.from(text, 'utf8'), plan.signingKey, 'sha256');
  const hex = Buffer.from(signature).toString('hex');
  return new Uint8Array(Buffer.from(`{"${member}":${text},"signature":"${hex}"}`, 'utf8'));
}

/** RFC 3339 in whole seconds. */
export function secondsOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Uppercase, as Intel writes hex in documents. */
export function upperHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

/** The members at the end of every level. */
export function statusMembers({ date, status, advisories }: PlannedStatus): JsonObject {
  return {
    tcbDate: `${date}T00:00:00Z`,
    tcbStatus: status,
    ...(advisories.length === 0 ? {} : { advisoryIDs: [...advisories] }),
  };
}
