/** The only file that picks concrete implementations. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReferenceValue } from './appraisal/reference-schema.js';
import { STANDARD_POLICY } from './appraisal/standard-policy.js';
import type { Config } from './config.js';
import { broughtBy } from './endorsements/anchored.js';
import { createCollector } from './endorsements/collect.js';
import { type ImportReport, importEndorsements, readArchive } from './endorsements/import.js';
import { createApp } from './http/app.js';
import { listen } from './http/server.js';
import { openTenants } from './http/tenancy.js';
import { registerAdminKey } from './identity/api-key.js';
import { readBuildInfo } from './platform/build-info.js';
import { startStopwatch, systemClock } from './platform/clock.js';
import { systemEntropy } from './platform/entropy.js';
import { createLog, faultFields, type Log } from './platform/log.js';
import { createMetrics } from './platform/metrics.js';
import { runEvery } from './platform/periodic.js';
import { loadPinnedAnchors } from './platform/pinned-anchors.js';
import { createReadiness } from './platform/readiness.js';
import { createRecorder } from './platform/recorder.js';
import { readOrMakeApiKey, readSecret } from './platform/secret-file.js';
import type { Realm, TrustAnchors } from './rats/endorsement.js';
import { anchorsOf, crlDocuments, ensureVendor } from './simulator/index.js';
import { createKeyWrap, openStores } from './storage/index.js';
import { SCHEMES } from './tee/registry.js';
import { jwksDocument } from './token/jwks.js';
import { createKeyRing } from './token/key-ring.js';
import type { Clock, Entropy, Stores, Tenant } from './verifier/ports.js';
import { createVerifier } from './verifier/service.js';

export interface Composed {
  readonly app: ReturnType<typeof createApp>;
  readonly log: Log;
  close(): Promise<void>;
}

/** For tests: the parts of the world that a service otherwise takes from its machine. */
export interface World {
  readonly clock?: Clock;
  readonly entropy?: Entropy;
  readonly log?: Log;
  /** Trust anchors of the simulated realm; otherwise those in the data directory. */
  readonly simulatedAnchors?: TrustAnchors;
}

/** Verifications at once: far above what two cores keep busy, far below what exhausts memory. */
const MAX_CONCURRENT = 256;
const HOUR = 3600;
const SPENT_KEPT_MS = 10 * 60 * 1000;

