/** `kill -9` in the middle of imports: what was said to be kept is there, nothing is half-written, nothing older counts. */
import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readArchive } from '../../src/endorsements/archive.js';
import { importBundle, isBundle } from '../../src/endorsements/bundle/import.js';
import { importEndorsements } from '../../src/endorsements/import.js';
import { migrateDatabase } from '../../src/storage/index.js';
import { storesOver } from '../../src/storage/open.js';
import { openPostgres } from '../../src/storage/pg.js';
import { SCHEMES } from '../../src/tee/registry.js';
import type { Stores } from '../../src/verifier/ports.js';
import { makeDatabase, type OwnDatabase } from '../contract/postgres-engine.js';
import { anchorsIn, archiveOf, DAILY, DAYS, noonOf, writeArchives } from './daily-archives.js';

const PROCESS = fileURLToPath(new URL('./importing-process.js', import.meta.url));
const KILLS = 50;
/** Words that a process lives for, at most: two days of documents. */
const MOST_WORDS = 30;

let dir: string;
let own: OwnDatabase;
let stores: Stores;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-imports-'));
  await writeArchives(dir);
  own = await makeDatabase();
  await migrateDatabase(own.url);
  stores = storesOver(openPostgres(own.url));
}, 120_000);
afterAll(async () => {
  await stores.close();
  await own.drop();
  await rm(dir, { recursive: true, force: true });
});

/** Lives until it has said so many words, and a moment of chance longer. Returns what it said. */
async function liveFor(words: number, firstDay: number): Promise<readonly (readonly string[])[]> {
  const child = spawn(process.execPath, [PROCESS, own.url, dir, String(firstDay)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('exit', (_, signal) => resolve(signal)),
  );
  const said: (readonly string[])[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line.split(' '));
    if (said.length !== words) continue;
    // So that it dies inside of transactions as well as between them.
    for (let spins = randomInt(200_000); spins > 0; spins -= 1) if (child.exitCode !== null) break;
    child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return said;
}

const listed = (day: number) => stores.endorsements.list('simulated', noonOf(day));

test('a process that is killed while it imports leaves the store whole, and the next one goes on', async () => {
  let day = 0;
  let before = new Map<string, bigint>();
  const lastWords = new Map<string, number>();
  const cutShort = { archive: 0, bundle: 0 };
  let unsaid = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const said = await liveFor(1 + randomInt(MOST_WORDS), day);
    const last = said.at(-1)?.[0] ?? '';
    lastWords.set(last, (lastWords.get(last) ?? 0) + 1);
    expect(said.filter(([word]) => word === 'rejected' || word === 'through')).toEqual([]);
    cutShort[said.findLast(([word]) => word === 'day')?.[2] === 'bundle' ? 'bundle' : 'archive'] += 1;
    day = Math.max(day, ...said.filter(([word]) => word === 'day').map(([, number]) => Number(number)));

    const stored = await listed(day);
    const digests = new Set(stored.map(({ sha256 }) => sha256));
    const kept = said.filter(([word]) => word === 'kept').map(([, digest = '']) => digest);
    expect(kept.filter((digest) => !digests.has(digest))).toEqual([]);
    const begun = said.filter(([word]) => word === 'keeping').map(([, digest = '']) => digest);
    unsaid += begun.filter((digest) => digests.has(digest) && !kept.includes(digest)).length;

    // One current document of each name, and none older than the one before.
    const current = stored.filter(({ state }) => state === 'current');
    const names = current.map(({ kind, subject }) => `${kind} ${subject}`);
    expect(new Set(names).size).toBe(names.length);
    const issued = new Map(
      current.map(({ kind, subject, issuedAt }) => [`${kind} ${subject}`, BigInt(issuedAt.getTime())]),
    );
    for (const [name, instant] of before) expect(issued.get(name) ?? 0n).toBeGreaterThanOrEqual(instant);
    before = issued;
    const standing = await stores.endorsements.findStanding('simulated', DAILY, {
      at: noonOf(day),
      fresh: true,
    });
    const counting = standing.documents.map(({ bytes }) => digestOf(bytes));
    for (const digest of counting) expect(digests).toContain(digest);
    expect(counting.length).toBe(
      current.filter((item) =>
        DAILY.some(({ kind, subject }) => item.kind === kind && item.subject === subject),
      ).length,
    );
  }
  expect([...lastWords.keys()].sort()).toEqual(['day', 'keeping', 'kept']);
  expect(Math.min(cutShort.archive, cutShort.bundle)).toBeGreaterThan(0);
  expect(day).toBeLessThan(DAYS - 1);

  expect(await damageDone()).toEqual({ torn: 0, unknown: [] });
  const { rejected } = await importDay(day + 1);
  expect(rejected).toEqual([]);
  const found = await stores.endorsements.find('simulated', DAILY, { at: noonOf(day + 1), tense: 'now' });
  const newest = await bytesOfDay(day + 1);
  expect(found).toHaveLength(DAILY.length);
  for (const { bytes } of found) expect(newest).toContain(digestOf(bytes));
  const words = [...lastWords].map(([word, many]) => `${many} after “${word}”`).join(', ');
  process.stdout.write(
    `[scenario] ${KILLS} kills during import, ${cutShort.bundle} of them of bundles (${words}): ${before.size} documents current, none torn, none lost; ` +
      `${unsaid} were stored and not yet said so\n`,
  );
}, 600_000);

async function importDay(day: number) {
  const anchors = anchorsIn(JSON.parse(await readFile(join(dir, 'anchors.json'), 'utf8')));
  const files = await readArchive(await readFile(archiveOf(dir, day)));
  const target = {
    schemes: SCHEMES,
    store: stores.endorsements,
    realm: 'simulated',
    anchors,
    track: 'standard',
    source: 'import',
    now: noonOf(day),
  } as const;
  return isBundle(files)
    ? importBundle(files, { ...target, trusted: null })
    : importEndorsements(files, target);
}

/** Digests of what the vendors published that day, file by file. */
async function bytesOfDay(day: number): Promise<readonly string[]> {
  const files = await readArchive(await readFile(archiveOf(dir, day)));
  return files.map(({ bytes }) => digestOf(bytes));
}

/** Rows whose bytes are not those of their digest, and lists that no vendor ever published. */
async function damageDone(): Promise<{ readonly torn: number; readonly unknown: readonly string[] }> {
  const published = new Set<string>();
  for (let day = 0; day < DAYS; day += 1) for (const digest of await bytesOfDay(day)) published.add(digest);
  const database = openPostgres(own.url);
  try {
    const { rows } = await database.read(
      { tenant: null },
      "SELECT kind, subject, sha256, encode(sha256(document), 'hex') = sha256 AS whole FROM endorsements",
      [],
    );
    const daily = rows.filter(({ kind }) => DAILY.some((name) => name.kind === kind));
    expect(daily.length).toBeGreaterThan(KILLS);
    return {
      torn: rows.filter(({ whole }) => whole !== true).length,
      unknown: daily
        .filter(({ sha256 }) => !published.has(String(sha256)))
        .map(({ sha256 }) => String(sha256)),
    };
  } finally {
    await database.close();
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
