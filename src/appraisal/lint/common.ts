/** Section `common`, held against itself and the calendar. */
import type { CommonPolicy } from '../../rats/policy.js';
import type { VendorFacts } from '../../rats/vendor-facts.js';
import { type Finding, finding, inBoth } from './finding.js';

const YEAR_MS = 366 * 24 * 3600 * 1000;

export function lintCommon(common: CommonPolicy, facts: VendorFacts): readonly Finding[] {
  return [
    ...lintStatuses(common),
    ...lintGrace(common, facts.at),
    ...lintStaleness(common),
    ...lintTrack(common),
    ...lintAdvisories(common, facts),
    ...lintDate(common, facts),
  ];
}

function lintStatuses({ accepted_tcb_statuses: accepted }: CommonPolicy): readonly Finding[] {
  const path = 'common.accepted_tcb_statuses';
  const found: Finding[] = [];
  if (!accepted.includes('UpToDate')) {
    found.push(finding('warning', path, 'leaves out UpToDate: platforms with nothing to mend are denied'));
  }
  const unknown = accepted.indexOf('Unknown');
  if (unknown >= 0) {
    const reason = 'changes nothing: Unknown is never denied and never more than a warning';
    found.push(finding('warning', `${path}.${unknown}`, reason));
  }
  return found;
}

function lintGrace(common: CommonPolicy, at: Date): readonly Finding[] {
  const { accepted_tcb_statuses: statuses, accepted_advisories: advisories, grace } = common;
  if (grace === null) return [];
  const until = new Date(grace.until).getTime();
  const already = () => ({ severity: 'warning', reason: 'is accepted without a grace too' }) as const;
  const over = until <= at.getTime();
  return [
    ...inBoth('common.grace.statuses', grace.statuses, statuses, already),
    ...inBoth('common.grace.advisories', grace.advisories, advisories, already),
    ...(over
      ? [finding('warning', 'common.grace.until', 'is over: the grace accepts nothing any more')]
      : []),
    ...(until - at.getTime() > YEAR_MS
      ? [
          finding(
            'warning',
            'common.grace.until',
            'is more than a year away: that is no grace but a decision',
          ),
        ]
      : []),
  ];
}

/** Beyond a week somebody has stopped fetching: a revocation of that time is missed. */
const LONG_PATIENCE_HOURS = 7 * 24;

function lintStaleness({ stale_endorsements: stale }: CommonPolicy): readonly Finding[] {
  if (stale === null || stale.hours <= LONG_PATIENCE_HOURS) return [];
  const reason = 'is more than a week: whatever the vendors revoke in that time goes unseen';
  return [finding('warning', 'common.stale_endorsements.hours', reason)];
}

/** Who is behind the early requirements alone is OutOfDate by them. */
function lintTrack({ tcb_track: track, accepted_tcb_statuses: accepted }: CommonPolicy): readonly Finding[] {
  if (track === 'standard' || !accepted.includes('OutOfDate')) return [];
  const reason = 'asks little: OutOfDate is accepted, and so is whoever is behind the early requirements';
  return [finding('warning', 'common.tcb_track', reason)];
}

function lintAdvisories(common: CommonPolicy, { bulletins }: VendorFacts): readonly Finding[] {
  const { accepted_advisories: accepted, denied_advisories: denied, grace } = common;
  const contradicts = () => ({ severity: 'error', reason: 'is accepted as well; the denial wins' }) as const;
  const path = 'common.denied_advisories';
  return [
    ...inBoth(path, denied, accepted, contradicts),
    ...inBoth(path, denied, grace?.advisories ?? [], contradicts),
    ...denied.flatMap((id, place) => unseen(`${path}.${place}`, id, bulletins)),
    ...accepted.flatMap((id, place) => unseen(`common.accepted_advisories.${place}`, id, bulletins)),
  ];
}

/** Bulletins that no report can show or that nobody knows; what Intel lists is Intel’s to say. */
function unseen(path: string, id: string, bulletins: VendorFacts['bulletins']): readonly Finding[] {
  if (!id.startsWith('AMD-')) return [];
  const known = bulletins.find((bulletin) => bulletin.id === id);
  if (known === undefined)
    return [finding('warning', path, `${id} is not in the table of bulletins: it changes nothing`)];
  if (known.state === 'silent') {
    return [finding('warning', path, `nothing in a report shows ${id}: it changes nothing`)];
  }
  return known.state === 'retracted'
    ? [finding('warning', path, `AMD withdrew the values of ${id}: nobody can say who is concerned`)]
    : [];
}

function lintDate({ minimum_tcb_date: minimum }: CommonPolicy, facts: VendorFacts): readonly Finding[] {
  if (minimum === null) return [];
  const path = 'common.minimum_tcb_date';
  if (minimum > facts.at.toISOString().slice(0, 10)) {
    return [finding('error', path, 'has not come yet: no platform can be that new')];
  }
  const newest =
    facts.bulletins
      .flatMap(({ published }) => published ?? [])
      .sort()
      .at(-1) ?? '';
  return minimum > newest
    ? [
        finding(
          'warning',
          path,
          `is after the newest bulletin of the table (${newest}): no SNP firmware reaches it`,
        ),
      ]
    : [];
}
