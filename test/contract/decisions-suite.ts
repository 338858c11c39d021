/** Decisions: all or nothing, one token per challenge. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Engine } from './engine.js';
import { allPages } from './registry-suite.js';
import { makeTenant, minutesLater, sampleCommit, sampleDecision } from './samples.js';
import type { Opened } from './storage-suite.js';

const RACES = 10;
const RACERS = 16;

export function describeDecisions(opened: Opened): void {
  describe('decisions', () => {
    test('come back as they were committed, member order included', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      const denied = sampleDecision(tenant, {
        act: 'appraise',
        audience: null,
        workload: null,
        referenceVersion: null,
        status: 'contraindicated',
        code: 'measurement_not_allowed',
        binding: 'not_checked',
        simulated: true,
        debug: true,
        claims: { text: 'NUL \u0000 and half a pair \ud800', zulu: 1, alpha: 2 },
      });
      for (const decision of [sampleDecision(tenant), denied]) {
        const entry = sampleCommit(tenant, { decision, spend: null, token: null });
        expect(await stores.decisions.commit(entry)).toBe('committed');
        const stored = await stores.decisions.get(tenant, decision.id);
        expect(stored).toEqual(decision);
        expect(JSON.stringify(stored?.claims)).toBe(JSON.stringify(decision.claims));
      }
      expect(await stores.decisions.get(tenant, 'dec_unknown')).toBeNull();
      expect(await stores.decisions.get(await makeTenant(stores), denied.id)).toBeNull();
    });

    test('are listed newest first', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      const ids: string[] = [];
      for (let minute = 0; minute < 5; minute += 1) {
        const decision = sampleDecision(tenant, { recordedAt: minutesLater(minute) });
        await stores.decisions.commit(sampleCommit(tenant, { decision }));
        ids.unshift(decision.id);
      }
      const pages = await allPages((page) => stores.decisions.list(tenant, page), 2);
      expect(pages.flat().map(({ id }) => id)).toEqual(ids);
    });

    test('made at once are judged one by one, though they commit together', async () => {
      const { stores } = opened();
      const [tenant, other] = [await makeTenant(stores), await makeTenant(stores)];
      const twice = sampleCommit(tenant);
      const unstorable = sampleCommit(tenant, {
        decision: sampleDecision(tenant, { audience: 'half a pair \ud800 and NUL \u0000' }),
      });
      const entries = [
        // The first goes alone; what comes while it is on its way goes together.
        sampleCommit(tenant),
        twice,
        { ...sampleCommit(tenant), spend: twice.spend },
        sampleCommit(tenant, { epoch: 77n }),
        unstorable,
        sampleCommit(tenant, { epoch: 0n }),
        sampleCommit(other),
        ...Array.from({ length: 40 }, () => sampleCommit(tenant)),
      ];
      const settled = await Promise.allSettled(entries.map((entry) => stores.decisions.commit(entry)));
      const outcomes = settled.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'));
      expect(outcomes).toEqual([
        'committed',
        'committed',
        'replayed',
        'epoch_moved',
        'failed',
        'committed',
        'committed',
        ...Array(40).fill('committed'),
      ]);
      for (const [index, { decision }] of entries.entries()) {
        const stored = await stores.decisions.get(decision.tenant, decision.id);
        expect(stored !== null).toBe(outcomes[index] === 'committed');
      }
    });

    test('a challenge is spent once, and a repetition writes nothing', async () => {
      const { stores } = opened();
      const [tenant, other] = [await makeTenant(stores), await makeTenant(stores)];
      const first = sampleCommit(tenant);
      const nonce = first.spend?.nonceDigest ?? new Uint8Array();
      expect(await stores.decisions.isSpent(tenant, nonce)).toBe(false);
      expect(await stores.decisions.commit(first)).toBe('committed');
      expect(await stores.decisions.isSpent(tenant, nonce)).toBe(true);
      expect(await stores.decisions.isSpent(other, nonce)).toBe(false);
      const again = sampleCommit(tenant, { spend: first.spend });
      expect(await stores.decisions.commit(again)).toBe('replayed');
      expect(await stores.decisions.get(tenant, again.decision.id)).toBeNull();
      // A nonce digest of one tenant says nothing about another's.
      expect(await stores.decisions.commit(sampleCommit(other, { spend: first.spend }))).toBe('committed');
    });

    test(`of ${RACERS} at once with one challenge exactly one is committed`, async () => {
      const engine = opened();
      const tenant = await makeTenant(engine.stores);
      for (let race = 0; race < RACES; race += 1) {
        const spend = { nonceDigest: new Uint8Array(randomBytes(32)), expiresAt: minutesLater(5) };
        const entries = Array.from({ length: RACERS }, () => sampleCommit(tenant, { spend, epoch: 0n }));
        const outcomes = await Promise.all(entries.map((entry) => engine.stores.decisions.commit(entry)));
        expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(RACERS - 1);
        const winner = entries[outcomes.indexOf('committed')];
        expect(await writtenFor(engine, tenant, spend.nonceDigest)).toEqual([
          { decision: winner?.decision.id, recorded: winner?.decision.id, jti: winner?.token?.jti },
        ]);
      }
      expect(await countOf(engine, 'decisions', tenant)).toBe(RACES);
      expect(await countOf(engine, 'tokens', tenant)).toBe(RACES);
    });

    test('a failure after the challenge was spent leaves nothing behind', async () => {
      const engine = opened();
      const tenant = await makeTenant(engine.stores);
      const first = sampleCommit(tenant);
      await engine.stores.decisions.commit(first);
      // The same token number again: the last statement of the transaction fails.
      const entry = sampleCommit(tenant, { token: first.token });
      await expect(engine.stores.decisions.commit(entry)).rejects.toThrow(/duplicate key/);
      const nonce = entry.spend?.nonceDigest ?? new Uint8Array();
      expect(await engine.stores.decisions.isSpent(tenant, nonce)).toBe(false);
      expect(await engine.stores.decisions.get(tenant, entry.decision.id)).toBeNull();
    });

    test('a caller whose clock is ahead purges nothing that lives by the database’s', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      const nonceDigest = new Uint8Array(randomBytes(32));
      const expiresAt = new Date((await stores.databaseNow()).getTime() + 60_000);
      await stores.decisions.commit(sampleCommit(tenant, { spend: { nonceDigest, expiresAt } }));
      await stores.decisions.purgeSpent(new Date(expiresAt.getTime() + 86_400_000));
      expect(await stores.decisions.isSpent(tenant, nonceDigest)).toBe(true);
    });

    test('spent challenges that ended ten minutes ago are purged in every tenant', async () => {
      const { stores } = opened();
      // Whatever the other tests left is out of the way first.
      await stores.decisions.purgeSpent(minutesLater(1000));
      const tenants = [await makeTenant(stores), await makeTenant(stores)];
      const spends: [string, Uint8Array][] = [];
      for (const tenant of tenants) {
        for (const minutes of [5, 15]) {
          const nonceDigest = new Uint8Array(randomBytes(32));
          const spend = { nonceDigest, expiresAt: minutesLater(minutes) };
          await stores.decisions.commit(sampleCommit(tenant, { spend }));
          spends.push([tenant, nonceDigest]);
        }
      }
      expect(await stores.decisions.purgeSpent(minutesLater(20))).toBe(2);
      const left = await Promise.all(
        spends.map(([tenant, nonce]) => stores.decisions.isSpent(tenant, nonce)),
      );
      expect(left).toEqual([false, true, false, true]);
    });
  });
}

async function writtenFor(engine: Engine, tenant: string, nonceDigest: Uint8Array) {
  return engine.administer(
    `SELECT s.decision, d.id AS recorded, t.jti FROM spent_challenges AS s
       LEFT JOIN decisions AS d ON d.tenant = s.tenant AND d.id = s.decision
       LEFT JOIN tokens AS t ON t.tenant = s.tenant AND t.decision = s.decision
      WHERE s.tenant = $1 AND s.nonce_digest = $2`,
    [tenant, nonceDigest],
  );
}

async function countOf(engine: Engine, table: string, tenant: string): Promise<number> {
  const [row] = await engine.administer(`SELECT count(*)::integer AS n FROM ${table} WHERE tenant = $1`, [
    tenant,
  ]);
  return Number(row?.n);
}
