/** The storage suite: what every engine must do, on one database per engine. */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeDecisions } from './decisions-suite.js';
import { describeEndorsements } from './endorsements-suite.js';
import type { Engine } from './engine.js';
import { describeFetchedEndorsements } from './fetched-endorsements-suite.js';
import { describeIdempotency } from './idempotency-suite.js';
import { describeIsolation } from './isolation-suite.js';
import { describeKek } from './kek-suite.js';
import { describeKeys } from './keys-suite.js';
import { describeLookup } from './lookup-suite.js';
import { describeMemories } from './memory-suite.js';
import { describeNeighbours } from './neighbours-suite.js';
import { describePast } from './past-suite.js';
import { describePlatforms } from './platforms-suite.js';
import { describePolicies } from './policies-suite.js';
import { describeReferences } from './references-suite.js';
import { describeRefreshes } from './refreshes-suite.js';
import { describeRegistry } from './registry-suite.js';
import { describeRenewals } from './renewals-suite.js';
import { describeRevocation } from './revocation-suite.js';
import { describeRotation } from './rotation-suite.js';
import { describeSightings } from './sightings-suite.js';
import { describeStanding } from './standing-suite.js';
import { describeVendorRequests } from './vendor-requests-suite.js';

/** Hands out the engine inside of tests; it is opened before the first and closed after the last. */
export type Opened = () => Engine;

export function describeStorage(name: string, open: () => Promise<Engine>): void {
  describe(`storage on ${name}`, () => {
    let engine: Engine | null = null;
    const opened: Opened = () => {
      if (engine === null) throw new Error('the engine is open inside of tests only');
      return engine;
    };
    beforeAll(async () => {
      engine = await open();
    }, 60_000);
    afterAll(async () => {
      await engine?.close();
    }, 60_000);

    describeRegistry(opened);
    describeReferences(opened);
    describeLookup(opened);
    describeNeighbours(opened);
    describePolicies(opened);
    describePlatforms(opened);
    describeSightings(opened);
    describeDecisions(opened);
    describeRenewals(opened);
    describePast(opened);
    describeRevocation(opened);
    describeMemories(opened);
    describeEndorsements(opened);
    describeStanding(opened);
    describeVendorRequests(opened);
    describeFetchedEndorsements(opened);
    describeRefreshes(opened);
    describeKeys(opened);
    describeRotation(opened);
    describeKek(open);
    describeIdempotency(opened);
    describeIsolation(opened);
  });
}
