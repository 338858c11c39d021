/**
 * The status of an attestation result in both dialects of EAR: that of draft-ietf-rats-ear-04 with its names of
 * underscores, and the older one with dots, which has no overall status.
 */
import type { JsonObject, JsonValue } from '../rats/result.js';
import { isObject, refuseClaims } from './claim-form.js';
import { refuseToken } from './refused.js';
import type { TokenStatus } from './verified-token.js';

const EAR = 'tag:ietf.org,2026:rats/ear#04';
const EAR_LEGACY = 'tag:github.com,2023:veraison/ear';

/** `eat_profile` of the tokens that are read: profiles `ear` and `ear-compat`, and `ear-legacy`. */
export const PROFILES: ReadonlySet<string> = new Set([EAR, EAR_LEGACY]);

/** Best first. */
const TIERS = ['affirming', 'warning', 'contraindicated', 'none'] as const;

/** Position among the tiers, from the best. */
type Rank = number;
const RANKS: ReadonlyMap<unknown, Rank> = new Map(TIERS.map((tier, rank) => [tier, rank]));

/**
 * The overall status. Refuses `token_claims` where it is better than that of a submodule or the two dialects disagree,
 * `status_insufficient` where it is none with which tokens exist.
 */
export function statusOf(claims: JsonObject, profile: string): TokenStatus {
  const { submods } = claims;
  const appraisals = isObject(submods) ? Object.values(submods) : [];
  if (appraisals.length === 0) return refuseClaims('there are no `submods`');
  const [name, alias] = profile === EAR ? ['ear_status', 'ear.status'] : ['ear.status', 'ear_status'];
  const worst = Math.max(...appraisals.map((appraisal) => rankIn(appraisal, name, alias)));
  const overall = profile === EAR ? rankIn(claims, name, alias) : worst;
  if (overall < worst) refuseClaims('the overall status is better than that of a part');
  const status = TIERS[overall];
  if (status === 'affirming' || status === 'warning') return status;
  return refuseStatus(`The status is ${status}, with which nothing is released.`);
}

/** Below what is asked. */
export function refuseStatus(detail: string): never {
  return refuseToken('status_insufficient', detail);
}

/** Of the status of a result or a part of it; where the other dialect's name stands too, it says the same. */
function rankIn(result: JsonValue, name: string, alias: string): Rank {
  const object = isObject(result) ? result : refuseClaims('a part of `submods` is no object');
  const rank = RANKS.get(object[name]);
  if (rank === undefined) return refuseClaims(`\`${name}\` is no status`);
  if (object[alias] !== undefined && object[alias] !== object[name]) {
    refuseClaims(`\`${name}\` and \`${alias}\` disagree`);
  }
  return rank;
}
