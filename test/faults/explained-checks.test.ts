/** Every check of the simulator's faults and of the guests without them explains itself. */

import { beforeAll, describe, expect, test } from '@jest/globals';
import { notRun, passed } from '../../src/rats/check.js';
import { REFUSALS, type RefusalCode } from '../../src/rats/refusal.js';
import type { CheckResult, Verdict } from '../../src/rats/result.js';
import {
  FAULTS,
  faultOf,
  PRODUCTS,
  type SimulatedAmd,
  type SimulatedIntel,
  TD_FAULTS,
} from '../../src/simulator/index.js';
import { challengeChecks } from '../../src/verifier/binding-checks.js';
import { denialOf, oversize } from '../../src/verifier/denial.js';
import { audienceOf } from '../audience.js';
import { simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { mistakesIn } from './explained-checks.js';
import { judge, judgeTd, mintPair, mintTdPair } from './judgement.js';

let amd: SimulatedAmd;
let intel: SimulatedIntel;
beforeAll(async () => {
  [amd, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
});

function expectExplained(fault: RefusalCode, verdict: Verdict, twin: Verdict): void {
  expect(verdict.checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id)).toContain(fault);
  expect([...verdict.checks, ...twin.checks].flatMap(mistakesIn)).toEqual([]);
}

async function expectSnp(fault: RefusalCode, options: Parameters<typeof mintPair>[2]): Promise<void> {
  const { faulted, twin } = await mintPair(amd, fault, options);
  const { policy } = faulted;
  expectExplained(fault, await judge(amd, faulted, { policy }), await judge(amd, twin, { policy }));
}

describe.each(PRODUCTS)('every check explains itself on %s', (product) => {
  test.each(FAULTS)('under %s and without', (fault) => expectSnp(fault, { product }));
});

describe('every check explains itself under a VLEK', () => {
  const either = FAULTS.filter((code) => faultOf(code).clean?.signingKey === undefined);
  test.each(either)('under %s and without', (fault) =>
    expectSnp(fault, { product: 'Genoa', signingKey: 'VLEK' }),
  );
});

describe('every check explains itself of a TD', () => {
  test.each(TD_FAULTS)('under %s and without', async (fault) => {
    const { faulted, twin } = await mintTdPair(intel, fault, {});
    const { policy } = faulted;
    expectExplained(fault, await judgeTd(intel, faulted, { policy }), await judgeTd(intel, twin, { policy }));
  });
});

test('what an audience and a challenge add explains itself too', async () => {
  const audience = audienceOf('vault', { workloads: ['other'] });
  const { faulted, twin } = await mintPair(amd, 'measurement_not_allowed', {});
  const verdict = await judge(amd, faulted);
  const warned = await judge(amd, twin, { references: { given: false, candidates: [] } });
  expect([verdict.status, warned.status]).toEqual(['contraindicated', 'warning']);
  const appraisal = { tier: 'warning', vector: {}, checks: [], code: null, graceUntil: null } as const;
  const matched = {
    workload: 'other',
    version: 1,
    tee: 'sev-snp',
    covers: 'boot',
    match: {},
    notBefore: null,
    notAfter: null,
  } as const;
  const denials = [
    denialOf(
      {
        verdict,
        authenticated: null,
        refusal: null,
        lacking: [],
        appraisal: { ...appraisal, matched: null },
      },
      { audience, matchedElsewhere: true },
    ),
    denialOf(
      {
        verdict: warned,
        authenticated: null,
        refusal: null,
        lacking: [],
        appraisal: { ...appraisal, matched },
      },
      { audience, matchedElsewhere: false },
    ),
  ];
  const warnedOnly = { verdict: warned, authenticated: null, refusal: null, lacking: [], appraisal: null };
  denials.push(oversize(warnedOnly, audience, audience.maxTokenBytes + 1));
  expect(denials.map((denial) => denial?.code)).toEqual([
    'workload_not_allowed',
    'status_below_minimum',
    'token_too_large',
  ]);
  const checks = [...challengeChecks(), ...denials.flatMap((denial) => denial?.checks ?? [])];
  expect(checks.flatMap(mistakesIn)).toEqual([]);
});

test('every remedy of the table begins with an action', () => {
  const found = REFUSALS.flatMap(({ code, remedy }) =>
    mistakesIn({ ...passed(code, 'RFC 9334, section 8.2', { expected: 'a', observed: 'a' }), remedy }),
  );
  expect(found).toEqual([]);
});

describe('an entry is refused', () => {
  const good: CheckResult = {
    id: 'snp_policy_debug',
    outcome: 'fail',
    expected: 'debug clear',
    observed: 'debug set',
    source: 'AMD 56860, section 7.3, ATTESTATION_REPORT.POLICY',
    remedy: 'Launch the guest again.',
  };
  test('unless it lacks nothing', () => {
    expect(mistakesIn(good)).toEqual([]);
    expect(mistakesIn(notRun('snp_policy_debug', good.source, 'no report'))).toEqual([]);
  });
  test.each<[string, Partial<CheckResult>]>([
    ['nothing was expected', { expected: null }],
    ['nothing was expected in particular', { expected: ' ' }],
    ['nothing was observed', { observed: '' }],
    ['a program’s nothing was observed', { observed: 'debug undefined' }],
    ['the source is a title', { source: 'AMD 56860' }],
    ['the source is a title and a field', { source: 'AMD 56860, POLICY' }],
    ['one of two sources has no place', { source: 'RFC 5280, section 5; AMD 57230' }],
    ['nothing is to be done', { remedy: null }],
    ['the remedy begins with a complaint', { remedy: 'The guest is debuggable.' }],
  ])('where %s', (_why, change) => {
    expect(mistakesIn({ ...good, ...change })).toHaveLength(1);
  });
});
