/** Which codes a route can answer with: its own, and those that come with what it is. */
import { type RefusalCode, refusalEntry } from '../../rats/refusal.js';
import { JSON_TYPE, type Route } from '../route.js';

/** Unclear framing, a query parameter that is unknown or repeated, and a bug of ours. */
const EVERYWHERE: readonly RefusalCode[] = [
  'request_invalid',
  'member_unknown',
  'member_duplicate',
  'internal_error',
];
/** Under an issuer: the tenant has to be found, and the address is counted. */
const UNDER_ISSUER: readonly RefusalCode[] = ['not_found', 'rate_limited', 'database_unavailable'];
const WITH_CALLER: readonly RefusalCode[] = ['unauthenticated', 'role_missing'];
/** `overloaded`: more bodies are under way than the service holds. */
const WITH_BODY: readonly RefusalCode[] = ['evidence_too_large', 'media_type_unsupported', 'overloaded'];
const WITH_JSON: readonly RefusalCode[] = ['evidence_encoding_invalid', 'json_too_deep'];
const CREATING: readonly RefusalCode[] = ['state_conflict', 'idempotency_conflict'];

/** By status, ascending; within one in the order of the table. */
export function refusalsOf(route: Route): ReadonlyMap<number, readonly RefusalCode[]> {
  const bodies = route.bodies ?? [];
  const codes = new Set<RefusalCode>([
    ...route.refuses,
    ...EVERYWHERE,
    ...(route.probe === true ? [] : UNDER_ISSUER),
    ...(route.access === 'anybody' ? [] : WITH_CALLER),
    ...(bodies.length === 0 ? [] : WITH_BODY),
    ...(bodies.some((form) => form.mediaType === JSON_TYPE) ? WITH_JSON : []),
    ...(route.creates === true ? CREATING : []),
    ...(route.load === undefined ? [] : (['overloaded'] as const)),
  ]);
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of codes) {
    const { status } = refusalEntry(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([one], [other]) => one - other));
}
