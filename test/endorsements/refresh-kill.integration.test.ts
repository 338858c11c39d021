/** `kill -9` while documents are being renewed from vendors: nothing half-written, nothing older, nothing forgotten. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { startVendorService, type VendorService } from '../../src/simulator/service/vendor-service.js';
import { migrateDatabase } from '../../src/storage/index.js';
import { storesOver } from '../../src/storage/open.js';
import { openPostgres } from '../../src/storage/pg.js';
import type { Stores } from '../../src/verifier/ports.js';
import { administer, makeDatabase, type OwnDatabase } from '../contract/postgres-engine.js';
import { simulatedAnchors } from '../http/service.js';
import { anchorsText, DAILY, noonOf } from '../scenarios/daily-archives.js';
import { simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { openRenewingSite } from './renewing-site.js';

const PROCESS = fileURLToPath(new URL('./renewing-process.js', import.meta.url));
const KILLS = 50;
/** Words that a process lives for, at most: about two days of documents. */
const MOST_WORDS = 80;
/** Milliseconds that it lives beyond them, at most: so it dies between its words as well. */
const MOMENT = 20;

let own: OwnDatabase;
let stores: Stores;
let anchors: TrustAnchors;
let vendors: VendorService;
/** Of the clock that vendors and processes share. */
let day = 0;
beforeAll(async () => {
  own = await makeDatabase();
  await migrateDatabase(own.url);
  stores = storesOver(openPostgres(own.url));
  anchors = await simulatedAnchors();
  const [amd, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
  vendors = await startVendorService({ vendor: { amd, intel }, clock: { now: () => noonOf(day) } });
}, 120_000);
afterAll(async () => {
  await vendors.close();
  await stores.close();
  await own.drop();
});

/** Lives until it has said so many words, and a moment of chance longer. Returns what it said. */
async function liveFor(words: number): Promise<readonly (readonly string[])[]> {
  const child = spawn(process.execPath, [PROCESS, own.url, vendors.url, anchorsText(anchors)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('exit', (_, signal) => resolve(signal)),
  );
  child.on('message', () => {
    day += 1;
    // Whoever is dead by now needs no answer.
    child.send(noonOf(day).toISOString(), () => {});
  });
  if (child.stdout === null) throw new TypeError('its output is a pipe');
  const said: (readonly string[])[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line.split(' '));
    if (said.length === words) setTimeout(() => child.kill('SIGKILL'), randomInt(MOMENT));
  }
  expect(await ended).toBe('SIGKILL');
  return said;
}

const listed = () => stores.endorsements.list('simulated', noonOf(day));

test('a process that is killed while it renews leaves the store whole, and the next one goes on', async () => {
  let before = new Map<string, number>();
  const lastWords = new Map<string, number>();
  const cutShort = { asking: 0, trying: 0 };
  let unsaid = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const said = await liveFor(1 + randomInt(MOST_WORDS));
    const last = said.at(-1)?.[0] ?? '';
    lastWords.set(last, (lastWords.get(last) ?? 0) + 1);
    expect(said.filter(([word]) => word === 'failed')).toEqual([]);

    const stored = await listed();
    const digests = new Set(stored.map(({ sha256 }) => sha256));
    const digestsAfter = (step: string) =>
      said.filter(([word]) => word === step).map(([, digest = '']) => digest);
    const kept = new Set(digestsAfter('kept'));
    expect([...kept].filter((digest) => !digests.has(digest))).toEqual([]);
    unsaid += digestsAfter('keeping').filter((digest) => digests.has(digest) && !kept.has(digest)).length;

    // One current document of each name, and none older than the one before.
    const current = stored.filter(({ state }) => state === 'current');
    const issued = new Map(
      current.map(({ kind, subject, issuedAt }) => [`${kind} ${subject}`, issuedAt.getTime()]),
    );
    expect(issued.size).toBe(current.length);
    for (const [name, instant] of before) expect(issued.get(name) ?? 0).toBeGreaterThanOrEqual(instant);
    before = issued;
    // Of its last day: what those before it left is not its own.
    const today = `'${noonOf(day).toISOString()}'`;
    const asked = await count(`vendor_requests WHERE state = 'asked' AND asked_at = ${today}`);
    const held = `leased_until IS NOT NULL AND tried_at = ${today}`;
    const trying = await count(`endorsement_refreshes WHERE ${held}`);
    cutShort.asking += Math.min(1, asked);
    cutShort.trying += Math.min(1, trying);
    expect(await damageDone()).toEqual({ torn: 0, unfetched: 0, unkept: 0 });
  }
  // Some died while a vendor was being asked.
  expect(Math.min(cutShort.asking, cutShort.trying)).toBeGreaterThan(0);
  expect(lastWords.size).toBeGreaterThan(2);

  await finishedByTheNext(before);
  const words = [...lastWords].map(([word, many]) => `${many} after “${word}”`).join(', ');
  process.stdout.write(
    `[scenario] ${KILLS} kills during refresh, ${cutShort.asking} while a vendor was asked (${words}): ${before.size} documents current, none torn, none older; ` +
      `${unsaid} were stored and not yet said so\n`,
  );
}, 600_000);

