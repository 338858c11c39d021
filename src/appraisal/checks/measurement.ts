/**
 * Reference values (golden measurements) against what was measured: exact fields, ANDed; the values of one
 * field ORed. Nothing is matched by prefix or pattern.
 */
import { failed, notRun, passed } from '../../rats/check.js';
import type { AppraisableEvidence } from '../../rats/evidence.js';
import { onceFor, onceForEach } from '../../rats/once.js';
import type { Covers, Neighbour, ReferenceQuery, ReferenceValue } from '../../rats/reference-value.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';
import { type Coverage, coverageOf } from './coverage.js';
import { codeOf, codesOf, MEASUREMENT } from './reference-codes.js';
import { logChecks } from './reference-events.js';
import { type Comparison, compareValue, newestOf } from './reference-match.js';
import { explainMiss } from './reference-miss.js';
import { expectedText, measuredText, nameOf, observedText } from './reference-text.js';

export interface ReferenceFinding {
  /** The newest matching version of the one workload that matches. */
  readonly matched: ReferenceValue | null;
  /** How much of what runs it speaks for; null without a match. */
  readonly covers: Covers | null;
  readonly checks: readonly CheckResult[];
}

/** Nothing matched. */
const UNMATCHED = { matched: null, covers: null } as const;

const SOURCE = 'reference values';
/** The check that did not run names no version: there is none. */
const NOT_GIVEN = `${SOURCE}: none given`;

export function appraiseReferences(
  evidence: AppraisableEvidence,
  references: ReferenceQuery,
  at: Date,
): ReferenceFinding {
  if (!references.given) return { ...UNMATCHED, checks: explainNothingGiven(evidence) };
  const matches = references.candidates
    .filter(({ tee }) => tee === evidence.referenceTee)
    .map((value) => compareValue(value, evidence, at))
    .filter(({ matches }) => matches);
  const workloads = [...new Set(matches.map(({ value }) => value.workload))];
  if (workloads.length > 1) return { ...UNMATCHED, checks: explainAmbiguity(evidence, matches, workloads) };
  const matched = newestOf(matches);
  if (matched === null) {
    return { ...UNMATCHED, checks: explainMiss(evidence, neighboursOf(references), at) };
  }
  const coverage = coverageOf(matched, evidence);
  return { matched, covers: coverage.covers, checks: explainMatch(evidence, matched, coverage) };
}

/** What was compared and did not match explains as well as what was registered beside it. */
function neighboursOf({ candidates, neighbours = [] }: ReferenceQuery): readonly Neighbour[] {
  return [...candidates.map((value) => ({ value, standing: { state: 'active' } as const })), ...neighbours];
}

function explainNothingGiven(evidence: AppraisableEvidence): CheckResult[] {
  const why = `nothing to compare with: no reference values were given; measured ${measuredText(evidence)}`;
  const remedy = 'Give reference values (`--reference-values`, or a workload that has them) to compare with.';
  const checks = codesOf(evidence).map((code) =>
    notRun(code, NOT_GIVEN, why, code === MEASUREMENT ? { remedy } : {}),
  );
  return [...checks, ...logChecks(evidence, null, NOT_GIVEN)];
}

function explainMatch(
  evidence: AppraisableEvidence,
  matched: ReferenceValue,
  { remedy }: Coverage,
): CheckResult[] {
  const { source, covers, unasked, fieldsOf } = wordsOf(matched);
  const checks = codesOf(evidence).map((code) => {
    const { fields, expected } = fieldsOf(evidence, code);
    if (fields.length === 0) return unasked(code);
    const observed = observedText(evidence, fields);
    return passed(code, covers, {
      expected,
      observed,
      ...(code === MEASUREMENT && remedy !== null ? { remedy } : {}),
    });
  });
  return [...checks, ...logChecks(evidence, matched, source)];
}

/** The words of entries about a value that matches, as far as they are the value's own. */
const wordsOf = onceFor((matched: ReferenceValue) => {
  const name = nameOf(matched);
  const source = `${SOURCE}: ${name}`;
  const asked = Object.keys(matched.match);
  const expected = onceForEach(64, (fields: string) => expectedText(matched, fields.split(' ')));
  return {
    source,
    covers: `${source}, covers ${matched.covers}`,
    unasked: onceForEach(64, (code: RefusalCode) =>
      Object.freeze(notRun(code, source, `${name} does not ask for it`)),
    ),
    fieldsOf(evidence: AppraisableEvidence, code: RefusalCode) {
      const fields = asked.filter((field) => codeOf(evidence, field) === code);
      return { fields, expected: fields.length === 0 ? '' : expected(fields.join(' ')) };
    },
  };
});

function explainAmbiguity(
  evidence: AppraisableEvidence,
  matches: readonly Comparison[],
  workloads: readonly (string | null)[],
): CheckResult[] {
  const observed = `matches ${workloads.map((name) => name ?? 'a value without workload').join(', ')}`;
  const [first] = matches;
  return [
    ...(first === undefined ? [] : explainMatch(evidence, first.value, coverageOf(first.value, evidence))),
    failed('workload_ambiguous', `${SOURCE}: all that match`, {
      expected: 'one matching workload',
      observed,
    }),
  ];
}
