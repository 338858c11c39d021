/** Opens a database and offers its stores. What cannot be opened safely is refused in words. */
import type { Stores } from '../verifier/ports.js';
import { apiKeyStore } from './api-keys.js';
import { audienceStore } from './audiences.js';
import { authorityStore } from './authorities.js';
import type { Database } from './database.js';
import { readDatabaseUrl } from './database-url.js';
import { decisionStore } from './decisions.js';
import { deploymentStore } from './deployment.js';
import { endorsementStore } from './endorsements.js';
import { idempotencyStore } from './idempotency.js';
import { migrateSession } from './migrate.js';
import { openPostgres, withSession } from './pg.js';
import { openPglite } from './pglite.js';
import { sightingStore } from './platform-sightings.js';
import { platformStore } from './platforms.js';
import { policyStore } from './policies.js';
import { referenceValueStore } from './reference-values.js';
import { refreshQueue } from './refresh-queue.js';
import { refreshStore } from './refreshes.js';
import { renewalStore } from './renewals.js';
import { dateOf, firstOf } from './row.js';
import { requireSafeguards } from './safeguards.js';
import { signingKeyStore } from './signing-keys.js';
import { tenantStore } from './tenants.js';
import { vendorRequestStore } from './vendor-requests.js';
import { workloadStore } from './workloads.js';

/**
 * `url`: `pglite:DIR`, `pglite:memory` or `postgres://…`. An embedded database belongs to this process and is
 * migrated on the way; a server's must have been migrated before. Throws StorageRefused, in words for the
 * operator, when it is not, when it cannot be reached, or when row-level security would not bind the service.
 * `dump`: what an embedded database that is not there yet begins as.
 */
export async function openStores(url: string, dump?: Blob): Promise<Stores> {
  const address = readDatabaseUrl(url);
  if (address.engine === 'pglite') return storesOver(await openEmbedded(address.directory, dump));
  await withSession(address.url, (session) => requireSafeguards(session, 'postgres'));
  return storesOver(openPostgres(address.url));
}

async function openEmbedded(directory: string | null, dump?: Blob): Promise<Database> {
  const database = await openPglite(directory, dump);
  try {
    await database.administer(async (session) => {
      await migrateSession(session);
      await requireSafeguards(session, 'pglite');
    });
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Every store over one database. */
export function storesOver(database: Database): Stores {
  const referenceValues = referenceValueStore(database);
  const policies = policyStore(database);
  const platforms = platformStore(database);
  const audiences = audienceStore(database);
  const epochMoved = (tenant: string): void => {
    for (const { forget } of [referenceValues, policies, platforms]) forget(tenant);
  };
  return {
    deployment: deploymentStore(database),
    tenants: tenantStore(database),
    endorsements: endorsementStore(database),
    refreshes: refreshStore(database),
    refreshQueue: refreshQueue(database),
    vendorRequests: vendorRequestStore(database),
    workloads: workloadStore(database, epochMoved),
    referenceValues,
    policies,
    platforms,
    sightings: sightingStore(database),
    audiences,
    decisions: decisionStore(database, { epoch: epochMoved, audience: audiences.forget }),
    renewals: renewalStore(database, audiences.forget),
    signingKeys: signingKeyStore(database),
    authorities: authorityStore(database),
    apiKeys: apiKeyStore(database),
    idempotency: idempotencyStore(database),
    connectionsInUse: () => database.connectionsInUse(),
    databaseNow: () => readNow(database),
    close: () => database.close(),
  };
}

async function readNow(database: Database): Promise<Date> {
  const { rows } = await database.transaction({ tenant: null }, (tx) =>
    tx.query('SELECT clock_timestamp() AS now'),
  );
  const now = firstOf(rows, (row) => dateOf(row, 'now'));
  if (now === null) throw new Error('SELECT without FROM returned no row');
  return now;
}
