/** What an attestation asks of the database once the service knows its documents, and what ends that knowledge. */

import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { importEndorsements } from '../../src/endorsements/import.js';
import { bindingDigest } from '../../src/rats/binding.js';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import { authoritiesOf } from '../../src/simulator/amd/vendor.js';
import { yearlyWindow } from '../../src/simulator/crl.js';
import { intelFiles, mintGuest, mintList, mintTd } from '../../src/simulator/index.js';
import type { EmbeddedDatabase } from '../../src/storage/pglite.js';
import { SCHEMES } from '../../src/tee/registry.js';
import type { Tenant } from '../../src/verifier/ports.js';
import { audienceOf } from '../audience.js';
import { sampleReference, sampleWorkload } from '../contract/samples.js';
import { openMigrated } from '../database-template.js';
import { simulatedAnchors } from '../http/service.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { type CountedReplica, openReplica } from './counted-replica.js';

const TENANT: Tenant = { name: 'simulated', issuer: 'https://attest.example/simulated', realm: 'simulated' };
const MEASUREMENT = Buffer.alloc(48, 0xa5);
const DAY = 86_400_000;
const WARM = 20;

let now = SIMULATED_AT;
const clock = { now: () => now };
let database: EmbeddedDatabase;
let anchors: TrustAnchors;
let ours: CountedReplica;
let theirs: CountedReplica;

beforeAll(async () => {
  anchors = await simulatedAnchors();
  database = await openMigrated();
  [ours, theirs] = [
    await openReplica(database, { anchors, clock }),
    await openReplica(database, { anchors, clock }),
  ];
  await register(ours);
  await publish(theirs);
}, 120_000);

afterAll(() => database.close());

beforeEach(() => {
  now = SIMULATED_AT;
});

async function register({ stores }: CountedReplica): Promise<void> {
  const { name } = TENANT;
  const measured = MEASUREMENT.toString('hex');
  await stores.tenants.ensure(name, TENANT.realm, now);
  await stores.workloads.create(name, sampleWorkload('llm'));
  await stores.referenceValues.create(name, 'llm', sampleReference({ measurement: measured }), now);
  const td = sampleReference({ mrtd: measured, rtmr1: measured, rtmr2: measured }, { tee: 'tdx' });
  await stores.referenceValues.create(name, 'llm', td, now);
  await stores.audiences.create(name, audienceOf('open', { workloads: ['llm'], keyBinding: 'optional' }));
}

/** What both vendors publish now. */
async function publish(replica: CountedReplica): Promise<void> {
  await importList(replica);
  await importFiles(replica, await intelFiles(await simulatedIntel(), now));
}

/** Above the numbers that the vendor gives by itself. */
let number = 1n << 64n;

/** A newer list than all before. */
async function importList(replica: CountedReplica, revoking = false): Promise<void> {
  number += 1n;
  const vendor = await simulatedVendor();
  const { serialNumber } = new X509Certificate(authoritiesOf(vendor, 'Milan').ask.certificate);
  const revoked = revoking ? [{ serialNumber: BigInt(`0x${serialNumber}`), revokedAt: now }] : [];
  const { bytes } = await mintList(vendor, {
    product: 'Milan',
    kind: 'VCEK',
    ...yearlyWindow(now),
    number,
    revoked,
  });
  await importFiles(replica, [{ path: 'vcek_crl.der', bytes }]);
}

async function importFiles(
  { stores }: CountedReplica,
  files: Parameters<typeof importEndorsements>[0],
): Promise<void> {
  const { rejected } = await importEndorsements(files, {
    ...{ schemes: SCHEMES, store: stores.endorsements, realm: TENANT.realm, anchors },
    ...{ track: 'standard', source: 'test', now },
  });
  expect(rejected).toEqual([]);
}

/** A code, or null for a token. */
async function attest({ verifier }: CountedReplica, tee: 'snp' | 'tdx', at = now): Promise<string | null> {
  const { challenge, nonce, issuer } = await verifier.issueChallenge(TENANT, {
    ...{ audience: 'open', binding: 'v1', rpNonce: null },
  });
  const reportData = bindingDigest({ issuer, audience: 'open', nonce, sig: null, enc: null });
  const made =
    tee === 'snp'
      ? await mintGuest(await simulatedVendor(), { at, reportData, measurement: MEASUREMENT })
      : await mintTd(await simulatedIntel(), {
          ...{ at, reportData, mrTd: MEASUREMENT, rtmrs: [undefined, MEASUREMENT, MEASUREMENT] },
        });
  const { evidence: bytes, certificates } = made;
  const outcome = await outcomeOf(() =>
    verifier.attest(TENANT, {
      ...{ binding: null, challenge, audience: 'open', workload: null, keys: { sig: null, enc: null } },
      evidence: { type: 'auto', bytes, certificates, eventLog: null },
    }),
  );
  return outcome.ok ? null : outcome.refusal.code;
}

