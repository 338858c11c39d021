/** How each member of a policy is compared. A member that is not here is for people, and decides nothing. */
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { compareVersions } from '../lint/snp-floors.js';
import {
  allowing,
  atLeast,
  bitRule,
  type Compare,
  demanding,
  type Effect,
  permitting,
  textOf,
  together,
} from './change.js';

const versionAtLeast: Compare = (before, after) => {
  if (before === null) return 'stricter';
  if (after === null) return 'looser';
  return compareVersions(String(after), String(before)) > 0 ? 'stricter' : 'looser';
};

const object = (value: JsonValue | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const objects = (value: JsonValue): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).map(object) : [];

/** Items by key; `absent`: what it means that a key is in one list alone, seen from the one that has it. */
const keyed =
  (keyOf: (item: JsonObject) => string, absent: 'stricter' | 'looser', same: Compare): Compare =>
  (before, after) => {
    if (before === null) return 'stricter';
    if (after === null) return 'looser';
    const [old, now] = [before, after].map(
      (list) => new Map(objects(list).map((item) => [keyOf(item), item])),
    );
    const opposite = absent === 'stricter' ? 'looser' : 'stricter';
    const keys = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])];
    const effects = keys.flatMap((key): Effect[] => {
      const [one, two] = [old?.get(key), now?.get(key)];
      if (one === undefined) return [absent];
      if (two === undefined) return [opposite];
      return textOf(one) === textOf(two) ? [] : [same(one, two)];
    });
    return together(effects);
  };

/** Per component: absent asks nothing. */
const tcbFloor: Compare = (before, after) => {
  const [one, two] = [object(object(before).tcb), object(object(after).tcb)];
  const names = [...new Set([...Object.keys(one), ...Object.keys(two)])];
  return together(
    names.flatMap((name) => {
      const [old, now] = [one[name] ?? null, two[name] ?? null];
      return old === now ? [] : [atLeast(old, now)];
    }),
  );
};

const member =
  (name: string, compare: Compare): Compare =>
  (before, after) =>
    compare(object(before)[name] ?? null, object(after)[name] ?? null);

const choiceOf = ({ cpuid, product }: JsonObject): string => textOf(cpuid ?? product ?? null);

/** A longer list of exceptions or a later end is looser. */
const grace: Compare = (before, after) => {
  if (before === null) return 'looser';
  if (after === null) return 'stricter';
  const [one, two] = [object(before), object(after)];
  const lists = ['statuses', 'advisories'].flatMap((name): Effect[] => {
    const [old, now] = [one[name] ?? [], two[name] ?? []];
    return textOf(old) === textOf(now) ? [] : [allowing(old, now)];
  });
  const [end, newEnd] = [one.until, two.until].map((until) => Date.parse(String(until)));
  const ends: Effect[] = end === newEnd ? [] : [Number(newEnd) > Number(end) ? 'looser' : 'stricter'];
  return together([...lists, ...ends]);
};

/** The longer, the looser. */
const patience: Compare = (before, after) => {
  if (before === null) return 'looser';
  if (after === null) return 'stricter';
  return Number(object(after).hours) > Number(object(before).hours) ? 'looser' : 'stricter';
};

/** By path; `*`: every member of the object. */
export const COMPARISONS: Readonly<Record<string, Compare>> = {
  'common.accepted_tcb_statuses': allowing,
  'common.accepted_advisories': allowing,
  'common.denied_advisories': demanding,
  'common.grace': grace,
  'common.minimum_tcb_date': atLeast,
  'common.minimum_evaluation_number': atLeast,
  'common.stale_endorsements': patience,
  'common.tcb_track': (_, after) => (after === 'early' ? 'stricter' : 'looser'),
  'common.platforms': (_, after) => (after === 'registered' ? 'stricter' : 'looser'),
  'snp.report_versions': allowing,
  'snp.products': allowing,
  'snp.vmpl': allowing,
  'snp.policy_bits.*': bitRule,
  'snp.platform_bits.*': bitRule,
  'snp.allow_unknown_platform_bits': permitting,
  'snp.tcb_floors': keyed(choiceOf, 'stricter', tcbFloor),
  'snp.minimum_firmware': versionAtLeast,
  'snp.firmware_floors': keyed(choiceOf, 'stricter', member('minimum', versionAtLeast)),
  'snp.allow_provisional_firmware': permitting,
  'snp.mitigation_bits': demanding,
  'snp.mitigation_floors': keyed(choiceOf, 'stricter', member('bits', demanding)),
  'snp.allow_masked_chip_id': permitting,
  'snp.chips_allowed': allowing,
  'snp.chips_denied': demanding,
  'snp.csp_ids': allowing,
  'snp.trusted_id_keys': allowing,
  'snp.trusted_author_keys': allowing,
  'snp.minimum_guest_svn': atLeast,
  'tdx.fmspcs': allowing,
  'tdx.module_floors': keyed(({ major }) => textOf(major ?? null), 'looser', member('isvsvn', atLeast)),
  'tdx.attributes.*': bitRule,
  'tdx.xfam.*': demanding,
  'tdx.service_tds': allowing,
  'tdx.platform.*': bitRule,
  'tdx.platform_instances_allowed': allowing,
  'tdx.platform_instances_denied': demanding,
};
