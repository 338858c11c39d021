/** Policies of a tenant and those that ship, as one book. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import type { JsonObject } from '../../src/rats/result.js';
import {
  createPolicyBook,
  type PolicyBook,
  type PolicyFinding,
  WITHHELD_IN_PRODUCTION,
} from '../../src/verifier/policy-book.js';
import { type Engine, openPgliteEngine } from '../contract/engine.js';
import { refusalCodeOf } from '../contract/refused.js';
import { makeTenant, NOW } from '../contract/samples.js';

const LAB = parsePolicy({ name: 'lab' });
const PAGE = { limit: 200, cursor: null };

let engine: Engine;
let tenant = '';
beforeAll(async () => {
  engine = await openPgliteEngine();
}, 60_000);
afterAll(() => engine.close());
beforeEach(async () => {
  tenant = await makeTenant(engine.stores);
});

function bookWith(
  changes: {
    readonly withheld?: ReadonlyMap<string, string>;
    readonly findings?: readonly PolicyFinding[];
  } = {},
): PolicyBook {
  return createPolicyBook({
    store: engine.stores.policies,
    shipped: [STANDARD_POLICY, LAB],
    withheld: changes.withheld ?? new Map(),
    lint: async () => changes.findings ?? [],
  });
}

const plain = (document: JsonObject = {}, activate = true) => ({ document, activate });

describe('what comes in', () => {
  test('an error of the lint refuses with path and reason; a warning comes with what was made', async () => {
    const warning: PolicyFinding = { severity: 'warning', path: 'snp.vmpl', reason: 'asks nothing' };
    const error: PolicyFinding = { severity: 'error', path: 'snp.chips_allowed', reason: 'is empty' };
    const strict = bookWith({ findings: [warning, error] });
    await expect(strict.create(tenant, 'own', plain(), NOW)).rejects.toThrow(
      'policy_invalid: The policy is not valid: snp.chips_allowed: is empty.',
    );
    const { warnings } = await bookWith({ findings: [warning] }).create(tenant, 'own', plain(), NOW);
    expect(warnings).toEqual([{ path: 'snp.vmpl', reason: 'asks nothing' }]);
    expect(await refusalCodeOf(strict.addVersion(tenant, 'own', plain(), NOW))).toBe('policy_invalid');
  });

  test('a document that says its number must say the one it gets', async () => {
    const book = bookWith();
    await book.create(tenant, 'own', plain({ name: 'own', version: 1 }), NOW);
    const stale = book.addVersion(tenant, 'own', plain({ version: 1 }), NOW);
    await expect(stale).rejects.toThrow('this becomes version 2');
    const { version } = await book.addVersion(tenant, 'own', plain({ version: 2 }), NOW);
    expect(version.digest).toBe(parsePolicy({ name: 'own', version: 2 }).digest);
    expect(version.document.name).toBeUndefined();
    expect(version.document.version).toBeUndefined();
  });
});

describe('what applies', () => {
  test('is the version in force, with the digest that it was kept under', async () => {
    const book = bookWith();
    const { version } = await book.create(tenant, 'own', plain({ snp: { minimum_guest_svn: 7 } }), NOW);
    const { outcome } = await book.find(tenant, { name: 'own', version: null });
    expect(outcome).toMatchObject({
      ok: true,
      value: { name: 'own', version: 1, digest: version.digest, snp: { minimum_guest_svn: 7 } },
    });
    // Read once, the same policy is the same object: what was made ready of it is not made again.
    const again = await book.find(tenant, { name: 'own', version: 1 });
    expect(again.outcome.ok && outcome.ok && again.outcome.value === outcome.value).toBe(true);
  });

  test('a version that this build cannot read is a fault, and never another policy', async () => {
    const book = bookWith();
    await book.create(tenant, 'own', plain(), NOW);
    const broken = `UPDATE policy_versions SET document = '{"snp": {"vmpl": [9]}}' WHERE tenant = $1`;
    await engine.administer(broken, [tenant]);
    const found = bookWith().find(tenant, { name: 'own', version: null });
    await expect(found).rejects.toThrow(/cannot read version 1 of the policy own: policy_invalid/);
  });

  test('a shipped one by name, and by its own number only', async () => {
    const book = bookWith();
    const codeOf = async (name: string, version: number | null) => {
      const { outcome } = await book.find(tenant, { name, version });
      return outcome.ok ? `${outcome.value.name}@${outcome.value.version}` : outcome.refusal.code;
    };
    expect(await codeOf('standard', null)).toBe('standard@1');
    expect(await codeOf('standard', 1)).toBe('standard@1');
    expect(await codeOf('standard', 2)).toBe('policy_unknown');
    expect(await codeOf('absent', null)).toBe('policy_unknown');
    await book.addVersion(tenant, 'standard', plain(), NOW);
    expect(await codeOf('standard', null)).toBe('standard@2');
    expect(await codeOf('standard', 1)).toBe('standard@1');
  });

  test('a tenant that had a name before it shipped keeps its own first version', async () => {
    const before = createPolicyBook({
      store: engine.stores.policies,
      shipped: [STANDARD_POLICY],
      withheld: new Map(),
      lint: async () => [],
    });
    const { version } = await before.create(tenant, 'lab', plain({ snp: { vmpl: [3] } }), NOW);
    const book = bookWith();
    const { outcome } = await book.find(tenant, { name: 'lab', version: 1 });
    expect(outcome).toMatchObject({ ok: true, value: { digest: version.digest } });
    expect(await book.getVersion(tenant, 'lab', 1)).toMatchObject({ digest: version.digest });
    expect((await book.listVersions(tenant, 'lab', PAGE)).items).toHaveLength(1);
  });
});

describe('`lab` in production', () => {
  const production = () => bookWith({ withheld: WITHHELD_IN_PRODUCTION });

  test('is refused in words wherever it could be used, and not offered', async () => {
    const book = production();
    for (const version of [null, 1]) {
      const { outcome } = await book.find(tenant, { name: 'lab', version });
      expect(outcome).toMatchObject({
        ok: false,
        refusal: { code: 'policy_unknown', detail: expect.stringContaining('runs in production') },
      });
    }
    for (const attempt of [
      book.create(tenant, 'lab', plain(), NOW),
      book.addVersion(tenant, 'lab', plain(), NOW),
      book.activate(tenant, 'lab', 1, NOW),
    ]) {
      await expect(attempt).rejects.toThrow(/policy_unknown: .*runs in production/);
    }
    expect(await book.get(tenant, 'lab')).toBeNull();
    expect(await book.getVersion(tenant, 'lab', 1)).toBeNull();
    expect((await book.list(tenant, PAGE)).items.map(({ name }) => name)).toEqual(['standard']);
  });

  test('is refused for a workload that it was chosen for elsewhere', async () => {
    const workload = { name: 'llm', description: null, policy: 'lab', createdAt: NOW };
    await engine.stores.workloads.create(tenant, workload);
    const question = { workload: 'llm', otherwise: 'standard' };
    expect((await bookWith().find(tenant, question)).outcome).toMatchObject({
      ok: true,
      value: { name: 'lab' },
    });
    expect((await production().find(tenant, question)).outcome).toMatchObject({
      ok: false,
      refusal: { code: 'policy_unknown' },
    });
  });
});
