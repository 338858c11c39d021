/** What the platforms of a tenant are judged by, each thing looked up once. */
import type {
  Endorsement,
  EndorsementRequirement,
  EndorsementSet,
  EndorsementTrack,
  Realm,
} from '../../rats/endorsement.js';
import type { PlatformIdentity, RegisteredPlatform } from '../../rats/platform.js';
import type { RecalledPlatform, TrackDocuments } from '../../rats/recall.js';
import type { EndorsementInstant } from '../endorsement-ports.js';
import type { Page, PageRequest, Stores, Tenant } from '../ports.js';
import type { Audience } from '../reference-ports.js';
import type { DocumentEnds } from './endings.js';
import type { Horizon } from './timeline.js';

export interface World {
  readonly audiences: readonly Audience[];
  readonly endOf: DocumentEnds;
  /** Looks up the documents that these are judged by. */
  learn(platforms: readonly RecalledPlatform[]): Promise<void>;
  /** Of all that was looked up, what a platform is judged by under a policy of this track. */
  documentsOf(platform: RecalledPlatform, track: EndorsementTrack): TrackDocuments;
  /** What the register says of a machine. */
  registered(identity: PlatformIdentity | null): Promise<RegisteredPlatform | null>;
}

export interface WorldParts {
  readonly stores: Pick<Stores, 'audiences' | 'endorsements' | 'platforms'>;
  /** The documents that evidence of the instant would be given, asked for without a trace. */
  readonly collect: (
    requirements: readonly EndorsementRequirement[],
    where: EndorsementInstant & { readonly realm: Realm },
  ) => Promise<EndorsementSet>;
}

const MOST_AUDIENCES = 1_000;
/** A larger register is asked machine by machine. */
const MOST_MACHINES = 20_000;
const PAGE = 200;

export async function lookUpWorld(
  { stores, collect }: WorldParts,
  { name, realm }: Tenant,
  { now, until }: Horizon,
): Promise<World> {
  const [current, audiences, machines] = await Promise.all([
    stores.endorsements.shared(realm, now),
    pagesOf((page) => stores.audiences.list(name, page), MOST_AUDIENCES),
    pagesOf((page) => stores.platforms.list(name, page), MOST_MACHINES),
  ]);
  const ends = new Map(current.map((one) => [nameOf(one.kind, one.subject), one.expiresAt]));
  const register = new Map(machines.items.map((one) => [nameOf(one.kind, one.value), one]));
  /** Of each, what counts now and what counts at the end; null: looked for, and not at hand. */
  const known = new Map<string, { readonly now: Endorsement | null; readonly later: Endorsement | null }>();
  const ofTrack = (list: readonly EndorsementRequirement[], when: 'now' | 'later'): EndorsementSet =>
    list.flatMap(({ kind, subject }) => known.get(nameOf(kind, subject))?.[when] ?? []);
  return {
    audiences: audiences.items,
    endOf: (kind, subject) => ends.get(nameOf(kind, subject)) ?? null,
    async learn(platforms) {
      const wanted = new Map(
        platforms
          .flatMap((one) => [...one.requirements('standard'), ...one.requirements('early')])
          .map((one) => [nameOf(one.kind, one.subject), one] as const)
          .filter(([wantedName]) => !known.has(wantedName)),
      );
      if (wanted.size === 0) return;
      const found = await Promise.all(
        [now, until].map((at) => collect([...wanted.values()], { realm, at, tense: 'now' })),
      );
      const [present, later] = found.map(
        (documents) => new Map(documents.map((one) => [nameOf(one.kind, one.subject), one])),
      );
      for (const one of wanted.keys()) {
        known.set(one, { now: present?.get(one) ?? null, later: later?.get(one) ?? null });
      }
    },
    documentsOf: (platform, track) => ({
      present: ofTrack(platform.requirements(track), 'now'),
      early: ofTrack(platform.requirements('early'), 'now'),
      later: ofTrack(platform.requirements(track), 'later'),
    }),
    async registered(identity) {
      if (identity === null) return null;
      const listed = register.get(nameOf(identity.kind, identity.value));
      if (listed !== undefined || machines.whole) return listed ?? null;
      return (await stores.platforms.find(name, identity)).platform;
    },
  };
}

function nameOf(kind: string, subject: string): string {
  return `${kind} ${subject}`;
}

/** `whole`: there is nothing behind the items. */
async function pagesOf<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  most: number,
): Promise<{ readonly items: readonly T[]; readonly whole: boolean }> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await list({ limit: PAGE, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < most);
  return { items, whole: cursor === null };
}
