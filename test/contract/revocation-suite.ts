/** A revocation that was answered binds every later commit; one that was not waits for those under way. */
import { describe, expect, test } from '@jest/globals';
import { lockNumber } from '../../src/storage/advisory-lock.js';
import { EPOCH_LOCK, readEpoch } from '../../src/storage/epoch.js';
import { bigintOf } from '../../src/storage/row.js';
import type { Engine } from './engine.js';
import { makeTenant, NOW, randomHex, sampleCommit, sampleReference, sampleWorkload } from './samples.js';
import type { Opened } from './storage-suite.js';

const ROUNDS = 40;

export function describeRevocation(opened: Opened): void {
  describe('revocation against issuing', () => {
    test('a commit under an older epoch writes nothing and says so', async () => {
      const { stores } = opened();
      const { tenant, epoch, revoke } = await registerVersion(opened());
      expect(await stores.decisions.commit(sampleCommit(tenant, { epoch }))).toBe('committed');
      await revoke();
      const late = sampleCommit(tenant, { epoch });
      expect(await stores.decisions.commit(late)).toBe('epoch_moved');
      expect(await stores.decisions.get(tenant, late.decision.id)).toBeNull();
      expect(await stores.decisions.isSpent(tenant, late.spend?.nonceDigest ?? new Uint8Array())).toBe(false);
      // The same challenge is still good for another appraisal.
      const [row] = await opened().administer('SELECT epoch FROM tenants WHERE tenant = $1', [tenant]);
      expect(await stores.decisions.commit({ ...late, epoch: bigintOf(row ?? {}, 'epoch') })).toBe(
        'committed',
      );
    });

    test('a number never comes again, not even where an earlier state of the tenant was restored', async () => {
      const engine = opened();
      const { tenant, epoch, revoke } = await registerVersion(engine);
      await revoke();
      const [later] = await engine.administer('SELECT epoch FROM tenants WHERE tenant = $1', [tenant]);
      await engine.administer('UPDATE tenants SET epoch = $2 WHERE tenant = $1', [tenant, epoch.toString()]);
      await engine.stores.referenceValues.create(
        tenant,
        'llm',
        sampleReference({ measurement: randomHex(48) }),
        NOW,
      );
      const [again] = await engine.administer('SELECT epoch FROM tenants WHERE tenant = $1', [tenant]);
      expect(bigintOf(again ?? {}, 'epoch')).toBeGreaterThan(bigintOf(later ?? {}, 'epoch'));
    });

    test('a tenant that does not exist has no epoch to agree with', async () => {
      const { stores } = opened();
      const entry = sampleCommit(`nobody-${randomHex(6)}`, { epoch: 0n });
      expect(await stores.decisions.commit(entry)).toBe('epoch_moved');
    });

    test('waits for a transaction that holds the epoch', async () => {
      const engine = opened();
      const { tenant, epoch, revoke } = await registerVersion(engine);
      const order: string[] = [];
      const [held, release] = [makeGate(), makeGate()];
      const issuing = engine.database.transaction({ tenant }, async (tx) => {
        // As a commit of decisions holds it.
        await tx.query('SELECT pg_advisory_xact_lock_shared($1::bigint)', [lockNumber(EPOCH_LOCK, tenant)]);
        expect(await readEpoch(tx, tenant)).toBe(epoch);
        held.open();
        await release.opened;
        order.push('issued');
      });
      await held.opened;
      const revoking = revoke().then(() => order.push('revoked'));
      // Whatever the revocation can do without the epoch, it has time to do now.
      await new Promise((resolve) => setTimeout(resolve, 100));
      release.open();
      await Promise.all([issuing, revoking]);
      expect(order).toEqual(['issued', 'revoked']);
    });

    test('raced, every commit before counts and none after', async () => {
      const engine = opened();
      const { stores } = engine;
      for (let round = 0; round < ROUNDS; round += 1) {
        const { tenant, epoch, revoke } = await registerVersion(engine);
        const commit = () => stores.decisions.commit(sampleCommit(tenant, { epoch }));
        const before = Array.from({ length: 3 }, commit);
        const revoking = revoke();
        const raced = await Promise.all([...before, ...Array.from({ length: 3 }, commit)]);
        await revoking;
        expect(raced.filter((outcome) => outcome === 'replayed')).toEqual([]);
        expect(await commit()).toBe('epoch_moved');
        const kept = await stores.decisions.list(tenant, { limit: 200, cursor: null });
        expect(kept.items).toHaveLength(raced.filter((outcome) => outcome === 'committed').length);
      }
    });
  });
}

export function makeGate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

async function registerVersion(engine: Engine) {
  const { stores } = engine;
  const tenant = await makeTenant(stores);
  const measurement = randomHex(48);
  await stores.workloads.create(tenant, sampleWorkload('llm'));
  await stores.referenceValues.create(tenant, 'llm', sampleReference({ measurement }), NOW);
  const query = { tenant, tee: 'sev-snp', fields: { measurement }, workloads: null, at: NOW } as const;
  const { epoch, matching } = await stores.referenceValues.lookup(query);
  expect(matching).toHaveLength(1);
  return {
    tenant,
    epoch,
    async revoke(): Promise<void> {
      const revoked = await stores.referenceValues.transition(tenant, 'llm', 1, 'revoked', 'test', NOW);
      expect(revoked).toMatchObject({ state: 'revoked' });
    },
  };
}
