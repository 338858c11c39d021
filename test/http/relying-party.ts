/** What whoever reads tokens of the simulated issuer fetches. */
import { createLocalJWKSet } from 'jose';
import type { TestService } from './service.js';

/** The issuer's public keys, as published. */
export async function keysOf(service: TestService): Promise<ReturnType<typeof createLocalJWKSet>> {
  const { body } = await service.get('/simulated/.well-known/jwks.json').expect(200);
  return createLocalJWKSet(body);
}
