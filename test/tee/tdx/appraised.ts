/** Sample TD reports appraised under a policy. */
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { CheckResult, JsonObject, TcbAssessment } from '../../../src/rats/result.js';
import { appraiseTdx } from '../../../src/tee/tdx/checks.js';
import type { Convergence } from '../../../src/tee/tdx/tcb-convergence.js';
import { type PckOptions, type ReportOptions, samplePck, sampleReport, TCB } from './sample-report.js';

/** What differs from the healthy TD under policy `standard`. */
export interface Case {
  readonly report?: ReportOptions;
  readonly pck?: PckOptions;
  readonly tcb?: Partial<TcbAssessment>;
  /** What the module now running would come to; left out: the quote does not say. */
  readonly current?: Convergence;
  readonly common?: JsonObject;
  readonly tdx?: JsonObject;
  readonly at?: Date;
  readonly revocationChecked?: boolean;
}

export function appraise({
  report = {},
  pck = {},
  tcb = {},
  current,
  common = {},
  tdx = {},
  at = new Date('2026-11-20T12:00:00Z'),
  revocationChecked = true,
}: Case = {}) {
  const appraisal = appraiseTdx({
    report: sampleReport(report),
    pck: samplePck(pck),
    tcb: { ...TCB, ...tcb },
    current: current ?? null,
    revocationChecked,
    at,
    policy: parsePolicy({ name: 'test', common, tdx }),
  });
  const failures = appraisal.checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
  const entry = (id: RefusalCode): CheckResult => {
    const found = appraisal.checks.find((check) => check.id === id);
    if (found === undefined) throw new TypeError(`no entry for ${id}`);
    return found;
  };
  return { ...appraisal, failures, entry };
}
