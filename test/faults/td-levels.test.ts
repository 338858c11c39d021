/** Levels and modules that Intel’s documents do not vouch for: what no policy can make up for, and what one can. */
import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import { RefusalError } from '../../src/rats/refusal.js';
import type { Verdict } from '../../src/rats/result.js';
import { mintTd, type PolicyDocument, type TcbInfoPlan, type TdOptions } from '../../src/simulator/index.js';
import { simulatedIntel } from '../simulated-vendor.js';
import { failuresOf, judgeTd, SAME_TD } from './judgement.js';

const STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
];
const ANY_ATTRIBUTE = Object.fromEntries(
  ['icssd', 'servtd_ext', 'lass', 'sept_ve_disable', 'migratable', 'pks', 'kl', 'tpa', 'perfmon'].map(
    (name) => [name, 'any'],
  ),
);
/** Everything that a policy can let pass, at once. */
const WIDEST: PolicyDocument = {
  name: 'widest',
  common: { accepted_tcb_statuses: STATUSES, minimum_evaluation_number: 0 },
  tdx: { attributes: ANY_ATTRIBUTE },
};
/** `standard`, each status alone, and the widest. */
const POLICIES: readonly (PolicyDocument | null)[] = [
  null,
  ...STATUSES.map((status) => ({ name: 'one-status', common: { accepted_tcb_statuses: [status] } })),
  WIDEST,
];

type Options = Omit<TdOptions, 'at'>;

async function verdictOn(options: Options, policy: PolicyDocument | null = null): Promise<Verdict> {
  const intel = await simulatedIntel();
  return judgeTd(intel, await mintTd(intel, { ...SAME_TD, ...options }), { policy });
}

async function expectRefusedByAll(options: Options, code: string): Promise<void> {
  const intel = await simulatedIntel();
  const td = await mintTd(intel, { ...SAME_TD, ...options });
  for (const policy of POLICIES) {
    const verdict = await judgeTd(intel, td, { policy });
    expect(verdict).toMatchObject({ authentic: false, status: 'none', code, claims: null, tcb: null });
    expect(failuresOf(verdict)).toEqual([code]);
  }
}

const changedInfo = (change: (plan: TcbInfoPlan) => Partial<TcbInfoPlan>): Options => ({
  changes: { tcbInfo: (plan) => ({ ...plan, ...change(plan) }) },
});

describe('revoked_level_fails_under_every_policy', () => {
  test.each<[string, Options]>([
    ['of the platform', { level: 'Revoked' }],
    ['of the module', { module: { isvSvn: 3 } }],
    ['of the quoting enclave', { qeIsvSvn: 2 }],
    ['of the module now running', { quoteVersion: 5, runningModule: { isvSvn: 3 } }],
    ['of all of them', { level: 'Revoked', module: { isvSvn: 3 }, qeIsvSvn: 2 }],
  ])('%s', async (_whose, options) => {
    await expectRefusedByAll(options, 'tdx_tcb_revoked');
  });

  test('and no policy can say that it accepts one', () => {
    const document = {
      ...WIDEST,
      common: { ...WIDEST.common, accepted_tcb_statuses: [...STATUSES, 'Revoked'] },
    };
    const refused = (): string => {
      try {
        parsePolicy(document);
      } catch (error) {
        if (error instanceof RefusalError) return error.refusal.code;
        throw error;
      }
      return 'accepted';
    };
    expect(refused()).toBe('policy_invalid');
  });
});

describe('tdx_module_svn_below_identity_fails', () => {
  /** Module version, and the SVNs of its levels UpToDate, OutOfDate and Revoked. */
  const IDENTITIES = [
    [1, 5, 4, 3],
    [3, 4, 3, 2],
  ] as const;

  test.each(IDENTITIES)('module %i: below its last level nothing is supported', async (...numbers) => {
    const [major, upToDate, outOfDate, revoked] = numbers;
    for (const isvSvn of [upToDate, upToDate + 1, 255]) {
      const verdict = await verdictOn({ module: { major, isvSvn } });
      expect(verdict).toMatchObject({ status: 'affirming', tcb: { module: { status: 'UpToDate' } } });
    }
    const behind = { module: { major, isvSvn: outOfDate } };
    expect(await verdictOn(behind)).toMatchObject({
      status: 'contraindicated',
      code: 'tdx_tcb_status_not_accepted',
      tcb: { status: 'OutOfDate', platform: { status: 'UpToDate' }, module: { status: 'OutOfDate' } },
    });
    // The platform is UpToDate: it is the module alone that the policy has to take.
    expect(await verdictOn(behind, WIDEST)).toMatchObject({ status: 'warning', code: null });
    for (let isvSvn = 0; isvSvn < revoked; isvSvn += 1) {
      await expectRefusedByAll({ module: { major, isvSvn } }, 'tdx_tcb_not_supported');
    }
  });

  test('the floor is the document’s: where Intel raises it, a module falls below', async () => {
    const raised = changedInfo(({ moduleIdentities }) => ({
      moduleIdentities: (moduleIdentities ?? []).map((identity) => ({
        ...identity,
        levels: identity.levels.slice(0, 1).map((level) => ({ ...level, isvSvn: 6 })),
      })),
    }));
    await expectRefusedByAll({ ...raised, module: { isvSvn: 5 } }, 'tdx_tcb_not_supported');
    expect(await verdictOn({ ...raised, module: { isvSvn: 6 } })).toMatchObject({ status: 'affirming' });
  });

  test('a member of a module identity that nobody reads is refused, not dropped', async () => {
    const edit = (json: string) => json.replace('"id":"TDX_01"', '"id":"TDX_01","minimumSvn":9');
    const verdict = await verdictOn(changedInfo(() => ({ edit })));
    expect(verdict).toMatchObject({ authentic: null, code: 'collateral_malformed' });
  });
});

describe('unknown_module_identity_fails', () => {
  test.each([0x02, 0x04, 0x10, 0xff])('module version %i, which no identity names', async (major) => {
    await expectRefusedByAll({ module: { major, isvSvn: 255 } }, 'tdx_module_mismatch');
  });

  test('a document without identities vouches for module 1.0 alone, never by falling back to it', async () => {
    const without = changedInfo(() => ({ moduleIdentities: null }));
    await expectRefusedByAll(without, 'tdx_module_mismatch');
    await expectRefusedByAll({ ...without, module: { major: 3, isvSvn: 4 } }, 'tdx_module_mismatch');
    const first = { ...without, module: { major: 0, isvSvn: 5 } };
    expect(await verdictOn(first)).toMatchObject({ status: 'affirming', tcb: { module: null } });
  });

  test('a known version signed by somebody else', async () => {
    await expectRefusedByAll({ mrSignerSeam: new Uint8Array(48).fill(1) }, 'tdx_module_mismatch');
  });

  test('the module now running must be known as well', async () => {
    const options = { quoteVersion: 5, runningModule: { major: 2, isvSvn: 255 } } as const;
    await expectRefusedByAll(options, 'tdx_tcb_not_supported');
    const known = { quoteVersion: 5, runningModule: { major: 3, isvSvn: 4 } } as const;
    expect(await verdictOn(known)).toMatchObject({ status: 'affirming' });
  });
});
