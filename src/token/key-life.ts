/**
 * The life of a signing key: published, active, retired, removed. Pure: which keys change at an instant, and into what.
 * Whoever stores them makes sure that one is active at any time.
 */
import type { StoredSigningKey, TokenAlg } from '../verifier/key-ports.js';
import { MAX_TOKEN_LIFETIME } from './issuer.js';

/** Seconds for which a relying party may go on with the keys that it fetched. */
const CACHED = 3600;
/** Seconds by which its clock may be behind. */
const SKEW = 600;

/** Seconds for which caches on the way to it may show an older answer: `max-age` of the JWKS. */
const SHARED = 300;
/**
 * Seconds between the instant that counts as a key's publication, which is before it is made, and the commit that publishes
 * it; with what clocks of replicas, relying parties and caches lie apart.
 */
const MARGIN = 300;

/** Seconds from a key's publication to its first signature: by then no cache is left that does not have it. */
export const NOTICE = CACHED + SHARED + MARGIN;
/** Seconds from a key's last signature to its removal: by then no token of its is left that anybody accepts. */
export const KEPT = MAX_TOKEN_LIFETIME + SKEW + CACHED;

/** What is due: keys in their new states, and the algorithms of which a next key is to be published. */
export interface DueTurn {
  readonly changed: readonly StoredSigningKey[];
  readonly publish: readonly TokenAlg[];
}

export interface Turning {
  readonly now: Date;
  /** Seconds for which a key signs; null: until somebody asks for the next one. */
  readonly interval: number | null;
  /** Whether a key can sign. Asked of each whose time has come: until it can, the one before goes on. */
  opens(key: StoredSigningKey): boolean;
}

export function dueTurn(keys: readonly StoredSigningKey[], { now, interval, opens }: Turning): DueTurn {
  const changed: StoredSigningKey[] = [];
  const publish: TokenAlg[] = [];
  for (const key of keys) {
    if (key.state === 'retired' && key.retiredAt !== null && passed(key.retiredAt, KEPT, now)) {
      changed.push(removed(key, now, null));
    }
    if (key.state !== 'active') continue;
    const next = nextOf(keys, key.alg);
    if (next === null) {
      if (interval !== null && passed(key.activeFrom, interval - NOTICE, now)) publish.push(key.alg);
    } else if (passed(next.activeFrom, 0, now) && opens(next)) {
      changed.push(retired(key, now), activated(next, now));
    }
  }
  return { changed, publish };
}

/** The key of an algorithm that is published and does not sign yet; null: there is none. */
export function nextOf(keys: readonly StoredSigningKey[], alg: TokenAlg): StoredSigningKey | null {
  return keys.find((key) => key.state === 'published' && key.alg === alg) ?? null;
}

/** From when on a key that is published now may sign. */
export function afterNotice(now: Date): Date {
  return new Date(now.getTime() + NOTICE * 1000);
}

/** It signs from now on. */
export function activated(key: StoredSigningKey, now: Date): StoredSigningKey {
  return { ...key, state: 'active', activeFrom: now };
}

/** It signs no more, so its private half goes. */
function retired(key: StoredSigningKey, now: Date): StoredSigningKey {
  return { ...key, state: 'retired', retiredAt: now, wrapped: null };
}

/** Nothing that it signed counts from now on. `reason`: why at once; null: it had its time. */
export function removed(key: StoredSigningKey, now: Date, reason: string | null): StoredSigningKey {
  const retiredAt = key.state === 'active' ? now : key.retiredAt;
  return { ...key, state: 'removed', retiredAt, removedAt: now, wrapped: null, reason };
}

function passed(since: Date, seconds: number, now: Date): boolean {
  return now.getTime() >= since.getTime() + seconds * 1000;
}
