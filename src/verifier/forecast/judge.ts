/** From a platform that was seen to what becomes of it. Platforms that are judged alike are judged once. */
import { type EndorsementSet, onTrack } from '../../rats/endorsement.js';
import { type AppraisalPolicy, demandsOf } from '../../rats/policy.js';
import type { RecalledPlatform, TrackDocuments } from '../../rats/recall.js';
import type { ReferenceValue } from '../../rats/reference-value.js';
import { DEFAULT_POLICY, type PolicyBook } from '../policy-book.js';
import type { Stores } from '../ports.js';
import type { Sighting } from '../sighting-ports.js';
import type { PlatformForecast } from './calendar.js';
import { endingsOf } from './endings.js';
import type { Subject } from './standing.js';
import { exchangeOf, type Horizon, type Timeline, type Transition, timelineOf } from './timeline.js';
import type { World } from './world.js';

/** A sighting with its facts read. */
export interface Recalled extends Sighting {
  readonly platform: RecalledPlatform;
}

/** A table of bulletins that somebody puts in place of the one in force. */
export interface Exchange {
  /** Its name. */
  readonly source: string;
  readonly document: EndorsementSet[number];
}

export interface Judging {
  readonly tenant: string;
  readonly policies: Pick<PolicyBook, 'find'>;
  readonly referenceValues: Pick<Stores['referenceValues'], 'lookup'>;
  readonly world: World;
  readonly horizon: Horizon;
  readonly exchange: Exchange | null;
}

/** Versions whose windows follow one another. */
const MOST_WINDOWS = 4;

/** Null: nothing can be said of the platform, for want of a policy in force or of documents that decide. */
export function createJudge(judging: Judging): (seen: Recalled) => Promise<PlatformForecast | null> {
  const { world, horizon, exchange } = judging;
  const policies = new Map<string, Promise<AppraisalPolicy | null>>();
  const references = new Map<string, Promise<readonly ReferenceValue[]>>();
  const timelines = new Map<string, Timeline | null>();

  return async (seen) => {
    const { platform, workload, fields, machine } = seen;
    const policy = await once(policies, [workload, seen.policy], () => policyInForce(judging, seen));
    if (policy === null) return null;
    const measured = { ...platform.referenceFields, ...fields };
    const asked = { workload, tee: platform.referenceTee, fields: measured };
    const values = await once(references, [asked], () => matchingWithin(judging, asked));
    const registered = await world.registered(platform.identity);
    const key = JSON.stringify([
      asksForMachines(policy) ? machine : null,
      ...[workload, seen.policy, platform.alike, fields],
    ]);
    const known = timelines.get(key);
    const timeline =
      known === undefined
        ? judge({ platform, policy, references: values, fields, registered }, judging)
        : known;
    timelines.set(key, timeline);
    if (timeline === null) return null;
    const endings =
      exchange === null
        ? endingsOf(platform, timeline, {
            ...horizon,
            endOf: (kind, subject) =>
              world.endOf(kind, onTrack({ kind, subject }, policy.common.tcb_track).subject),
            staleHours: demandsOf(policy).staleHours,
          })
        : [];
    return {
      machine,
      tee: platform.tee,
      identity: platform.identity,
      label: registered?.label ?? null,
      workload,
      policy: `${policy.name}@${policy.version}`,
      transitions: [...timeline.transitions, ...endings],
    };
  };
}

/** Null: it is gone, and judges nobody any more. */
async function policyInForce(
  { policies, tenant }: Judging,
  { workload, policy }: Recalled,
): Promise<AppraisalPolicy | null> {
  const question =
    policy === null ? { workload, otherwise: DEFAULT_POLICY } : { name: policy, version: null };
  const { outcome } = await policies.find(tenant, question);
  return outcome.ok ? outcome.value : null;
}

async function once<T>(
  known: Map<string, Promise<T>>,
  key: readonly unknown[],
  ask: () => Promise<T>,
): Promise<T> {
  const name = JSON.stringify(key);
  const asked = known.get(name) ?? ask();
  known.set(name, asked);
  return asked;
}

interface Measured {
  readonly workload: string;
  readonly tee: ReferenceValue['tee'];
  readonly fields: Readonly<Record<string, string>>;
}

/** Those that match now, and those that take their place when the windows of these end. */
async function matchingWithin(
  { referenceValues, tenant, horizon: { now, until } }: Judging,
  { workload, tee, fields }: Measured,
): Promise<readonly ReferenceValue[]> {
  const found = new Map<number | null, ReferenceValue>();
  let at: Date | null = now;
  for (let windows = 0; at !== null && windows < MOST_WINDOWS; windows += 1) {
    const query = { tenant, tee, fields, workloads: [workload], at };
    const { matching }: { readonly matching: readonly ReferenceValue[] } =
      await referenceValues.lookup(query);
    for (const value of matching) found.set(value.version, value);
    // Both ends of a window belong to it.
    const ends: readonly number[] = matching.flatMap(({ notAfter }) => notAfter?.getTime() ?? []);
    const next = Math.min(...ends) + 1;
    at = next > now.getTime() && next <= until.getTime() ? new Date(next) : null;
  }
  return [...found.values()];
}

/** Whether two machines that are alike may be judged differently. */
function asksForMachines({ common, snp, tdx, rules }: AppraisalPolicy): boolean {
  return (
    common.platforms === 'registered' ||
    rules.length > 0 ||
    snp.chips_allowed !== null ||
    snp.chips_denied.length > 0 ||
    tdx.platform_instances_allowed !== null ||
    tdx.platform_instances_denied.length > 0
  );
}

function judge(subject: Subject, { world, horizon, exchange }: Judging): Timeline | null {
  const documents = world.documentsOf(subject.platform, subject.policy.common.tcb_track);
  const timeline = timelineOf(subject, documents, horizon);
  if (timeline === null || exchange === null) return timeline;
  return { ...timeline, transitions: exchanged(subject, documents, exchange, horizon) };
}

/** With another table only what it changes is of interest: today, and on the dates that it brings. */
function exchanged(
  subject: Subject,
  documents: TrackDocuments,
  { source, document }: Exchange,
  horizon: Horizon,
): readonly Transition[] {
  const others = documents.present.filter(({ kind }) => kind !== document.kind);
  const present = [document, ...others];
  const given = { present, early: documents.early, later: present };
  const what = `${source} counts in place of the table in force`;
  const today = exchangeOf(subject, documents, { documents: given.present, what, now: horizon.now });
  const later = timelineOf(subject, given, horizon)?.transitions ?? [];
  return [
    ...(today === null ? [] : [today]),
    ...later.filter(({ cause }) => cause === 'bulletins').map((one) => ({ ...one, presumes: what })),
  ];
}
