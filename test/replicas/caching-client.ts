/** A relying party that keeps a JWKS for an hour, whatever happens meanwhile, and whose hours a test can move. */
import { createRemoteJWKSet, type JWKSCacheInput, jwksCache, jwtVerify } from 'jose';

const HOUR = 3_600_000;

export interface CachingClient {
  /** Fetches the keys if it has none, or has had them for an hour. Rejects when the token is not signed by one of them. */
  verify(token: string): Promise<void>;
  /** So many seconds pass for it. */
  age(seconds: number): void;
}

export function cachingClient(url: string, expected: { issuer: string; audience: string }): CachingClient {
  const cache: JWKSCacheInput = {};
  const open = () =>
    createRemoteJWKSet(new URL(url), {
      cacheMaxAge: HOUR,
      // A key that it does not know is no reason to ask again before the hour is over.
      cooldownDuration: HOUR,
      // A replica on a busy machine may take its time.
      timeoutDuration: 60_000,
      [jwksCache]: cache,
    });
  let keys = open();
  return {
    async verify(token) {
      await jwtVerify(token, keys, expected);
    },
    age(seconds) {
      if (typeof cache.uat !== 'number') return;
      Object.assign(cache, { uat: cache.uat - seconds * 1000 });
      keys = open();
    },
  };
}
