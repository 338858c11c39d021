/** Each fault of a TD earns its refusal code and no other, and the same TD without it is accepted. */
import { describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { Verdict } from '../../src/rats/result.js';
import { TD_FAULTS, type TdOptions, tdFaultOf } from '../../src/simulator/index.js';
import { simulatedIntel } from '../simulated-vendor.js';
import { authenticAfter, failuresOf, idsOf, judgeTd, mintTdPair, tdReferencesOf } from './judgement.js';

/** Where the fault is that there is no log, nothing looked at one either. */
const ABOUT_LOGS: readonly string[] = [
  'event_log_malformed',
  'event_log_replay_mismatch',
  'event_digest_mismatch',
];

const outcomesWithout = ({ checks }: Verdict, code: RefusalCode) =>
  checks
    .filter(({ id }) => id !== code && !(code === 'event_log_required' && ABOUT_LOGS.includes(id)))
    .map(({ id, outcome }) => `${id} ${outcome}`);

async function expectFault(fault: RefusalCode, options: Parameters<typeof mintTdPair>[2]): Promise<void> {
  const intel = await simulatedIntel();
  const { faulted, twin } = await mintTdPair(intel, fault, options);
  expect(twin.expected).toEqual(faulted.expected);
  const { policy } = faulted;
  const references = tdReferencesOf(faulted);

  const accepted = await judgeTd(intel, twin, { policy, references });
  expect(accepted).toMatchObject({ authentic: true, status: 'affirming', code: null, simulated: true });
  expect(failuresOf(accepted)).toEqual([]);

  const verdict = await judgeTd(intel, faulted, { policy, references });
  const authentic = authenticAfter(fault);
  expect(verdict).toMatchObject({
    authentic,
    status: authentic === true ? 'contraindicated' : 'none',
    code: fault,
  });
  expect(failuresOf(verdict)).toEqual([fault]);
  expect(verdict.claims === null).toBe(authentic !== true);
  // Whatever the verdict: every row of the procedure has its entry, passed or not or not run.
  if (verdict.stage !== 'parse') expect(idsOf(verdict)).toEqual(idsOf(accepted));
  // Of a genuine TD everything else is judged as if the fault were not there.
  if (authentic === true) expect(outcomesWithout(verdict, fault)).toEqual(outcomesWithout(accepted, fault));
}

const FORMS = [
  { quoteVersion: 4, bodyType: 2 },
  { quoteVersion: 5, bodyType: 3 },
] as const satisfies readonly Partial<TdOptions>[];

describe.each(FORMS.flatMap((form) => (['platform', 'processor'] as const).map((ca) => ({ ...form, ca }))))(
  'in quote version $quoteVersion under the $ca CA',
  (options) => {
    // A fault that shows in one form or under one authority alone is judged there.
    const fitting = TD_FAULTS.filter((code) => {
      const { clean = {} } = tdFaultOf(code);
      return (
        (clean.ca ?? options.ca) === options.ca &&
        (clean.quoteVersion ?? options.quoteVersion) === options.quoteVersion
      );
    });
    test.each(fitting)('%s is earned by its fault alone', (fault) => expectFault(fault, options));
  },
);

test('every fault is judged in one form at least', () => {
  const bound = TD_FAULTS.filter((code) => {
    const { ca, quoteVersion } = tdFaultOf(code).clean ?? {};
    return ca !== undefined || quoteVersion !== undefined;
  });
  expect(bound.sort()).toEqual(['tdx_platform_not_allowed', 'tdx_service_td_not_allowed']);
});
