/** The books of asking vendors without a database: the same contract, as plain as it can be written. */

import type { Realm } from '../../src/rats/endorsement.js';
import type {
  DocumentName,
  ServiceBooks,
  ServiceStanding,
  VendorEntry,
  VendorRequestStore,
} from '../../src/verifier/vendor-ports.js';

type Kept = VendorEntry & { readonly realm: Realm; readonly service: string };

const OPEN: ServiceStanding = { nextAt: null, closedUntil: null, failures: 0 };

/** `proven`: subjects whose level a stored document has. */
export function memoryBooks(proven: (name: DocumentName) => boolean = () => false): VendorRequestStore {
  /** By realm, kind and subject; and what of it each service has. */
  const entries = new Map<string, Kept>();
  const services = new Map<string, Map<string, Kept>>();
  const standings = new Map<string, ServiceStanding>();
  const keyOf = (realm: Realm, { kind, subject }: DocumentName): string => `${realm} ${kind} ${subject}`;
  let last: Promise<unknown> = Promise.resolve();

  const ofService = (realm: Realm, service: string): Kept[] => [
    ...(services.get(`${realm} ${service}`)?.values() ?? []),
  ];
  const put = (entry: Kept): void => {
    const key = keyOf(entry.realm, entry);
    drop(key);
    entries.set(key, entry);
    const name = `${entry.realm} ${entry.service}`;
    services.set(name, (services.get(name) ?? new Map<string, Kept>()).set(key, entry));
  };
  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (entry !== undefined) services.get(`${entry.realm} ${entry.service}`)?.delete(key);
    entries.delete(key);
  };

  const booksOf = (realm: Realm, service: string): ServiceBooks => ({
    standing: async () => standings.get(`${realm} ${service}`) ?? OPEN,
    async record(standing) {
      standings.set(`${realm} ${service}`, standing);
    },
    async entries(names) {
      const found = names.map((name) => entries.get(keyOf(realm, name)));
      return found.filter((entry) => entry !== undefined && entry.service === service) as Kept[];
    },
    async write(written) {
      for (const entry of written) put({ ...entry, realm, service });
    },
    async remove(name) {
      drop(keyOf(realm, name));
    },
    async waiting() {
      const byShare = new Map<string, number>();
      let latest: Date | null = null;
      for (const { share, state, wantedAt, rationed } of ofService(realm, service)) {
        if (state !== 'waiting' && state !== 'asked') continue;
        byShare.set(share, (byShare.get(share) ?? 0) + Number(rationed));
        if (latest === null || wantedAt > latest) latest = wantedAt;
      }
      return { byShare, latest };
    },
    async ofMachines(names, now) {
      return names
        .filter(({ subject }) => subject.includes('/'))
        .map(({ kind, subject }) => {
          const machine = subject.slice(0, subject.lastIndexOf('/') + 1);
          const others = ofService(realm, service).filter(
            (one) =>
              one.rationed &&
              one.kind === kind &&
              one.subject.startsWith(machine) &&
              one.subject !== subject &&
              proven(one) === proven({ kind, subject }),
          );
          const waiting = others.filter(({ state }) => state === 'waiting' || state === 'asked');
          const absent = others.filter(({ state, notBefore }) => state === 'absent' && notBefore > now);
          return {
            kind,
            subject,
            proven: proven({ kind, subject }),
            waiting: waiting.map(nameOf),
            absent: absent.length,
          };
        });
    },
    underWay: async (now) =>
      ofService(realm, service).filter(
        ({ state, rationed, leasedUntil }) =>
          state === 'asked' && !rationed && leasedUntil !== null && leasedUntil > now,
      ).length,
    async places(names, now) {
      const line = lineOf(ofService(realm, service), now);
      const places = new Map(line.map((entry, place) => [keyOf(realm, entry), place]));
      return names.flatMap(({ kind, subject }) => {
        const place = places.get(keyOf(realm, { kind, subject }));
        return place === undefined ? [] : [{ kind, subject, place }];
      });
    },
    foremost: async (now) =>
      lineOf(ofService(realm, service), now).find(({ notBefore }) => notBefore <= now) ?? null,
    ready: async (now, limit) =>
      ofService(realm, service)
        .filter((entry) => !entry.rationed && waits(entry, now) && entry.notBefore <= now)
        .sort((one, other) => one.wantedAt.getTime() - other.wantedAt.getTime())
        .slice(0, limit),
  });

  return {
    open(realm, service, work) {
      const turn = last.then(() => work(booksOf(realm, service)));
      last = turn.catch(() => {});
      return turn;
    },
    async isDue(realm, service, now) {
      const { nextAt, closedUntil } = standings.get(`${realm} ${service}`) ?? OPEN;
      if (closedUntil !== null && closedUntil > now) return false;
      const hasTurn = nextAt === null || nextAt <= now;
      return ofService(realm, service).some(
        (entry) => waits(entry, now) && entry.notBefore <= now && (hasTurn || !entry.rationed),
      );
    },
    look: async (realm, names) => names.flatMap((name) => entries.get(keyOf(realm, name)) ?? []),
    report: async (realm) =>
      [...standings].flatMap(([key, standing]) => {
        const [of = '', service = ''] = key.split(' ');
        const waiting = ofService(realm, service).filter(
          ({ state }) => state === 'waiting' || state === 'asked',
        );
        return of === realm ? [{ ...standing, service, waiting: waiting.length }] : [];
      }),
    async purge({ answered, wanted }) {
      let purged = 0;
      for (const [key, { state, answeredAt, lastWantedAt }] of entries) {
        const isOver = state === 'kept' || state === 'absent';
        if (isOver ? answeredAt !== null && answeredAt < answered : lastWantedAt < wanted) {
          drop(key);
          purged += 1;
        }
      }
      return purged;
    },
  };
}

function nameOf({ kind, subject }: DocumentName): DocumentName {
  return { kind, subject };
}

function waits({ state, leasedUntil }: VendorEntry, now: Date): boolean {
  return state === 'waiting' || (state === 'asked' && leasedUntil !== null && leasedUntil <= now);
}

/** Known first; then in rounds of one of each share, the share that had its turn longest ago first; then by time. */
export function lineOf<Entry extends VendorEntry>(all: readonly Entry[], now: Date): readonly Entry[] {
  const rationed = all.filter((entry) => entry.rationed);
  const servedAt = new Map<string, number>();
  for (const { share, askedAt } of rationed) {
    if (askedAt !== null) servedAt.set(share, Math.max(servedAt.get(share) ?? 0, askedAt.getTime()));
  }
  const rounds = new Map<string, number>();
  return rationed
    .filter((entry) => waits(entry, now))
    .sort(byTime)
    .map((entry) => {
      const of = `${entry.known} ${entry.share}`;
      const round = (rounds.get(of) ?? 0) + 1;
      rounds.set(of, round);
      return { entry, round, served: servedAt.get(entry.share) ?? 0 };
    })
    .sort(
      (one, other) =>
        Number(other.entry.known) - Number(one.entry.known) ||
        one.round - other.round ||
        one.served - other.served ||
        one.entry.wantedAt.getTime() - other.entry.wantedAt.getTime() ||
        compare(one.entry.share, other.entry.share) ||
        byTime(one.entry, other.entry),
    )
    .map(({ entry }) => entry);
}

function byTime(one: VendorEntry, other: VendorEntry): number {
  return (
    one.wantedAt.getTime() - other.wantedAt.getTime() ||
    compare(one.kind, other.kind) ||
    compare(one.subject, other.subject)
  );
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
