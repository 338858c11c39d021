/** What evidence is appraised by, over a real database that counts what it is asked, as two replicas see it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import type { PlatformIdentity } from '../../src/rats/platform.js';
import { RefusalError, refusal } from '../../src/rats/refusal.js';
import type { Database } from '../../src/storage/database.js';
import { storesOver } from '../../src/storage/open.js';
import type { EmbeddedDatabase } from '../../src/storage/pglite.js';
import { findGrounds, findPolicyGrounds, refuseWhileStanding } from '../../src/verifier/grounds.js';
import { createPolicyBook, type PolicyBook } from '../../src/verifier/policy-book.js';
import type { Stores, Tenant } from '../../src/verifier/ports.js';
import type { VerifierParts } from '../../src/verifier/service.js';
import type { BoundEvidence } from '../../src/verifier/verify.js';
import { AT, MEASUREMENT, sampleEvidence } from '../appraisal/sample-evidence.js';
import { NOW, randomHex, samplePlatform, sampleReference, sampleWorkload } from '../contract/samples.js';
import { openMigrated } from '../database-template.js';

const CHIP: PlatformIdentity = { kind: 'snp-chip-id', value: 'c1'.repeat(64) };
const OWNED = { common: { platforms: 'registered' } };
const DEMANDING = { snp: { minimum_guest_svn: 7 } };

/** One replica: its own memory over the shared database. */
interface Replica {
  readonly stores: Stores;
  readonly policies: PolicyBook;
  readonly parts: VerifierParts;
  /** Transactions and reads since the last call. */
  asked(): number;
}

let database: EmbeddedDatabase;
beforeAll(async () => {
  database = await openMigrated();
}, 60_000);
afterAll(() => database.close());

function replica(): Replica {
  let count = 0;
  const counting: Database = {
    ...database,
    transaction: (scope, work) => {
      count += 1;
      return database.transaction(scope, work);
    },
    read: (scope, text, values) => {
      count += 1;
      return database.read(scope, text, values);
    },
  };
  const stores = storesOver(counting);
  const policies = createPolicyBook({
    store: stores.policies,
    shipped: [STANDARD_POLICY],
    withheld: new Map(),
    lint: async () => [],
  });
  const parts = { stores, policies } as Partial<VerifierParts> as VerifierParts;
  return {
    stores,
    policies,
    parts,
    asked() {
      const since = count;
      count = 0;
      return since;
    },
  };
}

/** Grounds need of a bound submission what it is and when it is judged. */
function bound(changes: Parameters<typeof sampleEvidence>[0] = {}): BoundEvidence {
  const authenticated = sampleEvidence({ platformIdentity: CHIP, ...changes });
  return { authenticated, context: { at: AT } } as Partial<BoundEvidence> as BoundEvidence;
}

const EVERY_WORKLOAD = { scope: { named: null, taken: null }, chosen: null };

