/** The only file that picks concrete implementations. */
import { parseReferenceValue } from './appraisal/reference-schema.js';
import { retellDecision } from './cli/render/decision.js';
import { createArchives, openBundleKeys } from './compose/bundles.js';
import { openCrypto } from './compose/crypto.js';
import { openForecasts } from './compose/forecasts.js';
import { openPolicies } from './compose/policies.js';
import { openRenewal, throughLedger } from './compose/renewal.js';
import { changeKek, openKeys, openKeyWrap } from './compose/signing-keys.js';
import { openSimulated } from './compose/simulated-vendors.js';
import { openVendorQueue } from './compose/vendor-queue.js';
import { openVendors } from './compose/vendors.js';
import type { World } from './compose/world.js';
import type { Config } from './config.js';
import { broughtBy } from './endorsements/anchored.js';
import { createCollector } from './endorsements/collect.js';
import { inUseSince } from './endorsements/refresh-plan.js';
import { withShipped } from './endorsements/shipped.js';
import { notingUses } from './endorsements/uses.js';
import { createApp } from './http/app.js';
import { countTogether } from './http/rate-count.js';
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
import { openStores } from './storage/index.js';
import { SCHEMES, VENDOR_SERVICES } from './tee/registry.js';
import { createAuthorities } from './token/authorities.js';
import { jwksDocument } from './token/jwks.js';
import type { Stores } from './verifier/ports.js';
import { createVerifier } from './verifier/service.js';
import type { Membership } from './workers/membership.js';

export interface Composed {
  readonly app: ReturnType<typeof createApp>;
  readonly log: Log;
  /** From now on `readyz` says that the service is stopping. */
  leave(): void;
  close(): Promise<void>;
}

export type { World };

/** What is around the application of one process. */
export interface Surroundings {
  /** Ties to other processes that serve with this one; null: it serves alone. */
  readonly member?: Membership | null;
  /** End of the certificate that is being served; null: no TLS. */
  readonly tlsExpiresAt?: () => Date | null;
}

/**
 * Verifications at once: enough that processors never wait for the database. Together with the line they are what
 * an admitted request can have before it, and so what bounds its time. Those who wait for a vendor compute nothing
 * meanwhile; what bounds them is the memory that their evidence takes.
 */
const GATE = { places: 32, line: 96, patience: 1_000, aside: 512 };

