/** Renewals of tokens: once for each proof, and only while everything stands as it stood at the decision. */
import { describe, expect, test } from '@jest/globals';
import { raiseEndorsementEpoch } from '../../src/storage/endorsement-epoch.js';
import { raiseEpoch } from '../../src/storage/epoch.js';
import type { Decision, DecisionCommit } from '../../src/verifier/decision-ports.js';
import type { EndorsementEpoch } from '../../src/verifier/endorsement-ports.js';
import type { RenewalCommit, RenewalStore } from '../../src/verifier/renewal-ports.js';
import { audienceOf } from '../audience.js';
import type { Engine } from './engine.js';
import {
  makeTenant,
  minutesLater,
  NOW,
  sampleCommit,
  sampleDecision,
  sampleKey,
  sampleRenewal,
  sampleTerms,
} from './samples.js';
import type { Opened } from './storage-suite.js';

/** That of the vendor documents of genuine evidence, now. */
export async function genuineEpoch({ administer }: Engine): Promise<EndorsementEpoch> {
  const rows = await administer("SELECT epoch::text FROM endorsement_epochs WHERE realm = 'genuine'");
  return { realm: 'genuine', epoch: BigInt(String(rows[0]?.epoch)) };
}

interface Renewable {
  readonly engine: Engine;
  readonly tenant: string;
  readonly decision: Decision;
  readonly jti: string;
  renew(changes?: Partial<RenewalCommit>): ReturnType<RenewalStore['commit']>;
}

/** A tenant with one audience and one decision for it that may be renewed. */
async function makeRenewable(
  engine: Engine,
  renewal: DecisionCommit['renewal'] = sampleTerms(),
): Promise<Renewable> {
  const { stores } = engine;
  const tenant = await makeTenant(stores);
  await stores.audiences.create(tenant, audienceOf('vault-prod', { renewalSeconds: 600, createdAt: NOW }));
  const decision = sampleDecision(tenant);
  const entry = sampleCommit(tenant, {
    decision,
    epoch: 0n,
    endorsements: await genuineEpoch(engine),
    renewal,
  });
  expect(await stores.decisions.commit(entry)).toBe('committed');
  const jti = entry.token?.jti ?? '';
  return {
    engine,
    tenant,
    decision,
    jti,
    renew: (changes = {}) =>
      stores.renewals.commit(sampleRenewal(tenant, { decision: decision.id, renews: jti, ...changes })),
  };
}

/** jti, and whether a proof and a new token are there. */
async function written({ engine, tenant }: Renewable) {
  const [row] = await engine.administer(
    `SELECT (SELECT count(*)::integer FROM tokens WHERE tenant = $1 AND renews IS NOT NULL) AS tokens,
            (SELECT count(*)::integer FROM spent_proofs WHERE tenant = $1) AS proofs`,
    [tenant],
  );
  return row;
}

const RACERS = 16;

