/** Renewals over two replicas that share a database: what one has seen the other knows, and builds are told apart. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { importEndorsements } from '../../src/endorsements/import.js';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import { RefusalError } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import { mintGuest } from '../../src/simulator/index.js';
import { migrateSession } from '../../src/storage/migrate.js';
import { type EmbeddedDatabase, openPglite } from '../../src/storage/pglite.js';
import { SCHEMES } from '../../src/tee/registry.js';
import type { Tenant } from '../../src/verifier/ports.js';
import { audienceOf } from '../audience.js';
import { sampleReference, sampleWorkload } from '../contract/samples.js';
import { simulatedAnchors } from '../http/service.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import { type Holder, mintHolder, proofBy } from '../token/possession.js';
import { type CountedReplica, openReplica } from './counted-replica.js';

/** With a default port and a path in capitals, so that proofs have to be compared in their normal form. */
const TENANT: Tenant = { name: 'simulated', issuer: 'https://attest.example:443/Sim', realm: 'simulated' };
const URL = 'https://attest.example/Sim/v1/tokens/renew';
const MEASUREMENT = Buffer.alloc(48, 0xa5);
const RACERS = 12;

const clock = { now: () => SIMULATED_AT };
let database: EmbeddedDatabase;
let ours: CountedReplica;
let theirs: CountedReplica;
let newer: CountedReplica;

beforeAll(async () => {
  database = await openPglite(null);
  await database.administer((session) => migrateSession(session));
  const anchors = await simulatedAnchors();
  [ours, theirs, newer] = await Promise.all([
    openReplica(database, { anchors, clock }),
    openReplica(database, { anchors, clock }),
    openReplica(database, { anchors, clock, build: 'assay next' }),
  ]);
  const { stores } = ours;
  const { name, realm } = TENANT;
  await stores.tenants.ensure(name, realm, SIMULATED_AT);
  await stores.workloads.create(name, sampleWorkload('llm'));
  const version = sampleReference({ measurement: MEASUREMENT.toString('hex') });
  await stores.referenceValues.create(name, 'llm', version, SIMULATED_AT);
  await stores.audiences.create(name, audienceOf('kms', { renewalSeconds: 600, createdAt: SIMULATED_AT }));
  const vendor = await simulatedVendor();
  const files = [...vendor.products].map(([product, { crls }]) => ({
    path: `${product}/vcek_crl.der`,
    bytes: crls.vcek.der,
  }));
  const { rejected } = await importEndorsements(files, {
    ...{ schemes: SCHEMES, store: stores.endorsements, realm, anchors },
    ...{ track: 'standard', source: 'test', now: SIMULATED_AT },
  });
  expect(rejected).toEqual([]);
}, 180_000);
afterAll(() => database.close());

interface Held {
  readonly holder: Holder;
  readonly token: string;
}

async function attestAt({ verifier }: CountedReplica): Promise<Held> {
  const holder = await mintHolder();
  const sig = { ...holder.publicJwk } as JsonObject;
  const { challenge, nonce } = await verifier.issueChallenge(TENANT, {
    audience: 'kms',
    binding: 'v1',
    rpNonce: null,
  });
  const reportData = bindingDigest({
    issuer: TENANT.issuer,
    audience: 'kms',
    nonce,
    sig: jwkThumbprint(requirePublicJwk(sig, 'sig')),
    enc: null,
  });
  const guest = await mintGuest(await simulatedVendor(), {
    at: SIMULATED_AT,
    measurement: MEASUREMENT,
    reportData,
  });
  const { reply } = await verifier.attest(TENANT, {
    ...{ binding: null, challenge, audience: 'kms', workload: null, keys: { sig, enc: null } },
    evidence: { type: 'auto', bytes: guest.evidence, certificates: guest.certificates, eventLog: null },
  });
  return { holder, token: reply.token };
}

const proofFor = ({ holder, token }: Held): Promise<string> =>
  proofBy(holder, { method: 'POST', url: URL, at: SIMULATED_AT, token });

/** The code of the refusal; `renewed` where there is none. */
async function renewAt({ verifier }: CountedReplica, { token }: Held, proof: string): Promise<string> {
  try {
    await verifier.renew(TENANT, { token, proof });
    return 'renewed';
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    return error.refusal.code;
  }
}

describe('a token from one replica', () => {
  test('is renewed at another, and a proof that one has seen is old everywhere', async () => {
    const held = await attestAt(ours);
    const proof = await proofFor(held);
    expect(await renewAt(theirs, held, proof)).toBe('renewed');
    expect(await renewAt(ours, held, proof)).toBe('dpop_proof_replayed');
    expect(await renewAt(theirs, held, proof)).toBe('dpop_proof_replayed');
    expect(await renewAt(ours, held, await proofFor(held))).toBe('renewed');
  });

  test(`is renewed once by one proof that arrives ${RACERS} times at both at once`, async () => {
    const held = await attestAt(ours);
    const proof = await proofFor(held);
    const outcomes = await Promise.all(
      Array.from({ length: RACERS }, (_, index) => renewAt(index % 2 === 0 ? ours : theirs, held, proof)),
    );
    expect(outcomes.filter((outcome) => outcome === 'renewed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'dpop_proof_replayed')).toHaveLength(RACERS - 1);
  });

  test('needs evidence at a replica of another version, which may judge it otherwise', async () => {
    const held = await attestAt(ours);
    expect(await renewAt(newer, held, await proofFor(held))).toBe('evidence_required');
    const again = await attestAt(newer);
    expect(await renewAt(newer, again, await proofFor(again))).toBe('renewed');
  });
});