/** Opens storage, makes what a first start needs, and puts the application together. Does not listen. */
export async function compose(config: Config, world: World = {}): Promise<Composed> {
  const clock = world.clock ?? systemClock;
  const entropy = world.entropy ?? systemEntropy;
  const log = world.log ?? createLog();
  const build = readBuildInfo();
  const kek = createKeyWrap(readSecret(config.kek, entropy));
  const challengeSecret = readSecret(config.challengeSecret, entropy);
  const stores = await openStores(config.databaseUrl);
  try {
    await stores.deployment.confirm(config.issuer, kek);
    const tenants = await openTenants(config, stores.tenants, clock.now());
    if (config.adminKeyFile !== null) {
      const text = readOrMakeApiKey(config.adminKeyFile, entropy);
      const names = [tenants.standard.name, ...(tenants.simulated === null ? [] : [tenants.simulated.name])];
      await registerAdminKey(text, names, { apiKeys: stores.apiKeys, now: clock.now() });
    }
    const simulated = await openSimulated(config, world, { stores, clock });
    const genuine = loadPinnedAnchors();
    const anchorsFor = (realm: Realm): TrustAnchors => {
      if (realm === 'genuine') return genuine;
      if (simulated === null) throw new Error('simulated vendors are switched off');
      return simulated.anchors;
    };
    const anchored = {
      genuine: await broughtBy(genuine, SCHEMES),
      simulated: simulated === null ? new Set<string>() : await broughtBy(simulated.anchors, SCHEMES),
    };
    const ring = createKeyRing({ signingKeys: stores.signingKeys, kek, clock });
    await ring.signerFor(tenants.standard.name);
    const metrics = createMetrics(build, {
      now: () => clock.now(),
      endorsements: async () =>
        (await stores.endorsements.list('genuine', clock.now())).filter(
          (document) => document.state === 'current',
        ),
      connectionsInUse: () => stores.connectionsInUse(),
      signingKeySince: async () => activeSince(await ring.publicKeys(tenants.standard.name)),
    });
    const verifier = createVerifier({
      clock,
      entropy,
      stores,
      collect: createCollector({
        store: stores.endorsements,
        anchored: (realm) => anchored[realm],
        lookedUp: (kind, result) => metrics.endorsementFetch({ kind, source: 'store', result }),
      }),
      anchorsFor,
      challengeSecret,
      signerFor: (tenant) => ring.signerFor(tenant),
      policy: STANDARD_POLICY,
      verifierId: { developer: config.issuer, build: `${build.name} ${build.version}` },
      record: createRecorder(metrics, log),
    });
    const readiness = createReadiness({
      clock,
      databaseNow: () => stores.databaseNow(),
      openSigningKey: async () => void (await ring.signerFor(tenants.standard.name)),
      endorsements: () => stores.endorsements.list('genuine', clock.now()),
    });
    // A clock that somebody set by hand is not meant to agree with the database's.
    const compareClocks = world.clock === undefined ? readiness.compareClocks : async () => {};
    await compareClocks();
    const housekeeping = [
      runEvery(60, 'purge spent challenges', () => purgeSpent(stores, clock), log),
      runEvery(60, 'compare clocks', compareClocks, log),
      ...(simulated === null ? [] : [runEvery(HOUR, 'renew simulated lists', simulated.renew, log)]),
    ];
    const app = createApp({
      tenants,
      verifier,
      stores,
      clock,
      entropy,
      log,
      metrics,
      startStopwatch,
      faultFields,
      jwks: async (tenant) => jwksDocument(await ring.publicKeys(tenant)),
      importArchive: (tenant, archive) => importInto(tenant, archive, { stores, clock, anchorsFor }),
      parseReferenceValue,
      readiness: readiness.read,
      rateLimit: config.rateLimit,
      trustedProxies: config.trustedProxies,
      maxConcurrent: MAX_CONCURRENT,
    });
    return {
      app,
      log,
      async close() {
        await Promise.all(housekeeping.map((task) => task.stop()));
        await stores.close();
      },
    };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

/** Composes and listens. `url` is where the service answers on this machine. */
export async function startService(
  config: Config,
  world: World = {},
): Promise<{ url: string; close(): Promise<void> }> {
  const tls =
    config.tls === null
      ? null
      : { cert: await readFile(config.tls.certFile), key: await readFile(config.tls.keyFile) };
  const composed = await compose(config, world);
  if (config.unknownNames.length > 0) {
    composed.log.warn({ names: config.unknownNames }, 'these look like settings and are none');
  }
  try {
    const listening = await listen(composed.app, { addresses: config.listen, tls, log: composed.log });
    composed.log.info({ url: listening.url, issuer: config.issuer }, 'listening');
    return {
      url: listening.url,
      async close() {
        await listening.close();
        await composed.close();
      },
    };
  } catch (error) {
    await composed.close();
    throw error;
  }
}

interface Simulated {
  readonly anchors: TrustAnchors;
  readonly renew: () => Promise<void>;
}

/** The miniature vendor in the data directory, which `assay simulate` reads too, and its revocation lists. */
async function openSimulated(
  config: Config,
  world: World,
  { stores, clock }: { readonly stores: Stores; readonly clock: Clock },
): Promise<Simulated | null> {
  if (!config.simulatedVendors) return null;
  if (world.simulatedAnchors !== undefined) return { anchors: world.simulatedAnchors, renew: async () => {} };
  const dir = join(config.dataDir, 'simulated');
  const renew = async (): Promise<TrustAnchors> => {
    const vendor = await ensureVendor(dir, clock.now());
    const anchors = anchorsOf(vendor);
    const files = crlDocuments(vendor).map(({ kind, subject, bytes }) => ({
      path: `${subject}/${SCHEMES.map((scheme) => scheme.fileOf(kind)).find((name) => name !== null) ?? kind}`,
      bytes,
    }));
    const { rejected } = await importEndorsements(files, {
      schemes: SCHEMES,
      store: stores.endorsements,
      realm: 'simulated',
      anchors,
      source: 'simulated vendor',
      now: clock.now(),
    });
    const [bad] = rejected;
    if (bad !== undefined) throw new Error(`the simulated list ${bad.file} is not good: ${bad.code}`);
    return anchors;
  };
  return { anchors: await renew(), renew: async () => void (await renew()) };
}

interface ImportParts {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly anchorsFor: (realm: Realm) => TrustAnchors;
}

async function importInto(
  { realm }: Tenant,
  archive: Uint8Array,
  { stores, clock, anchorsFor }: ImportParts,
): Promise<ImportReport> {
  return importEndorsements(await readArchive(archive), {
    schemes: SCHEMES,
    store: stores.endorsements,
    realm,
    anchors: anchorsFor(realm),
    source: 'import',
    now: clock.now(),
  });
}

async function purgeSpent({ decisions }: Stores, clock: Clock): Promise<void> {
  await decisions.purgeSpent(new Date(clock.now().getTime() - SPENT_KEPT_MS));
}

function activeSince(keys: readonly { readonly state: string; readonly createdAt: Date }[]): Date {
  const active = keys.find((key) => key.state === 'active');
  if (active === undefined) throw new Error('no signing key is active');
  return active.createdAt;
}
