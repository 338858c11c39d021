/** Renewals over two replicas that share a database: what one has seen the other knows, and builds are told apart. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { importEndorsements } from '../../src/endorsements/import.js';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import { RefusalError } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import { mintGuest } from '../../src/simulator/index.js';
import type { EmbeddedDatabase } from '../../src/storage/pglite.js';
import { SCHEMES } from '../../src/tee/registry.js';
import type { Tenant } from '../../src/verifier/ports.js';
import { audienceOf } from '../audience.js';
import { sampleReference, sampleWorkload } from '../contract/samples.js';
import { openMigrated } from '../database-template.js';
import { simulatedAnchors } from '../http/service.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import { type Holder, mintHolder, proofBy } from '../token/possession.js';
import { type CountedReplica, openReplica } from './counted-replica.js';

/** With a default port and a path in capitals, so that proofs have to be compared in their normal form. */
const TENANT: Tenant = { name: 'simulated', issuer: 'https://attest.example:443/Sim', realm: 'simulated' };
const URL = 'https://attest.example/Sim/v1/tokens/renew';
const MEASUREMENT = Buffer.alloc(48, 0xa5);
const RACERS = 12;

/** What the replicas' clock shows next, in this order, and at last for good. Seconds after the evidence. */
let shown = [0];
const after = (seconds: number): Date => new Date(SIMULATED_AT.getTime() + seconds * 1000);
const clock = { now: () => after((shown.length > 1 ? shown.shift() : shown[0]) ?? 0) };
let database: EmbeddedDatabase;
let ours: CountedReplica;
let theirs: CountedReplica;
let newer: CountedReplica;

beforeAll(async () => {
  database = await openMigrated();
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

const proofFor = ({ holder, token }: Held, at = SIMULATED_AT): Promise<string> =>
  proofBy(holder, { method: 'POST', url: URL, at, token });

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

  test.each<[string, 'ES256' | 'RS256', (claims: JsonObject, thief: Holder) => JsonObject]>([
    ['another key', 'ES256', (claims, { thumbprint }) => ({ ...claims, cnf: { jkt: thumbprint } })],
    ['another audience', 'ES256', (claims) => ({ ...claims, aud: 'vault' })],
    ['a list of audiences', 'ES256', (claims) => ({ ...claims, aud: ['kms'] })],
    ['another key of the issuer', 'RS256', (claims) => claims],
  ])('is renewed as the record has it, whoever signed otherwise: %s', async (what, alg, change) => {
    const held = await attestAt(ours);
    const thief = await mintHolder();
    const signer = await ours.ring.signerFor(TENANT.name, alg);
    const sign = async (of: (claims: JsonObject) => JsonObject): Promise<string> =>
      signer.sign(of(decodeJwt(held.token) as JsonObject));
    const forged = await sign((claims) => change(claims, thief));
    const shown = { token: forged, holder: what === 'another key' ? thief : held.holder };
    expect(await renewAt(theirs, shown, await proofFor(shown))).toBe('token_invalid');
    expect(await renewAt(theirs, held, await proofFor(held))).toBe('renewed');
    // The very claims under the very key are as good as the token itself.
    const same = { holder: held.holder, token: await sign((claims) => claims) };
    const outcome = await renewAt(theirs, same, await proofFor(same));
    expect(outcome).toBe(alg === 'ES256' ? 'renewed' : 'token_invalid');
  });

  test('is renewed in the last second of that, and after it evidence is asked for, however slow the answer', async () => {
    const held = await attestAt(ours);
    try {
      let { token } = held;
      for (const seconds of [299, 598, 599]) {
        const proof = await proofFor({ ...held, token }, after(seconds));
        // All but the first look at the clock finds that the end has come.
        shown = seconds === 599 ? [599, 600] : [seconds];
        const { reply } = await ours.verifier.renew(TENANT, { token, proof });
        token = reply.token;
        expect(reply.expires_at).toBe(after(Math.min(seconds + 300, 600)).toISOString());
      }
      shown = [599.5, 600];
      expect(await renewAt(ours, { ...held, token }, await proofFor({ ...held, token }, after(599)))).toBe(
        'evidence_required',
      );
    } finally {
      shown = [0];
    }
  });

  test('is looked at before the database is asked', async () => {
    const held = await attestAt(ours);
    ours.asked();
    for (const token of ['ak_key', 'a.b', 'a.b.c', 'e30.e30.e30', `${held.token}.a.b`, 'A'.repeat(20_000)]) {
      expect(await renewAt(ours, { ...held, token }, await proofFor({ ...held, token }))).toBe(
        'token_invalid',
      );
    }
    expect(ours.asked().roundTrips).toBe(0);
    const unknown = held.token.replace(
      /^[^.]*/u,
      Buffer.from('{"alg":"ES256","kid":"x"}').toString('base64url'),
    );
    expect(await renewAt(ours, { ...held, token: unknown }, '')).toBe('token_invalid');
    expect(ours.asked().roundTrips).toBe(1);
  });

  test('needs evidence at a replica of another version, which may judge it otherwise', async () => {
    const held = await attestAt(ours);
    expect(await renewAt(newer, held, await proofFor(held))).toBe('evidence_required');
    const again = await attestAt(newer);
    expect(await renewAt(newer, again, await proofFor(again))).toBe('renewed');
  });
});
