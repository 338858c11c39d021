/**
 * The shipped and the example policies on real evidence: exactly which of it each takes at its pinned instant, with
 * the evidence’s own measurements as reference value. Examples are held to evidence of their own provider.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { lintPolicy } from '../../src/appraisal/lint/lint.js';
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import { PROFILES } from '../../src/appraisal/profiles.js';
import { bytesOfHex } from '../../src/bytes/encoding.js';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { RegisteredPlatform } from '../../src/rats/platform.js';
import { type AppraisalPolicy, demandsOf } from '../../src/rats/policy.js';
import { parseEvidence, vendorFacts } from '../../src/tee/registry.js';
import {
  appraiseBound,
  authenticateBound,
  type BoundEvidence,
  type Verification,
} from '../../src/verifier/verify.js';
import { describeWithVectors } from '../vectors-home.js';
import { snpSamples } from './snp-samples.js';
import { offered, ownReference, tdxSamples } from './tdx-samples.js';

const AZURE = [
  'milan-v2-azure-aci',
  'milan-v2-azure-cvm',
  'milan-v3-azure-cvm-a',
  'milan-v3-azure-cvm-b',
  'genoa-v3-azure-cvm',
  'turin-v5-azure-fmc1',
  'milan-v3-azure-aci-a',
];
/** Behind AMD-SB-3020 and Intel’s recovery of 2024 at their instants; the second leaves SEPT_VE_DISABLE clear. */
const AZURE_BEHIND = ['milan-v3-azure-aci-b', 'v4-azure-hcl'];
const AZURE_TD = ['v4-azure-ita'];
const AWS = ['milan-v3-aws-vlek', 'milan-v2-aws-vlek-vmpl1'];
const GOOGLE = ['milan-v5-gcp', 'v4-gcp-cos-ccel'];
const GOOGLE_BEHIND = ['v4-onchain-gcp'];
const OWNED = ['milan-v2-baremetal', 'siena-v5-baremetal'];
const OWNED_TDS = ['v4-dstack-uptodate', 'v4-near-gas', 'v5-tdx15-a'];
const ELSEWHERE = ['genoa-v3-cert-table', 'milan-v3-oak-container'];
const BEHIND = ['genoa-v3-inference', 'v4-granite-rapids'];
/** Genuine, and open to a debugger: no policy takes them. */
const DEBUGGED = ['milan-v2-debug', 'v4-debug-td'];
/** Reach no level of their own TCB info: refused before a policy is asked. */
const UNSUPPORTED = ['v4-spr-e4', 'v5-azure-tcb-unmatched', 'v5-alibaba-a', 'v4-dstack-pck1'];
const OLD_TD = ['v4-edgeless-tdx10'];

const UP_TO_DATE_TDS = ['v4-gcp-cos-ccel', ...OWNED_TDS, ...OLD_TD];

/** What the profiles take of everything. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  standard: [...AZURE, 'milan-v5-gcp', ...OWNED, ...ELSEWHERE, ...UP_TO_DATE_TDS],
  strict: UP_TO_DATE_TDS,
  lab: [
    ...[...AZURE, ...AZURE_BEHIND, ...AZURE_TD, ...AWS, ...GOOGLE, ...GOOGLE_BEHIND, ...OWNED],
    ...[...OWNED_TDS, ...ELSEWHERE, ...BEHIND, ...OLD_TD],
  ],
};

/** All evidence of each provider that any policy could take. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  azure: [...AZURE, ...AZURE_BEHIND, ...AZURE_TD],
  aws: AWS,
  google: [...GOOGLE, ...GOOGLE_BEHIND],
  'bare-metal': [...OWNED, ...OWNED_TDS],
};

const OURS: RegisteredPlatform = { label: 'rack 7', owner: 'infrastructure' };

function exampleOf(name: string): AppraisalPolicy {
  const path = fileURLToPath(new URL(`../../../examples/policies/${name}.json`, import.meta.url));
  return parsePolicy(JSON.parse(readFileSync(path, 'utf8')));
}

type Judge = (policy: AppraisalPolicy, platform: RegisteredPlatform | null) => Promise<Verification>;

/** Every report and quote, by slug. */
function evidenceOf(home: string): ReadonlyMap<string, Judge> {
  const anchors = loadPinnedAnchors();
  const reports = snpSamples(home).map((sample): [string, Judge] => {
    const value = { workload: null, version: null, tee: 'sev-snp', covers: 'boot' } as const;
    const match = { measurement: [sample.expected.measurement] };
    const references = { given: true, candidates: [{ ...value, match, notBefore: null, notAfter: null }] };
    return [
      sample.slug,
      async (policy, platform) =>
        judged(
          await authenticateBound({
            evidence: parseEvidence('sev-snp', sample.report, [sample.leaf, sample.chain]),
            expectedReportData: bytesOfHex(sample.expected.report_data),
            endorsements: [],
            anchors,
            at: sample.pinned,
            revocation: 'best-effort',
            demands: demandsOf(policy),
          }),
          { policy, references, platform },
        ),
    ];
  });
  const quotes = tdxSamples(home).map((sample): [string, Judge] => [
    sample.slug,
    async (policy, platform) => {
      const evidence = parseEvidence('tdx', sample.quote, []);
      const bound = await authenticateBound({
        evidence,
        expectedReportData: bytesOfHex(sample.expected.report_data),
        endorsements: offered(sample.collateral, evidence.requirements),
        anchors,
        at: sample.pinned,
        revocation: 'required',
        demands: demandsOf(policy),
      });
      return judged(bound, { policy, references: ownReference(sample), platform });
    },
  ]);
  return new Map([...reports, ...quotes]);
}

