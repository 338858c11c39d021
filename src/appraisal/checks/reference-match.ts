/** Comparing evidence with single reference values. */
import type { AppraisableEvidence } from '../../rats/evidence.js';
import type { ReferenceTee, ReferenceValue } from '../../rats/reference-value.js';

/** The field without which a value says nothing about the code that runs. */
const MANDATORY: Readonly<Record<ReferenceTee, string>> = { 'sev-snp': 'measurement', tdx: 'mrtd' };

export interface Comparison {
  readonly value: ReferenceValue;
  /** Fields whose values do not contain the evidence's; the mandatory one too when it is not asked for. */
  readonly mismatched: readonly string[];
  /** How many fields the value asks for. */
  readonly asked: number;
  /** Every field and the window. */
  readonly matches: boolean;
}

/** Both ends of the window belong to it. */
export function compareValue(value: ReferenceValue, evidence: AppraisableEvidence, at: Date): Comparison {
  const mandatory = MANDATORY[evidence.referenceTee];
  const fields = Object.keys(value.match);
  const asked = [mandatory, ...fields.filter((field) => field !== mandatory)];
  const mismatched = asked.filter((field) => !fieldMatches(value, evidence, field));
  const begun = value.notBefore === null || value.notBefore.getTime() <= at.getTime();
  const ended = value.notAfter !== null && value.notAfter.getTime() < at.getTime();
  const current = begun && !ended;
  return { value, mismatched, asked: asked.length, matches: mismatched.length === 0 && current };
}

function fieldMatches(value: ReferenceValue, evidence: AppraisableEvidence, field: string): boolean {
  if (!Object.hasOwn(value.match, field) || !Object.hasOwn(evidence.referenceFields, field)) return false;
  const observed = evidence.referenceFields[field];
  return observed !== undefined && (value.match[field] ?? []).includes(observed);
}

/** The value with the highest version; values without one keep their order. */
export function newestOf(compared: readonly Comparison[]): ReferenceValue | null {
  const newest = compared.reduce<Comparison | null>(
    (best, one) => (best === null || versionOf(one) > versionOf(best) ? one : best),
    null,
  );
  return newest?.value ?? null;
}

function versionOf({ value }: Comparison): number {
  return value.version ?? 0;
}
