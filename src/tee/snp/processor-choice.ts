/** Which demands of a policy are made of the processor at hand: those by CPUID, and those by product line. */
import type { ProcessorChoice } from '../../rats/policy-snp.js';
import { lineOf, type ReportOfProduct } from './bulletins.js';
import { cpuidText } from './product.js';

export interface ChosenDemands<Demand> {
  readonly demands: readonly Demand[];
  /** CPUIDs that the processor may have, where the report does not say which it has. */
  readonly undecided: readonly string[];
}

/** A report without CPUID may be any stepping of its line, so demands on one of them cannot be passed over. */
export function demandsOn<Demand extends ProcessorChoice>(
  { report, product }: ReportOfProduct,
  list: readonly Demand[],
): ChosenDemands<Demand> {
  if (list.length === 0) return { demands: [], undecided: [] };
  const key = report.cpuid === null ? null : cpuidText(report.cpuid);
  const demands = list.filter((one) =>
    one.cpuid === undefined ? one.product === product : one.cpuid === key,
  );
  const undecided = list.flatMap(({ cpuid }) =>
    key === null && cpuid !== undefined && lineOf(cpuid) === product ? [cpuid] : [],
  );
  return { demands, undecided };
}

/** `processor 19/01/1`; without CPUID the product line. */
export function processorText({ report, product }: ReportOfProduct): string {
  return report.cpuid === null ? product : `processor ${cpuidText(report.cpuid)}`;
}