/** Opens storage, makes what a first start needs, and puts the application together. Does not listen. */
export async function compose(
  config: Config,
  world: World = {},
  { member = null, tlsExpiresAt = () => null }: Surroundings = {},
): Promise<Composed> {
  const clock = world.clock ?? systemClock;
  const entropy = world.entropy ?? systemEntropy;
  const log = world.log ?? createLog();
  const build = readBuildInfo();
  const crypto = await openCrypto(config.crypto, log);
  const kek = openKeyWrap(config, entropy);
  const challengeSecret = readSecret(config.challengeSecret, entropy);
  const bundleKeys = await openBundleKeys(config.bundleKeysFile);
  const stores = await openStores(config.databaseUrl, world.databaseDump);
  try {
    await stores.deployment.confirm(config.issuer, kek);
    await changeKek(config, { deployment: stores.deployment, kek, log });
    const tenants = await openTenants(config, stores.tenants, clock.now());
    if (config.adminKeyFile !== null) {
      const text = readOrMakeApiKey(config.adminKeyFile, entropy);
      const names = [tenants.standard.name, ...(tenants.simulated === null ? [] : [tenants.simulated.name])];
      await registerAdminKey(text, names, { apiKeys: stores.apiKeys, now: clock.now() });
    }
    const simulated = await openSimulated(config, world.simulatedAnchors, { stores, clock });
    const genuine = world.genuineAnchors ?? loadPinnedAnchors();
    const anchorsFor = (realm: Realm): TrustAnchors => {
      if (realm === 'genuine') return genuine;
      if (simulated === null) throw new Error('simulated vendors are switched off');
      return simulated.anchors;
    };
    const anchored = {
      genuine: await broughtBy(genuine, SCHEMES),
      simulated: simulated === null ? new Set<string>() : await broughtBy(simulated.anchors, SCHEMES),
    };
    const authorities = createAuthorities({ store: stores.authorities, kek, clock, entropy });
    const keys = openKeys(config, { stores, kek, clock, log, changed: (key) => metrics.keyChanged(key) });
    const { ring } = keys;
    await ring.signerFor(tenants.standard.name, 'ES256');
    // What concerns the database alone is done by one of several processes.
    const leads = member === null || member.lead;
    const policies = openPolicies(config, { stores, simulated: tenants.simulated?.name ?? null });
    const forecasts = openForecasts({ clock, stores, policies, tenants, leads, log });
    const watched = () => stores.endorsements.watched('genuine', clock.now(), inUseSince(clock.now()));
    const metrics = createMetrics(
      { ...build, crypto },
      {
        now: () => clock.now(),
        endorsements: watched,
        renewals: () => renewal.refresher.measures('genuine'),
        vendorServices: () => stores.vendorRequests.report('genuine'),
        connectionsInUse: () => stores.connectionsInUse(),
        tlsExpiresAt,
        failingPlatforms: forecasts.failing,
        signingKeys: () => keys.longest(tenants.standard.name),
        keyRotation: () => keys.interval,
      },
    );
    member?.measureWith(() => metrics.snapshot());
    const vendors = openVendors(config, {
      build,
      store: stores.endorsements,
      anchorsFor,
      fetched: (kind, result) => metrics.endorsementFetch({ kind, source: 'vendor', result }),
      now: () => clock.now(),
    });
    const queue = openVendorQueue({
      stores,
      vendors,
      services: VENDOR_SERVICES,
      clock,
      entropy,
      log,
      leads,
    });
    const renewal = openRenewal({
      stores,
      vendors: world.vendors?.(stores) ?? throughLedger(vendors, queue.desk),
      anchored: (realm) => anchored[realm],
      clock,
      log,
      leads,
    });
    const verifier = createVerifier({
      clock,
      entropy,
      stores,
      collect: withShipped(
        notingUses(
          createCollector({
            store: stores.endorsements,
            anchored: (realm) => anchored[realm],
            lookedUp: (kind, result) => metrics.endorsementFetch({ kind, source: 'store', result }),
          }),
          renewal.notes,
        ),
        SCHEMES,
      ),
      source: world.source ?? queue.source,
      anchorsFor,
      challengeSecret,
      signerFor: (tenant, alg) => ring.signerFor(tenant, alg),
      tokenKeys: (tenant) => stores.signingKeys.readPublic(tenant, 'token'),
      authorities,
      signerMoved: ring.forget,
      policies,
      crypto,
      verifierId: { developer: config.issuer, build: `${build.name} ${build.version}` },
      record: createRecorder(metrics, log),
      sightings: forecasts.sightings,
    });
    const readiness = createReadiness({
      clock,
      databaseNow: () => stores.databaseNow(),
      openSigningKey: async () => void (await ring.signerFor(tenants.standard.name, 'ES256')),
      endorsements: watched,
    });
    // A clock that somebody set by hand is not meant to agree with the database's.
    const compareClocks = world.clock === undefined ? readiness.compareClocks : async () => {};
    await compareClocks();
    forecasts.begin();
    const housekeeping = [
      runEvery(60, 'compare clocks', compareClocks, log),
      ...(leads ? [runEvery(60, 'purge what is spent', () => purgeSpent(stores, clock.now()), log)] : []),
      ...(leads ? [keys.begin(readiness.clockAgrees)] : []),
      ...(leads && simulated !== null ? [runEvery(3600, 'renew simulated lists', simulated.renew, log)] : []),
    ];
    const app = createApp({
      version: build.version,
      tenants,
      verifier,
      stores,
      policies,
      clock,
      entropy,
      log,
      metrics: member === null ? metrics : { ...metrics, expose: () => member.expose() },
      startStopwatch,
      faultFields,
      jwks: async (tenant) => jwksDocument(await ring.publicKeys(tenant)),
      authorityOf: authorities.authorityOf,
      keyRotation: keys.rotation,
      emergency: keys.emergency(authorities),
      retell: retellDecision,
      archives: createArchives({
        stores,
        clock,
        anchorsFor,
        trusted: bundleKeys,
        signerFor: (tenant) => ring.bundleSignerFor(tenant),
      }),
      bundleJwks: async (tenant) => jwksDocument(await ring.publicKeys(tenant, 'bundle')),
      forecast: forecasts.forecast,
      renewal: renewal.refresher,
      parseReferenceValue,
      readiness: readiness.read,
      rateLimit: config.rateLimit,
      ...(member === null || config.rateLimit === null
        ? {}
        : { countRequest: countTogether((address) => member.count(address), config.rateLimit) }),
      trustedProxies: config.trustedProxies,
      gate: GATE,
    });
    return {
      app,
      log,
      leave: readiness.leave,
      async close() {
        const ending = [...housekeeping, queue, renewal, forecasts].map((task) => task.stop());
        await Promise.all([...ending, vendors.close()]);
        await stores.close();
      },
    };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

async function purgeSpent({ decisions, renewals }: Stores, now: Date): Promise<void> {
  await decisions.purgeSpent(now);
  await renewals.purge(now);
}
