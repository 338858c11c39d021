/** Signing keys as part of the service: what encrypts them, the ring, and their turns, tenant by tenant. */
import type { Config } from '../config.js';
import type { KeyChange } from '../platform/key-metrics.js';
import { faultFields, type Log } from '../platform/log.js';
import { type Periodic, runEvery } from '../platform/periodic.js';
import { readSecret } from '../platform/secret-file.js';
import { createKeyWrap } from '../storage/index.js';
import { createEmergency, type Emergency } from '../token/emergency.js';
import { createKeyRing, type KeyRing } from '../token/key-ring.js';
import { createKeyRotation, type KeyRotation } from '../token/key-rotation.js';
import type { Authorities } from '../verifier/authority-ports.js';
import type { KeyWrap, PublicSigningKey, StoredSigningKey, TokenAlg } from '../verifier/key-ports.js';
import type { Clock, Entropy, Stores } from '../verifier/ports.js';

/** Seconds. Each turn costs one look into the database for every tenant. */
const TURN_EVERY = 15;
/** Tenants whose keys are looked at at one moment, which reads travel together for. */
const TOGETHER = 32;
const DAY = 24 * 3600;

type PublicKeys = readonly PublicSigningKey[];

export interface ActiveSince {
  readonly alg: TokenAlg;
  readonly since: Date;
}

export interface Keys {
  readonly ring: KeyRing;
  readonly rotation: KeyRotation;
  /** Seconds for which a key signs; null: until somebody asks for the next one. */
  readonly interval: number | null;
  /**
   * By algorithm, since when the token key signs that has signed longest of all tenants’, as of the last turn; before the first,
   * of this tenant's.
   */
  longest(tenant: string): Promise<readonly ActiveSince[]>;
  /** What to do when keys, or those of audiences' authorities, may be in other hands. */
  emergency(authorities: Pick<Authorities, 'removeAll'>): Emergency;
  /** Begins to do what is due, again and again, while the clock by which it is due agrees with the database's. */
  begin(clockAgrees: () => boolean): Periodic;
}

export interface KeyParts {
  readonly stores: Pick<Stores, 'signingKeys' | 'tenants'>;
  readonly kek: KeyWrap;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each key that began to sign in the place of another. */
  changed(key: KeyChange): void;
}

export function openKeyWrap({ kek, kekPrevious }: Config, entropy: Entropy): KeyWrap {
  const previous = kekPrevious === null ? null : readSecret(kekPrevious, entropy);
  return createKeyWrap(readSecret(kek, entropy), previous);
}

/** With a previous KEK at hand, nothing stays under it. */
export async function changeKek(
  { kekPrevious }: Config,
  { deployment, kek, log }: Pick<Stores, 'deployment'> & Pick<KeyParts, 'kek' | 'log'>,
): Promise<void> {
  if (kekPrevious === null) return;
  const values = await deployment.rewrap(kek);
  log.info({ values }, 'stored keys are encrypted under ASSAY_KEK, and none under ASSAY_KEK_PREVIOUS');
}

