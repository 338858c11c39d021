/**
 * An empty database with every migration applied, kept as a file beside the build: making one takes seconds of
 * computing, beginning as a copy of it a fraction. The file is named by all that decides what is in it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { migrateDatabase } from '../src/storage/migrate.js';
import { type EmbeddedDatabase, openPglite } from '../src/storage/pglite.js';

const BUILD = fileURLToPath(new URL('../', import.meta.url));
const SQL = join(BUILD, '..', 'migrations');
const CODE = join(BUILD, 'src', 'storage');
/** Names the versions of the engine, of what runs the migrations and of what makes the job queue. */
const PACKAGES = join(BUILD, '..', 'package-lock.json');
const PREFIX = 'database-template-';

/** A database of the caller's own, in memory, migrated and empty. */
export async function openMigrated(): Promise<EmbeddedDatabase> {
  return openPglite(null, await readTemplate());
}

/** The dump that `openPglite` and `openStores` take. */
export async function readTemplate(): Promise<Blob> {
  return new Blob([await readFile(await keepTemplate())]);
}

/** Where the template of this build is, made if it is not there yet. Those of other builds go then. */
export async function keepTemplate(): Promise<string> {
  const name = `${PREFIX}${digest()}.tar`;
  const file = join(BUILD, name);
  if (existsSync(file)) return file;
  const dump = await makeTemplate();
  // Whoever makes it at the same moment makes the same; nobody sees half of one.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, dump);
  renameSync(unfinished, file);
  const old = readdirSync(BUILD).filter((entry) => entry.startsWith(PREFIX) && entry.endsWith('.tar'));
  for (const entry of old) if (entry !== name) rmSync(join(BUILD, entry), { force: true });
  return file;
}

/** Made as an operator makes a database: by the migration command's function, in a directory. */
async function makeTemplate(): Promise<Uint8Array> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-template-'));
  try {
    await migrateDatabase(`pglite:${join(dir, 'db')}`);
    const engine = await PGlite.create(join(dir, 'db', 'pgdata'));
    try {
      return new Uint8Array(await (await engine.dumpDataDir('none')).arrayBuffer());
    } finally {
      await engine.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Hex SHA-256 over the migrations, the code that runs them, this file and the packages. */
function digest(): string {
  const hash = createHash('sha256');
  const files = [
    ...[SQL, CODE]
      .flatMap((dir) => readdirSync(dir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && /\.(?:sql|js)$/u.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort(),
    fileURLToPath(import.meta.url),
    PACKAGES,
  ];
  for (const file of files)
    hash
      .update(`${relative(BUILD, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}