export function describeRenewals(opened: Opened): void {
  describe('renewals', () => {
    test('are found by the jti of any token of the decision', async () => {
      const encryptionKey = { kty: 'OKP', crv: 'X25519', x: 'AA' };
      const terms = sampleTerms({ inGrace: true, encryptionKey });
      const ours = await makeRenewable(opened(), terms);
      const { renewals } = ours.engine.stores;
      const { epoch: endorsementEpoch } = await genuineEpoch(ours.engine);
      const found = { decision: ours.decision, signedBy: 'a-key', terms: { ...terms, endorsementEpoch } };
      expect(await renewals.find(ours.tenant, ours.jti)).toEqual(found);
      const token = { jti: 'second', kid: 'a-key', expiresAt: minutesLater(6) };
      expect(await ours.renew({ token })).toBe('renewed');
      expect(await renewals.find(ours.tenant, 'second')).toEqual(found);
      expect(await renewals.find(ours.tenant, 'third')).toBeNull();
      expect(await renewals.find(await makeTenant(ours.engine.stores), ours.jti)).toBeNull();
      const [row] = await ours.engine.administer('SELECT * FROM tokens WHERE tenant = $1 AND jti = $2', [
        ours.tenant,
        'second',
      ]);
      expect(row).toMatchObject({ decision: ours.decision.id, kid: 'a-key', renews: ours.jti });
    });

    test('are none for a decision whose audience took none', async () => {
      const ours = await makeRenewable(opened(), null);
      expect(await ours.engine.stores.renewals.find(ours.tenant, ours.jti)).toBeNull();
      expect(await ours.renew()).toBe('moved');
      expect(await written(ours)).toEqual({ tokens: 0, proofs: 1 });
    });

    test(`of ${RACERS} at once with one proof exactly one is written`, async () => {
      const ours = await makeRenewable(opened());
      const { proof } = sampleRenewal(ours.tenant);
      const outcomes = await Promise.all(Array.from({ length: RACERS }, () => ours.renew({ proof })));
      expect(outcomes.filter((outcome) => outcome === 'renewed')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(RACERS - 1);
      expect(await written(ours)).toEqual({ tokens: 1, proofs: 1 });
      // Another tenant’s proof of the same digest is another one.
      const theirs = await makeRenewable(opened());
      expect(await theirs.renew({ proof })).toBe('renewed');
    });

    test.each<[string, (ours: Renewable) => Promise<unknown>]>([
      [
        'the tenant’s epoch',
        ({ engine, tenant }) => engine.database.transaction({ tenant }, (tx) => raiseEpoch(tx, tenant)),
      ],
      [
        'the epoch of the vendor documents',
        ({ engine }) =>
          engine.database.transaction({ tenant: null }, (tx) => raiseEndorsementEpoch(tx, 'genuine')),
      ],
      [
        'the audience, made anew under its name',
        ({ engine, tenant }) =>
          engine.administer('UPDATE audiences SET created_at = $2 WHERE tenant = $1', [
            tenant,
            minutesLater(1),
          ]),
      ],
      [
        'the audience, which is gone',
        ({ engine, tenant }) => engine.administer('DELETE FROM audiences WHERE tenant = $1', [tenant]),
      ],
    ])('end when it moves: %s', async (_what, move) => {
      const ours = await makeRenewable(opened());
      expect(await ours.renew()).toBe('renewed');
      await move(ours);
      const { proof } = sampleRenewal(ours.tenant);
      expect(await ours.renew({ proof })).toBe('moved');
      // Shown is shown.
      expect(await ours.renew({ proof })).toBe('replayed');
      expect(await written(ours)).toEqual({ tokens: 1, proofs: 2 });
    });

    test('are for the very audience that they were made by, however old the one that took its name', async () => {
      const ours = await makeRenewable(opened());
      const { tenant, engine } = ours;
      const { audiences } = engine.stores;
      expect(await audiences.get(tenant, 'vault-prod')).toMatchObject({ createdAt: NOW });
      const older = minutesLater(-1);
      await engine.administer('UPDATE audiences SET created_at = $2, lifetime = 30 WHERE tenant = $1', [
        tenant,
        older,
      ]);
      expect(await ours.renew()).toBe('moved');
      // The old one is not remembered any longer.
      expect(await audiences.get(tenant, 'vault-prod')).toMatchObject({ createdAt: older, lifetime: 30 });
      expect(await ours.renew({ audience: { name: 'another', createdAt: older } })).toBe('moved');
      expect(await ours.renew({ audience: { name: 'vault-prod', createdAt: older } })).toBe('renewed');
      expect(await written(ours)).toEqual({ tokens: 1, proofs: 3 });
    });

    test('are signed by the key that signs now, for a token whose key still counts', async () => {
      const ours = await makeRenewable(opened());
      const { tenant, engine } = ours;
      const next = async () => sampleKey(tenant, { kid: 'b-key', alg: 'RS256' });
      await engine.stores.signingKeys.ensure(tenant, 'token', ['ES256', 'RS256'], next);
      const set = (members: string) =>
        engine.administer(`UPDATE signing_keys SET ${members} WHERE tenant = $1 AND kid = 'a-key'`, [tenant]);
      await set("state = 'retired', retired_at = now()");
      const { proof, token } = sampleRenewal(tenant);
      expect(await ours.renew({ proof })).toBe('key_moved');
      // Nothing was written, so the proof counts for the key that signs now.
      const signed = { proof, token: { ...token, kid: 'b-key' } };
      expect(await ours.renew(signed)).toBe('renewed');
      await set("state = 'removed', removed_at = now()");
      const again = sampleRenewal(tenant);
      expect(
        await ours.renew({
          ...again,
          decision: ours.decision.id,
          renews: ours.jti,
          token: { ...again.token, kid: 'b-key' },
        }),
      ).toBe('moved');
      expect(await written(ours)).toEqual({ tokens: 1, proofs: 2 });
    });

    test('leave nothing behind once they have ended', async () => {
      const ours = await makeRenewable(opened());
      await ours.renew();
      const { renewals } = ours.engine.stores;
      await renewals.purge(minutesLater(11));
      expect(await written(ours)).toMatchObject({ proofs: 1 });
      expect(await renewals.find(ours.tenant, ours.jti)).not.toBeNull();
      expect(await renewals.purge(minutesLater(12))).toBeGreaterThanOrEqual(1);
      expect(await written(ours)).toMatchObject({ tokens: 1, proofs: 0 });
      expect(await renewals.find(ours.tenant, ours.jti)).not.toBeNull();
      await renewals.purge(minutesLater(21));
      expect(await renewals.find(ours.tenant, ours.jti)).toBeNull();
    });
  });
}
