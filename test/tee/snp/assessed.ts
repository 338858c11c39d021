/** Reports judged by the shipped table. */
import type { TcbAssessment } from '../../../src/rats/result.js';
import { BULLETINS } from '../../../src/tee/snp/bulletin-table.js';
import { assessTcb, type BulletinFinding, findingsOf } from '../../../src/tee/snp/bulletins.js';
import { NOW, productOf, type ReportOptions, sampleReport } from './sample-report.js';

export const ACTIVE = BULLETINS.rows.filter(({ state }) => state === 'active');

export function assess(options: ReportOptions = {}, at: Date = NOW): TcbAssessment {
  const product = productOf(options.processor ?? '19/01/1');
  return assessTcb({ report: sampleReport(options), product, table: BULLETINS, at });
}

/** What every bulletin of the table finds, by bulletin, whenever it was published. */
export function outcomes(options: ReportOptions = {}): ReadonlyMap<string, BulletinFinding> {
  const report = sampleReport(options);
  const product = productOf(options.processor ?? '19/01/1');
  const advisories = BULLETINS.rows.map(({ bulletin }) => bulletin);
  const findings = findingsOf({ report, product, table: BULLETINS, advisories });
  return new Map(findings.map((found) => [found.bulletin, found]));
}