export function openKeys({ keyRotation }: Config, parts: KeyParts): Keys {
  const { stores, kek, clock, log } = parts;
  const { signingKeys, tenants } = stores;
  const ring = createKeyRing({ signingKeys, kek, clock });
  const interval = keyRotation === null ? null : keyRotation * DAY;
  const unopened = ({ tenant, kid, alg }: StoredSigningKey, error: unknown): void => {
    const remedy = 'start with the ASSAY_KEK that the others have, or rotate with `emergency`';
    log.error(
      { tenant, kid, alg, remedy, ...faultFields(error) },
      'the next signing key does not open: the old one goes on',
    );
  };
  const rotation = watched(createKeyRotation({ signingKeys, kek, clock, interval, unopened }), parts);

  let longest: readonly ActiveSince[] | null = null;

  /** What fails for one tenant, because its key does not open say, is not the others' loss. */
  async function attempt(tenant: string, work: () => Promise<PublicKeys>): Promise<PublicKeys> {
    try {
      return await work();
    } catch (error) {
      log.warn({ tenant, ...faultFields(error) }, 'signing keys did not take turns');
      return [];
    }
  }

  /** Looks at many tenants together, and turns one after the other: making a key takes its time from those who verify. */
  async function turnAll(stopping: () => boolean): Promise<void> {
    const active: ActiveSince[] = [];
    const names = await tenants.names();
    const read = (tenant: string): Promise<PublicKeys> => signingKeys.readPublic(tenant, 'token');
    for (let from = 0; from < names.length; from += TOGETHER) {
      const some = names.slice(from, from + TOGETHER);
      const seen = await Promise.all(some.map((tenant) => attempt(tenant, () => read(tenant))));
      for (const [index, tenant] of some.entries()) {
        if (stopping()) return;
        const present = seen[index] ?? [];
        const turned = async (): Promise<PublicKeys> => {
          await rotation.turn(tenant);
          return read(tenant);
        };
        active.push(...activeOf(rotation.isDue(present) ? await attempt(tenant, turned) : present));
      }
    }
    longest = longestOf(active);
  }

  return {
    ring,
    rotation,
    interval,
    longest: async (tenant) => longest ?? activeOf(await ring.publicKeys(tenant)),
    emergency: (authorities) =>
      createEmergency({
        rotation,
        authorities: {
          async removeAll(tenant, reason) {
            const removed = await authorities.removeAll(tenant, reason);
            for (const { audience, kid } of removed) {
              log.info({ tenant, audience, kid, reason }, 'authority of an audience removed');
            }
            return removed;
          },
        },
      }),
    begin(clockAgrees) {
      let stopping = false;
      const turn = async (): Promise<void> => {
        // A turn is for all replicas: one whose clock is wrong leaves it to the others.
        if (clockAgrees()) return turnAll(() => stopping);
        log.warn({}, 'signing keys take no turns here: set this machine’s clock, it is not the database’s');
      };
      const series = runEvery(TURN_EVERY, 'turn signing keys', turn, log);
      return {
        stop() {
          stopping = true;
          return series.stop();
        },
      };
    },
  };
}

function activeOf(keys: PublicKeys): readonly ActiveSince[] {
  return keys
    .filter(({ state }) => state === 'active')
    .map(({ alg, activeFrom }) => ({ alg, since: activeFrom }));
}

function longestOf(active: readonly ActiveSince[]): readonly ActiveSince[] {
  const found = new Map<TokenAlg, ActiveSince>();
  for (const key of active) {
    const before = found.get(key.alg);
    if (before === undefined || key.since < before.since) found.set(key.alg, key);
  }
  return [...found.values()];
}

/** Whatever changes, by hand too, is in the log; what begins to sign is counted. */
function watched(rotation: KeyRotation, { log, changed }: Pick<KeyParts, 'log' | 'changed'>): KeyRotation {
  async function told(
    tenant: string,
    cause: KeyChange['cause'],
    changing: Promise<readonly StoredSigningKey[]>,
  ): Promise<readonly StoredSigningKey[]> {
    const keys = await changing;
    for (const { kid, alg, state, activeFrom, reason } of keys) {
      const from = activeFrom.toISOString();
      log.info({ tenant, kid, alg, state, active_from: from, reason }, `signing key ${state}`);
      if (state === 'active') changed({ alg, cause });
    }
    return keys;
  }
  return {
    isDue: rotation.isDue,
    turn: (tenant) => told(tenant, 'rotation', rotation.turn(tenant)),
    // It signs when its turn comes.
    publishNext: (tenant, algs) => told(tenant, 'rotation', rotation.publishNext(tenant, algs)),
    replaceNow: (tenant, reason, algs) =>
      told(tenant, 'emergency', rotation.replaceNow(tenant, reason, algs)),
    replaceBundleKey: (tenant, reason) =>
      told(tenant, 'emergency', rotation.replaceBundleKey(tenant, reason)),
  };
}
