/** A verifier over a shared database, as one of several replicas has it, which counts what the database is asked. */
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { broughtBy } from '../../src/endorsements/anchored.js';
import { createCollector } from '../../src/endorsements/collect.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import type { Database } from '../../src/storage/database.js';
import { createKeyWrap } from '../../src/storage/key-wrap.js';
import { storesOver } from '../../src/storage/open.js';
import { SCHEMES } from '../../src/tee/registry.js';
import { createAuthorities } from '../../src/token/authorities.js';
import { createKeyRing, type KeyRing } from '../../src/token/key-ring.js';
import { createPolicyBook } from '../../src/verifier/policy-book.js';
import type { Clock, Stores } from '../../src/verifier/ports.js';
import { createVerifier, type Verifier } from '../../src/verifier/service.js';

export interface CountedReplica {
  readonly stores: Stores;
  readonly verifier: Verifier;
  readonly ring: KeyRing;
  /** Since the last call: statements that read vendor documents, and round trips of any kind. */
  asked(): { readonly endorsements: number; readonly roundTrips: number };
}

/** Shared by replicas: what keys at rest are encrypted under, and what challenges are sealed with. */
const SECRET = new Uint8Array(32).fill(7);

export async function openReplica(
  database: Database,
  {
    anchors,
    clock,
    build = 'assay test',
  }: { readonly anchors: TrustAnchors; readonly clock: Clock; readonly build?: string },
): Promise<CountedReplica> {
  const counts = { endorsements: 0, roundTrips: 0 };
  const stores = storesOver(counting(database, counts));
  const anchored = await broughtBy(anchors, SCHEMES);
  const kek = createKeyWrap(SECRET);
  const ring = createKeyRing({ signingKeys: stores.signingKeys, kek, clock });
  const verifier = createVerifier({
    clock,
    entropy: systemEntropy,
    stores,
    collect: createCollector({ store: stores.endorsements, anchored: () => anchored, lookedUp: () => {} }),
    source: { obtain: async () => [] },
    sightings: { note: () => {} },
    anchorsFor: () => anchors,
    challengeSecret: SECRET,
    signerFor: (tenant, alg) => ring.signerFor(tenant, alg),
    tokenKeys: (tenant) => stores.signingKeys.readPublic(tenant, 'token'),
    authorities: createAuthorities({ store: stores.authorities, kek, clock, entropy: systemEntropy }),
    signerMoved: ring.forget,
    policies: createPolicyBook({
      store: stores.policies,
      shipped: [STANDARD_POLICY],
      withheld: new Map(),
      lint: async () => [],
    }),
    crypto: 'node openssl/3',
    verifierId: { developer: 'https://attest.example', build },
    record: {
      begin: () => ({ entered() {}, recognised() {}, assessed() {}, ended() {} }),
      tokenIssued() {},
    },
  });
  return {
    stores,
    verifier,
    ring,
    asked() {
      const since = { ...counts };
      Object.assign(counts, { endorsements: 0, roundTrips: 0 });
      return since;
    },
  };
}

/** The commit's statement names the epoch too, and goes there in any case: it is no question about documents. */
function counting(database: Database, counts: { endorsements: number; roundTrips: number }): Database {
  const count = (text: string): void => {
    if (/\bendorsements\b/u.test(text) && !text.includes('INSERT INTO decisions')) counts.endorsements += 1;
  };
  return {
    ...database,
    transaction(scope, work) {
      counts.roundTrips += 1;
      return database.transaction(scope, (tx) =>
        work({
          query(text, values) {
            count(text);
            return tx.query(text, values);
          },
        }),
      );
    },
    batch(scope, statements) {
      counts.roundTrips += 1;
      for (const { text } of statements) count(text);
      return database.batch(scope, statements);
    },
    read(scope, text, values) {
      counts.roundTrips += 1;
      count(text);
      return database.read(scope, text, values);
    },
  };
}
