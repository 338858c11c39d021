/** What the platforms of a tenant are judged by, looked up once for all of them. */
import type { EndorsementRequirement, EndorsementSet } from '../../rats/endorsement.js';
import type { PlatformIdentity, RegisteredPlatform } from '../../rats/platform.js';
import type { RecalledPlatform, TrackDocuments } from '../../rats/recall.js';
import type { Page, PageRequest, Stores, Tenant } from '../ports.js';
import type { Audience } from '../reference-ports.js';
import type { DocumentEnds } from './endings.js';

export interface World {
  readonly audiences: readonly Audience[];
  readonly endOf: DocumentEnds;
  /** Of all that was looked up, what a platform is judged by. */
  documentsOf(platform: RecalledPlatform): TrackDocuments;
  /** What the register says of a machine. */
  registered(identity: PlatformIdentity | null): Promise<RegisteredPlatform | null>;
}

type WorldStores = Pick<Stores, 'audiences' | 'endorsements' | 'platforms'>;

const MOST_AUDIENCES = 1_000;
/** A larger register is asked machine by machine. */
const MOST_MACHINES = 20_000;
const PAGE = 200;

export async function lookUpWorld(
  stores: WorldStores,
  { name, realm }: Tenant,
  platforms: readonly RecalledPlatform[],
  now: Date,
): Promise<World> {
  const wanted = platforms.flatMap((platform) => [
    ...platform.requirements('standard'),
    ...platform.requirements('early'),
  ]);
  const requirements = new Map(wanted.map((one) => [nameOf(one.kind, one.subject), one]));
  const [documents, summaries, audiences, machines] = await Promise.all([
    stores.endorsements.find(realm, [...requirements.values()], { at: now, tense: 'now' }),
    stores.endorsements.list(realm, now),
    pagesOf((page) => stores.audiences.list(name, page), MOST_AUDIENCES),
    pagesOf((page) => stores.platforms.list(name, page), MOST_MACHINES),
  ]);
  const current = summaries.filter(({ state }) => state === 'current');
  const ends = new Map(current.map((one) => [nameOf(one.kind, one.subject), one.expiresAt]));
  const atHand = new Map(documents.map((one) => [nameOf(one.kind, one.subject), one]));
  const register = new Map(machines.items.map((one) => [nameOf(one.kind, one.value), one]));
  const ofTrack = (list: readonly EndorsementRequirement[]): EndorsementSet =>
    list.flatMap(({ kind, subject }) => atHand.get(nameOf(kind, subject)) ?? []);
  return {
    audiences: audiences.items,
    endOf: (kind, subject) => ends.get(nameOf(kind, subject)) ?? null,
    documentsOf: (platform) => ({
      standard: ofTrack(platform.requirements('standard')),
      early: ofTrack(platform.requirements('early')),
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
