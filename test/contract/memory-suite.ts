/** What a replica remembers of audiences and workloads: only what cannot change, and no commit takes its word for it. */
import { describe, expect, test } from '@jest/globals';
import { storesOver } from '../../src/storage/open.js';
import { audienceOf } from '../audience.js';
import { makeTenant, minutesLater, sampleCommit, sampleDecision, sampleWorkload } from './samples.js';
import type { Opened } from './storage-suite.js';

const NAME = 'vault-prod';

export function describeMemories(opened: Opened): void {
  describe('audiences and workloads that are remembered', () => {
    test('an audience that was taken away and made anew gets no decision that was made for the old one', async () => {
      const { stores, database, administer } = opened();
      const replicas = [stores, storesOver(database)];
      const tenant = await makeTenant(stores);
      await stores.audiences.create(tenant, audienceOf(NAME, { minimumStatus: 'warning' }));
      const before = await Promise.all(replicas.map(({ audiences }) => audiences.get(tenant, NAME)));
      // No request can do this: an administrator, or an earlier state that was restored.
      await administer('DELETE FROM audiences WHERE tenant = $1', [tenant]);
      for (const { decisions } of replicas) {
        expect(await decisions.commit(commitFor(tenant, before[0]?.createdAt))).toBe('epoch_moved');
      }
      for (const { audiences } of replicas) expect(await audiences.get(tenant, NAME)).toBeNull();

      const anew = audienceOf(NAME, { createdAt: minutesLater(1) });
      await stores.audiences.create(tenant, anew);
      for (const { audiences, decisions } of replicas) {
        expect(await audiences.get(tenant, NAME)).toEqual(anew);
        const late = commitFor(tenant, before[0]?.createdAt);
        expect(await decisions.commit(late)).toBe('epoch_moved');
        expect(await decisions.get(tenant, late.decision.id)).toBeNull();
        expect(await decisions.isSpent(tenant, late.spend?.nonceDigest ?? new Uint8Array())).toBe(false);
        expect(await decisions.commit({ ...late, audienceSince: anew.createdAt })).toBe('committed');
      }
    });

    test('another tenant’s audience of the same name and age is none of one’s own', async () => {
      const { stores } = opened();
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      const audience = audienceOf(NAME);
      await stores.audiences.create(theirs, audience);
      expect(await stores.audiences.get(theirs, NAME)).toEqual(audience);
      expect(await stores.audiences.get(ours, NAME)).toBeNull();
      expect(await stores.decisions.commit(commitFor(ours, audience.createdAt))).toBe('epoch_moved');
    });

    test('what is not there is looked for again', async () => {
      const { stores, database } = opened();
      const other = storesOver(database);
      const tenant = await makeTenant(stores);
      expect(await other.audiences.get(tenant, NAME)).toBeNull();
      expect(await other.workloads.knows(tenant, 'llm')).toBe(false);
      await stores.audiences.create(tenant, audienceOf(NAME));
      await stores.workloads.create(tenant, sampleWorkload('llm'));
      expect(await other.audiences.get(tenant, NAME)).toEqual(audienceOf(NAME));
      expect(await other.workloads.knows(tenant, 'llm')).toBe(true);
      expect(await other.workloads.knows(tenant, 'll')).toBe(false);
      expect(await other.workloads.knows(await makeTenant(stores), 'llm')).toBe(false);
    });

    test('the service’s role may neither change an audience nor take one away, nor a workload', async () => {
      const [row] = await opened().administer(
        `SELECT has_any_column_privilege('assay_service', 'audiences', 'UPDATE') AS changes,
                has_table_privilege('assay_service', 'audiences', 'DELETE, TRUNCATE') AS removes,
                has_table_privilege('assay_service', 'workloads', 'DELETE, TRUNCATE') AS forgets,
                has_table_privilege('assay_service', 'audiences', 'INSERT') AS adds`,
      );
      expect(row).toEqual({ changes: false, removes: false, forgets: false, adds: true });
    });
  });
}

function commitFor(tenant: string, audienceSince: Date | undefined) {
  const decision = sampleDecision(tenant, { audience: NAME });
  return sampleCommit(tenant, { decision, audienceSince: audienceSince ?? null });
}