describe('the warm path', () => {
  test.each(['snp', 'tdx'] as const)('of %s asks for no vendor document', async (tee) => {
    expect(await attest(ours, tee)).toBeNull();
    expect(ours.asked().endorsements).toBeGreaterThan(0);
    const trips = new Set<number>();
    for (let time = 0; time < WARM; time += 1) {
      expect(await attest(ours, tee)).toBeNull();
      const { endorsements, roundTrips } = ours.asked();
      expect(endorsements).toBe(0);
      trips.add(roundTrips);
    }
    // The spent challenge, the workload’s policy at most, and the commit; the audience is remembered.
    expect(Math.max(...trips)).toBeLessThanOrEqual(3);
  });

  test('a list that revokes, imported at another replica, is seen by the next attestation here', async () => {
    for (let round = 0; round < 10; round += 1) {
      await importList(theirs);
      expect(await attest(ours, 'snp')).toBeNull();
      expect(await attest(ours, 'snp')).toBeNull();
      await importList(theirs, true);
      expect(await attest(ours, 'snp')).toBe('snp_ca_revoked');
      // And a "no" that rests on what is remembered is asked for again before it is said.
      await importList(theirs);
      expect(await attest(ours, 'snp')).toBeNull();
    }
  });

  test('an audience that was taken away or made anew under its name is looked up again', async () => {
    // No request can do this.
    const administer = (text: string, values: readonly unknown[]) =>
      database.administer((session) => session.query(text, values));
    const { name } = TENANT;
    expect(await attest(ours, 'snp')).toBeNull();
    await administer('UPDATE audiences SET created_at = $2 WHERE tenant = $1', [name, new Date(0)]);
    expect(await attest(ours, 'snp')).toBeNull();
    const rename = 'UPDATE audiences SET name = $2 WHERE tenant = $1';
    await administer(rename, [name, 'elsewhere']);
    expect(await attest(ours, 'snp')).toBe('audience_unknown');
    await administer(rename, [name, 'open']);
    expect(await attest(ours, 'snp')).toBeNull();
  });

  test('lists that come one after the other while evidence is judged leave one decision each', async () => {
    expect(await attest(ours, 'snp')).toBeNull();
    const decided = async () =>
      (await ours.stores.decisions.list(TENANT.name, { limit: 200, cursor: null })).items.length;
    const before = await decided();
    const imports = (async () => {
      for (let time = 0; time < 5; time += 1) await importList(theirs);
    })();
    const codes = await Promise.all(Array.from({ length: 10 }, () => attest(ours, 'snp')));
    await imports;
    expect(codes).toEqual(Array(10).fill(null));
    expect(await decided()).toBe(before + 10);
  });

  test('the clock moved past nextUpdate ends it, without any act', async () => {
    for (const [tee, code, days] of [
      ['tdx', 'stale_collateral', 31],
      ['snp', 'snp_crl_stale', 366],
    ] as const) {
      now = SIMULATED_AT;
      for (let time = 0; time < 2; time += 1) expect(await attest(ours, tee)).toBeNull();
      now = new Date(SIMULATED_AT.getTime() + days * DAY);
      expect(await attest(ours, tee, now)).toBe(code);
      now = SIMULATED_AT;
      expect(await attest(ours, tee)).toBeNull();
    }
  });

  test('documents dated in the future count from then on, also where the ones before are remembered', async () => {
    expect(await attest(ours, 'tdx')).toBeNull();
    const later = new Date(SIMULATED_AT.getTime() + 31 * DAY);
    await importFiles(theirs, await intelFiles(await simulatedIntel(), later));
    expect(await attest(ours, 'tdx')).toBeNull();
    // Past the end of those before.
    now = later;
    expect(await attest(ours, 'tdx', now)).toBeNull();
    expect(await attest(ours, 'tdx', now)).toBeNull();
  });
});
