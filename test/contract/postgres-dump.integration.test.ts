/** What an administrator's backup contains: everything but a private key. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createKeyWrap, migrateDatabase, openStores } from '../../src/storage/index.js';
import { openKey, privateValueOf, publicValueOf, ringOver } from './keys-suite.js';
import { makeDatabase } from './postgres-engine.js';
import { formsFound, withBinary } from './private-key-search.js';
import { makeTenant, NOW, sampleDocument } from './samples.js';

const pgDump = findProgram('pg_dump');

describe('a backup of PostgreSQL', () => {
  (pgDump === null ? test.skip : test)('made with pg_dump holds no private key', async () => {
    const own = await makeDatabase();
    await migrateDatabase(own.url);
    const stores = await openStores(own.url);
    const kek = createKeyWrap(randomBytes(32));
    const tenant = await makeTenant(stores);
    await ringOver(stores, kek).signerFor(tenant, 'ES256');
    const pem = await openKey(stores, kek, tenant);
    const secret = privateValueOf(pem);
    const dump = makeBackup(own.adminUrl);
    expect(dump.includes(publicValueOf(pem))).toBe(true);
    expect(formsFound(dump, secret)).toEqual([]);
    // The same search in a backup that does hold it, as a careless table would.
    await stores.endorsements.keep('genuine', { ...sampleDocument(), bytes: Buffer.from(pem) }, 'x', NOW);
    expect(formsFound(makeBackup(own.adminUrl), secret)).toContain('base64');
    await stores.close();
    await own.drop();
  });
});

function makeBackup(url: string): Buffer {
  if (pgDump === null) throw new Error('pg_dump is not installed');
  const options = { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const;
  return withBinary(execFileSync(pgDump, [`--dbname=${url}`], options));
}

/** Of the newest packaged version, since an older pg_dump refuses a newer server. */
function findProgram(name: string): string | null {
  const packaged = '/usr/lib/postgresql';
  const versions = existsSync(packaged) ? readdirSync(packaged) : [];
  const folders = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(packaged, version, 'bin'));
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...onPath].map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}
