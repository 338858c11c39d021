/**
 * Keys take turns: when it is time, when an operator asks, and at once when a key may be in other hands. What changes is
 * decided under the lock that storage holds; keys are made before, so that nobody waits for that.
 */
import { refuseState } from '../rats/shared-refusals.js';
import type { KeyWrap, SigningKeyStore, StoredSigningKey, TokenAlg } from '../verifier/key-ports.js';
import type { Clock } from '../verifier/ports.js';
import { afterNotice, dueTurn, nextOf, removed } from './key-life.js';
import { ALGORITHMS } from './key-ring.js';
import { type KeyBeginning, mintSigningKey } from './signing-key.js';

export interface KeyRotation {
  /** What is due of a tenant's token keys, done. Returns those that changed; a tenant without keys gets none. */
  turn(tenant: string): Promise<readonly StoredSigningKey[]>;
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
}

export interface KeyRotationParts {
  readonly signingKeys: SigningKeyStore;
  readonly kek: KeyWrap;
  readonly clock: Clock;
  /** Seconds for which a key signs; null: until somebody asks for the next one. */
  readonly interval: number | null;
}

const PURPOSE = 'token';

export function createKeyRotation({ signingKeys, kek, clock, interval }: KeyRotationParts): KeyRotation {
  const mint = (tenant: string, algs: readonly TokenAlg[], begin: KeyBeginning) =>
    Promise.all(algs.map((alg) => mintSigningKey({ tenant, purpose: PURPOSE }, { alg, begin, kek })));
  const next = (now: Date): KeyBeginning => ({
    state: 'published',
    publishedAt: now,
    activeFrom: afterNotice(now),
  });

  return {
    async turn(tenant) {
      const now = clock.now();
      const seen = dueTurn(await signingKeys.read(tenant, PURPOSE), { now, interval });
      if (seen.changed.length === 0 && seen.publish.length === 0) return [];
      const minted = await mint(tenant, seen.publish, next(now));
      return signingKeys.change(tenant, PURPOSE, (keys) => {
        // Looked at again: another replica may have done it meanwhile.
        const due = dueTurn(keys, { now, interval });
        return [...minted.filter(({ alg }) => due.publish.includes(alg)), ...due.changed];
      });
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
      const minted = await mint(tenant, algs, { state: 'active', publishedAt: now, activeFrom: now });
      return signingKeys.change(tenant, PURPOSE, (keys) => [
        ...minted,
        ...keys.filter(({ alg }) => algs.includes(alg)).map((key) => removed(key, now, reason)),
      ]);
    },
  };
}

function refuseWaiting({ alg, kid, activeFrom }: StoredSigningKey): never {
  refuseState(
    `The next ${alg} key, ${kid}, is published already and signs from ${activeFrom.toISOString()} on. Wait until then, or, if a key may be in other hands, rotate with \`emergency\`.`,
  );
}
