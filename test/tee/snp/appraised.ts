/** Sample reports appraised under a policy. */
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { CheckResult, JsonObject, TcbAssessment } from '../../../src/rats/result.js';
import { BULLETINS } from '../../../src/tee/snp/bulletin-table.js';
import { assessTcb } from '../../../src/tee/snp/bulletins.js';
import { appraiseSnp } from '../../../src/tee/snp/checks.js';
import type { SnpSigner } from '../../../src/tee/snp/signer.js';
import { NOW, productOf, type ReportOptions, sampleReport, VCEK } from './sample-report.js';

/** What differs from the healthy Milan guest under policy `standard`. */
export interface Case {
  readonly report?: ReportOptions;
  readonly signer?: SnpSigner;
  readonly common?: JsonObject;
  readonly snp?: JsonObject;
  readonly at?: Date;
  readonly tcb?: Partial<TcbAssessment>;
}

export function appraise({
  report = {},
  signer = VCEK,
  common = {},
  snp = {},
  at = NOW,
  tcb = {},
}: Case = {}) {
  const decoded = sampleReport(report);
  const product = productOf(report.processor ?? '19/01/1');
  const assessed = { ...assessTcb({ report: decoded, product, table: BULLETINS, at }), ...tcb };
  const policy = parsePolicy({ name: 'test', common, snp });
  const appraisal = appraiseSnp({
    report: decoded,
    product,
    signer,
    tcb: assessed,
    table: BULLETINS,
    at,
    policy,
  });
  const failures = appraisal.checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
  const entry = (id: RefusalCode): CheckResult => {
    const found = appraisal.checks.find((check) => check.id === id);
    if (found === undefined) throw new TypeError(`no entry for ${id}`);
    return found;
  };
  return { ...appraisal, failures, entry };
}