/** Leases have run out by the clock of whoever is next, and jobs come back by the database's. */
async function finishedByTheNext(before: ReadonlyMap<string, number>): Promise<void> {
  day += 1;
  const said: string[] = [];
  const { refresher, close } = await openRenewingSite({
    stores,
    vendorUrl: vendors.url,
    anchors,
    clock: { now: () => noonOf(day) },
    say: (...words) => void said.push(words.join(' ')),
  });
  try {
    const uses = DAILY.map((name) => ({ ...name, lastUsedAt: noonOf(day) }));
    await stores.refreshes.note('simulated', uses);
    await refresher.sweep();
    await refresher.work();
    const current = (await listed()).filter(({ state }) => state === 'current');
    const behind = DAILY.filter(({ kind, subject }) => {
      const found = current.find((one) => one.kind === kind && one.subject === subject);
      return (found?.issuedAt.getTime() ?? 0) <= (before.get(`${kind} ${subject}`) ?? 0);
    });
    expect(behind).toEqual([]);
    await administer(own.adminUrl, [
      "UPDATE pgboss.job SET started_on = started_on - interval '1 hour' WHERE state = 'active'",
    ]);
    const asked = vendors.requests.length;
    await refresher.sweep();
    await refresher.work();
    // The jobs of the dead come back and find the work done.
    expect(vendors.requests).toHaveLength(asked);
    expect(await stores.refreshQueue.take(100)).toEqual([]);
    expect(said.filter((line) => line.startsWith('failed'))).toEqual([]);
    expect(await damageDone()).toEqual({ torn: 0, unfetched: 0, unkept: 0 });
  } finally {
    await close();
  }
}

/**
 * Documents whose bytes are not those of their digest; successes of renewing, and of asking, without the document of that
 * day.
 */
async function damageDone(): Promise<Readonly<Record<'torn' | 'unfetched' | 'unkept', number>>> {
  const kinds = `r.kind IN (${DAILY.map(({ kind }) => `'${kind}'`).join(', ')})`;
  const without = (instant: string) =>
    `${kinds} AND NOT EXISTS (SELECT FROM endorsements AS e
      WHERE (e.realm, e.kind, e.subject) = (r.realm, r.kind, r.subject) AND e.issued_at > ${instant} - interval '1 day')`;
  return {
    torn: await count("endorsements WHERE encode(sha256(document), 'hex') <> sha256"),
    unfetched: await count(
      `endorsement_refreshes AS r WHERE r.last_result = 'kept' AND ${without('r.fetched_at')}`,
    ),
    unkept: await count(`vendor_requests AS r WHERE r.state = 'kept' AND ${without('r.answered_at')}`),
  };
}

/** Rows of a table, or of a part of it. */
async function count(of: string): Promise<number> {
  const database = openPostgres(own.url);
  try {
    const { rows } = await database.read({ tenant: null }, `SELECT count(*)::integer AS n FROM ${of}`, []);
    return Number(rows[0]?.n);
  } finally {
    await database.close();
  }
}
