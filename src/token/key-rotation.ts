/**
 * Keys take turns: when it is time, when an operator asks, and at once when a key may be in other hands. What changes is
 * decided under the lock that storage holds; keys are made before, so that nobody waits for that.
 */
import { refuseState } from '../rats/shared-refusals.js';
import type {
  KeyPurpose,
  KeyWrap,
  PublicSigningKey,
  SigningKeyStore,
  StoredSigningKey,
  TokenAlg,
} from '../verifier/key-ports.js';
import type { Clock } from '../verifier/ports.js';
import { afterNotice, dueTurn, nextOf, removed } from './key-life.js';
import { ALGORITHMS } from './key-ring.js';
import { type KeyBeginning, mintSigningKey, openPrivateKey } from './signing-key.js';

export interface KeyRotation {
  /**
   * What is due of a tenant's token keys, done. A key that does not open takes no turn: the one before it, whose private half
   * would be lost, goes on signing. A tenant of a release that knew fewer algorithms gets the keys that it lacks, which sign at
   * once. Returns those that changed; a tenant without keys gets none.
   */
  turn(tenant: string): Promise<readonly StoredSigningKey[]>;
  /** Whether a turn would change anything of these token keys of one tenant, could they all be opened. */
  isDue(keys: readonly PublicSigningKey[]): boolean;
  /**
   * Publishes the next key of each algorithm. Refuses `state_conflict` when one is waiting already. Returns the new ones.
   */
  publishNext(tenant: string, algs?: readonly TokenAlg[]): Promise<readonly StoredSigningKey[]>;
  /**
   * New keys sign from now on, and nothing that older ones of the algorithms signed counts any more. No token under an old
   * key commits after this resolved. Returns all that changed, the new ones first.
   */
  replaceNow(
    tenant: string,
    reason: string,
    algs?: readonly TokenAlg[],
  ): Promise<readonly StoredSigningKey[]>;
  /** The same for the key that signs bundles; nothing where the tenant never had one. */
  replaceBundleKey(tenant: string, reason: string): Promise<readonly StoredSigningKey[]>;
}

export interface KeyRotationParts {
  readonly signingKeys: SigningKeyStore;
  readonly kek: KeyWrap;
  readonly clock: Clock;
  /** Seconds for which a key signs; null: until somebody asks for the next one. */
  readonly interval: number | null;
  /** Told of each key whose time has come and that does not open, at each turn. */
  unopened(key: StoredSigningKey, error: unknown): void;
}

const PURPOSE = 'token';

export function createKeyRotation(parts: KeyRotationParts): KeyRotation {
  const { signingKeys, kek, clock, interval, unopened } = parts;
  const mint = (
    tenant: string,
    algs: readonly TokenAlg[],
    begin: KeyBeginning,
    purpose: KeyPurpose = PURPOSE,
  ) => Promise.all(algs.map((alg) => mintSigningKey({ tenant, purpose }, { alg, begin, kek })));
  const begun = (now: Date): KeyBeginning => ({ state: 'active', publishedAt: now, activeFrom: now });
  const next = (now: Date): KeyBeginning => ({
    state: 'published',
    publishedAt: now,
    activeFrom: afterNotice(now),
  });

  return {
    async turn(tenant) {
      const now = clock.now();
      const opens = (key: StoredSigningKey): boolean => {
        try {
          openPrivateKey(key, kek);
          return true;
        } catch (error) {
          unopened(key, error);
          return false;
        }
      };
      const present = await signingKeys.read(tenant, PURPOSE);
      const seen = dueTurn(present, { now, interval, opens });
      const lacking = lackingOf(present);
      if ([...seen.changed, ...seen.publish, ...lacking].length === 0) return [];
      const first = await mint(tenant, lacking, begun(now));
      const minted = await mint(tenant, seen.publish, next(now));
      return signingKeys.change(tenant, PURPOSE, (keys) => {
        // Looked at again: another replica may have done it meanwhile, or another KEK come into use.
        const due = dueTurn(keys, { now, interval, opens });
        const still = lackingOf(keys);
        return [
          ...first.filter(({ alg }) => still.includes(alg)),
          ...minted.filter(({ alg }) => due.publish.includes(alg)),
          ...due.changed,
        ];
      });
    },

    isDue(keys) {
      const seen = keys.map((key) => ({ ...key, wrapped: null }));
      const { changed, publish } = dueTurn(seen, { now: clock.now(), interval, opens: () => true });
      return changed.length + publish.length + lackingOf(keys).length > 0;
    },

    async publishNext(tenant, algs = ALGORITHMS[PURPOSE]) {
      const minted = await mint(tenant, algs, next(clock.now()));
      return signingKeys.change(tenant, PURPOSE, (keys) => {
        const waiting = algs.map((alg) => nextOf(keys, alg)).find((key) => key !== null);
        if (waiting) refuseWaiting(waiting);
        return minted;
      });
    },

    async replaceNow(tenant, reason, algs = ALGORITHMS[PURPOSE]) {
      const now = clock.now();
      const minted = await mint(tenant, algs, begun(now));
      return signingKeys.change(tenant, PURPOSE, (keys) => [
        ...minted,
        ...keys.filter(({ alg }) => algs.includes(alg)).map((key) => removed(key, now, reason)),
      ]);
    },

    async replaceBundleKey(tenant, reason) {
      const now = clock.now();
      const minted = await mint(tenant, ALGORITHMS.bundle, begun(now), 'bundle');
      return signingKeys.change(tenant, 'bundle', (keys) =>
        keys.length === 0 ? [] : [...minted, ...keys.map((key) => removed(key, now, reason))],
      );
    },
  };
}

/** Algorithms of which a tenant that has keys has none that signs: the release that made them did not know these. */
function lackingOf(keys: readonly Pick<PublicSigningKey, 'state' | 'alg'>[]): readonly TokenAlg[] {
  if (keys.length === 0) return [];
  return ALGORITHMS[PURPOSE].filter((alg) => !keys.some((key) => key.state === 'active' && key.alg === alg));
}

function refuseWaiting({ alg, kid, activeFrom }: StoredSigningKey): never {
  refuseState(
    `The next ${alg} key, ${kid}, is published already and signs from ${activeFrom.toISOString()} on. Wait until then, or, if a key may be in other hands, rotate with \`emergency\`.`,
  );
}
