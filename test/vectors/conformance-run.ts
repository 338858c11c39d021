/** Runs the real evidence of all TEEs through the pipeline and writes the page about it. */
import { runReports, type SnpRow, snpSection } from './conformance-snp.js';
import { runQuotes, type TdxRow, tdxSection } from './conformance-tdx.js';
import { type NegativeRow, negativeSection, runNegatives } from './negative-run.js';

/** Fewer would mean that the vectors were not found, or that entries are passed over. */
export const MINIMUM = { reports: 17, quotes: 14, negatives: 53 } as const;

export interface ConformanceRun {
  readonly reports: readonly SnpRow[];
  readonly quotes: readonly TdxRow[];
  readonly negatives: readonly NegativeRow[];
}

export async function runConformance(home: string): Promise<ConformanceRun> {
  return {
    reports: await runReports(home),
    quotes: await runQuotes(home),
    negatives: await runNegatives(home),
  };
}

/** What is wrong with the extent of a run, in a sentence; null: everything ran. */
export function shortfallOf(run: ConformanceRun): string | null {
  const { reports, quotes, negatives } = run;
  const enough =
    reports.length >= MINIMUM.reports &&
    quotes.length >= MINIMUM.quotes &&
    negatives.length >= MINIMUM.negatives;
  if (enough) return null;
  const wanted = `${MINIMUM.reports} reports, ${MINIMUM.quotes} quotes and ${MINIMUM.negatives} negatives`;
  return `Only ${extentOf(run)} ran; ${wanted} must.`;
}

/** `17 reports, 14 quotes and 53 negatives`. */
export function extentOf({ reports, quotes, negatives }: ConformanceRun): string {
  return `${reports.length} reports, ${quotes.length} quotes and ${negatives.length} negatives`;
}

/** The whole page, from a run. */
export function conformancePage(run: ConformanceRun): string {
  return [
    '# Conformance: genuine reports and quotes',
    '',
    '<!-- Made by scripts/conformance.mjs from a run. Do not edit. -->',
    '',
    `${run.reports.length} reports and ${run.quotes.length} quotes of real machines, published by others, judged under the policy \`standard\`, each with its own`,
    'report data. They are not part of this repository; the run reads them in place.',
    '',
    '"In the way" names the checks that keep genuine evidence from `affirming`.',
    '',
    ...snpSection(run.reports),
    '',
    ...tdxSection(run.quotes),
    '',
    ...negativeSection(run.negatives),
    '',
  ].join('\n');
}
