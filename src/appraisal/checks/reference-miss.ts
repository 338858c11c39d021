/**
 * Why no reference value matched, told by the nearest registered version: the one with the fewest fields that
 * differ, whatever has become of it, so that the reader sees what is missing and not a list of everything.
 */
import { failed, notRun, passed } from '../../rats/check.js';
import type { AppraisableEvidence } from '../../rats/evidence.js';
import type { Neighbour } from '../../rats/reference-value.js';
import type { CheckResult } from '../../rats/result.js';
import { codeOf, codesOf, MEASUREMENT } from './reference-codes.js';
import { lacksLog, logChecks } from './reference-events.js';
import { type Comparison, compareValue } from './reference-match.js';
import {
  differenceText,
  eventDifferences,
  expectedText,
  measuredText,
  nameOf,
  observedText,
} from './reference-text.js';

const SOURCE = 'reference values';
/** Where nothing at all was registered to compare with. */
const NONE = `${SOURCE}: none for this evidence`;

interface Nearest extends Comparison {
  readonly neighbour: Neighbour;
}

/** `neighbours`: newest first. */
export function explainMiss(
  evidence: AppraisableEvidence,
  neighbours: readonly Neighbour[],
  at: Date,
): CheckResult[] {
  const nearest = nearestOf(
    neighbours
      .filter(({ value }) => value.tee === evidence.referenceTee)
      .map((neighbour) => ({ ...compareValue(neighbour.value, evidence, at), neighbour })),
  );
  if (nearest === null) return explainNothing(evidence);
  return nearest.mismatched.length === 0
    ? explainWithdrawn(evidence, nearest, at)
    : explainDifference(evidence, nearest);
}

/** Of those that lack as little, one that shares something before one that shares nothing, then the newest. */
function nearestOf(compared: readonly Nearest[]): Nearest | null {
  return compared.reduce<Nearest | null>((best, one) => {
    if (best === null || one.mismatched.length < best.mismatched.length) return one;
    const alike = one.mismatched.length === best.mismatched.length;
    return alike && sharesNothing(best) && !sharesNothing(one) ? one : best;
  }, null);
}

function sharesNothing({ mismatched, asked }: Nearest): boolean {
  return mismatched.length === asked;
}

function explainNothing(evidence: AppraisableEvidence): CheckResult[] {
  const nothing = failed(MEASUREMENT, NONE, {
    expected: 'an active reference value; there is none',
    observed: measuredText(evidence),
    remedy:
      'Register the values measured here as a version of the workload and activate it, if this is what was meant to run.',
  });
  return [
    nothing,
    ...othersNotRun(evidence, NONE, 'there is no active reference value'),
    ...logChecks(evidence, null, NONE),
  ];
}

/** It would match, if it counted. */
function explainWithdrawn(evidence: AppraisableEvidence, nearest: Nearest, at: Date): CheckResult[] {
  const source = `${SOURCE}: ${nameOf(nearest.value)}`;
  const difference = differenceText(nearest.neighbour, [], nearest.asked);
  const facts = {
    expected: `an active version within its dates; the evidence ${difference}`,
    observed: `${measuredText(evidence)}, judged at ${at.toISOString()}`,
    remedy: withdrawnRemedy(nearest, at),
  };
  const why = `${nameOf(nearest.value)} does not count`;
  return [
    failed(MEASUREMENT, source, facts),
    ...othersNotRun(evidence, source, why),
    ...logChecks(evidence, null, source),
  ];
}

function withdrawnRemedy({ value, neighbour: { standing } }: Nearest, at: Date): string {
  const name = nameOf(value);
  switch (standing.state) {
    case 'draft':
      return `Activate ${name}, if it is what was meant to run.`;
    case 'retired':
      return `Start what an active version describes; if the retirement was a mistake, register the values of ${name} as a new version.`;
    case 'revoked':
      return `Start what an active version describes: ${name} was declared never to count again. Find out why this machine still runs it.`;
    default:
      return value.notBefore !== null && at < value.notBefore
        ? `Wait until ${name} counts, or register its values as a new version that begins earlier.`
        : `Start what an active version describes, or register the values of ${name} as a new version that ends later.`;
  }
}

function explainDifference(evidence: AppraisableEvidence, nearest: Nearest): CheckResult[] {
  const { value, neighbour, mismatched, asked } = nearest;
  const source = `${SOURCE}: nearest is ${nameOf(value)}`;
  const difference = differenceText(neighbour, mismatched, asked);
  // Of a version that does not count, a log would not help.
  const counts = neighbour.standing.state === 'active';
  const answering = (field: string) =>
    !counts && lacksLog(evidence, field) ? MEASUREMENT : codeOf(evidence, field);
  const checks = codesOf(evidence).map((code) => {
    const fields = mismatched.filter((field) => answering(field) === code);
    const wanted = Object.keys(value.match).filter((field) => answering(field) === code);
    if (fields.length > 0) {
      const told = [difference, ...eventDifferences(value, evidence, fields)];
      return failed(code, source, {
        expected: `${expectedText(value, fields)} (${told.join('; ')})`,
        observed: observedText(evidence, fields),
      });
    }
    if (wanted.length === 0) return notRun(code, source, `${nameOf(value)} does not ask for it`);
    return passed(code, source, {
      expected: expectedText(value, wanted),
      observed: observedText(evidence, wanted),
    });
  });
  return [...checks, ...logChecks(evidence, counts ? value : null, source)];
}

function othersNotRun(evidence: AppraisableEvidence, source: string, why: string): CheckResult[] {
  const others = codesOf(evidence).filter((code) => code !== MEASUREMENT);
  return others.map((code) => notRun(code, source, why));
}