describe('grounds', () => {
  let ours: Replica;
  let theirs: Replica;
  let tenant: Tenant;
  beforeEach(async () => {
    [ours, theirs] = [replica(), replica()];
    tenant = { name: `tenant-${randomHex(6)}`, issuer: 'https://attest.example', realm: 'genuine' };
    await ours.stores.tenants.ensure(tenant.name, 'genuine', NOW);
    await ours.policies.create(tenant.name, 'owned', { document: OWNED, activate: true }, NOW);
    await ours.stores.workloads.create(tenant.name, sampleWorkload('llm', { policy: 'owned' }));
    const reference = sampleReference({ measurement: MEASUREMENT }, { covers: 'boot' });
    await ours.stores.referenceValues.create(tenant.name, 'llm', reference, NOW);
  });

  const find = ({ parts }: Replica, evidence = bound()) =>
    findGrounds(parts, tenant, evidence, EVERY_WORKLOAD);

  test('once found, nobody is asked again: not for the policy, the references or the machine', async () => {
    await ours.stores.platforms.create(tenant.name, samplePlatform(CHIP, { label: 'rack 7' }));
    ours.asked();
    const cold = await find(ours);
    expect(ours.asked()).toBeGreaterThan(0);
    expect(cold.outcome).toMatchObject({
      ok: true,
      value: { policy: { name: 'owned', version: 1 }, platform: { label: 'rack 7' } },
    });
    expect(await find(ours)).toEqual(cold);
    expect(await find(ours)).toEqual(cold);
    expect(ours.asked()).toBe(0);
  });

  test('a machine that is not registered is remembered, too', async () => {
    expect((await find(ours)).outcome).toMatchObject({ ok: true, value: { platform: null } });
    ours.asked();
    await find(ours);
    expect(ours.asked()).toBe(0);
  });

  test('the register is asked only where a policy or a rule of it asks', async () => {
    const register = ours.stores.platforms;
    let looked = 0;
    const parts: VerifierParts = {
      ...ours.parts,
      stores: {
        ...ours.parts.stores,
        platforms: {
          ...register,
          find: (name, identity) => {
            looked += 1;
            return register.find(name, identity);
          },
        },
      },
    };
    await findPolicyGrounds(parts, tenant, bound(), null);
    expect(looked).toBe(0);
    await findPolicyGrounds(parts, tenant, bound({ platformIdentity: null }), {
      name: 'owned',
      version: null,
    });
    expect(looked).toBe(0);
    await findPolicyGrounds(parts, tenant, bound(), { name: 'owned', version: null });
    expect(looked).toBe(1);
    const rule = { name: 'ours', expression: 'platform != null', message: 'Ours only.' };
    await ours.policies.create(tenant.name, 'ruled', { document: { rules: [rule] }, activate: true }, NOW);
    await findPolicyGrounds(parts, tenant, bound(), { name: 'ruled', version: null });
    expect(looked).toBe(2);
  });

  test.each<[string, () => Promise<unknown>]>([
    [
      'another version of the policy',
      () => theirs.policies.addVersion(tenant.name, 'owned', { document: DEMANDING, activate: true }, NOW),
    ],
    [
      'another policy for the workload',
      () => theirs.stores.workloads.change(tenant.name, 'llm', { policy: null }),
    ],
    [
      'a machine more in the register',
      () => theirs.stores.platforms.create(tenant.name, samplePlatform(CHIP)),
    ],
  ])('%s, said at one replica, ends what another one remembers', async (_what, change) => {
    const before = await find(ours);
    await change();
    // Until it is told, it remembers; nothing that it finds can commit or be refused any more.
    expect((await find(ours)).epoch).toBe(before.epoch);
    const refused = refusal('policy_unknown', 'request', 'under the old grounds');
    expect(
      await refuseWhileStanding(ours.parts, tenant, { epoch: before.epoch, endorsements: null }, refused),
    ).toBe('moved');
    const after = await find(ours);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(after.outcome).not.toEqual(before.outcome);
    await expect(
      refuseWhileStanding(ours.parts, tenant, { epoch: after.epoch, endorsements: null }, refused),
    ).rejects.toThrow(RefusalError);
  });

  test('grounds that were read under two epochs count under the earlier one, which has passed', async () => {
    const { epoch } = await find(ours);
    // Forgets the policy and remembers the references.
    await theirs.stores.platforms.create(tenant.name, samplePlatform(CHIP));
    const other = { ...CHIP, value: 'c2'.repeat(64) };
    const mixed = await find(ours, bound({ platformIdentity: other }));
    expect(mixed.epoch).toBe(epoch);
    expect(await ours.stores.decisions.epochStands(tenant.name, mixed.epoch, null)).toBe(false);
  });

  test('of evidence that several workloads match are those of nobody, and of one that is named its own', async () => {
    await ours.stores.workloads.create(tenant.name, sampleWorkload('twin'));
    const reference = sampleReference({ measurement: MEASUREMENT });
    await ours.stores.referenceValues.create(tenant.name, 'twin', reference, NOW);
    const policyFor = async (named: string | null, taken: readonly string[] | null = null) => {
      const scope = { named, taken };
      const { outcome } = await findGrounds(ours.parts, tenant, bound(), { scope, chosen: null });
      return outcome.ok ? outcome.value.policy.name : outcome.refusal.code;
    };
    expect(await policyFor(null)).toBe('standard');
    expect(await policyFor('llm')).toBe('owned');
    expect(await policyFor('twin')).toBe('standard');
    expect(await policyFor(null, ['llm'])).toBe('owned');
    // Of a workload that the audience does not take, not even the policy is used.
    expect(await policyFor('llm', ['twin'])).toBe('standard');
    expect(await policyFor(null, ['nobody'])).toBe('standard');
  });
});