function judged(
  bound: BoundEvidence | Verification,
  input: Parameters<typeof appraiseBound>[1],
): Verification {
  return 'verdict' in bound ? bound : appraiseBound(bound, input);
}

describeWithVectors('policies on real evidence', (home) => {
  const evidence = evidenceOf(home);

  async function takenBy(
    policy: AppraisalPolicy,
    slugs: readonly string[],
    platform: RegisteredPlatform | null,
  ) {
    const taken: string[] = [];
    for (const slug of slugs) {
      const verification = await evidence.get(slug)?.(policy, platform);
      if (verification === undefined) throw new TypeError(`no evidence ${slug}`);
      if (verification.verdict.authentic === true && verification.verdict.code === null) taken.push(slug);
    }
    return taken.sort();
  }

  test('all of it is spoken of below', () => {
    const known = [...(TAKEN.lab ?? []), ...DEBUGGED, ...UNSUPPORTED];
    expect([...evidence.keys()].sort()).toEqual([...known].sort());
  });

  test.each([...PROFILES.values()])('$name takes exactly what is listed', async (policy) => {
    const taken = await takenBy(policy, [...evidence.keys()], null);
    expect(taken).toEqual([...(TAKEN[policy.name] ?? [])].sort());
  });

  test.each(Object.entries(EXAMPLES))(
    'the example for %s takes all of its provider’s',
    async (name, slugs) => {
      expect(await takenBy(exampleOf(name), slugs, OURS)).toEqual([...slugs].sort());
    },
  );

  test('the example for bare metal takes nothing of machines that are not registered', async () => {
    const all = [...evidence.keys()];
    expect(await takenBy(exampleOf('bare-metal'), all, null)).toEqual([]);
    for (const slug of EXAMPLES['bare-metal'] ?? []) {
      const verification = await evidence.get(slug)?.(exampleOf('bare-metal'), null);
      expect([slug, verification?.verdict.code]).toEqual([slug, 'platform_not_registered']);
    }
  });

  test('examples keep out what is another provider’s', async () => {
    const all = [...evidence.keys()];
    expect(await takenBy(exampleOf('aws'), all, OURS)).toEqual([...AWS].sort());
    const google = await takenBy(exampleOf('google'), all, OURS);
    for (const slug of [...AWS, ...OWNED_TDS, ...DEBUGGED]) expect(google).not.toContain(slug);
    expect(await takenBy(exampleOf('azure'), AWS, OURS)).toEqual([]);
  });

  test('of a grace is told until when, and nothing of it is left at its end', async () => {
    for (const slug of [...AZURE_BEHIND, ...GOOGLE_BEHIND]) {
      const policy = exampleOf(GOOGLE_BEHIND.includes(slug) ? 'google' : 'azure');
      const { grace: _, ...common } = policy.common;
      const verification = await evidence.get(slug)?.(policy, null);
      expect([slug, verification?.appraisal?.graceUntil]).toEqual([
        slug,
        new Date(policy.common.grace?.until ?? ''),
      ]);
      const without = parsePolicy({ ...documentOf(policy), common });
      expect((await evidence.get(slug)?.(without, null))?.verdict.code).toMatch(/_tcb_status_not_accepted$/);
    }
  });
});

function documentOf({ digest: _, ...document }: AppraisalPolicy): object {
  return JSON.parse(JSON.stringify(document)) as object;
}

test('nothing is odd about the examples but that two graces are over', () => {
  const at = new Date('2026-11-20T12:00:00Z');
  const found = Object.keys(EXAMPLES).flatMap((name) =>
    lintPolicy(exampleOf(name), vendorFacts(at)).map(({ path, severity }) => `${name}: ${severity} ${path}`),
  );
  expect(found).toEqual(['azure: warning common.grace.until', 'google: warning common.grace.until']);
});
