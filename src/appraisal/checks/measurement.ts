/**
 * Reference values (golden measurements) against what was measured: exact fields, ANDed; the values of one
 * field ORed. Nothing is matched by prefix or pattern.
 */
import { failed, notRun, passed } from '../../rats/check.js';
import type { AuthenticatedEvidence } from '../../rats/evidence.js';
import type { ReferenceQuery, ReferenceTee, ReferenceValue } from '../../rats/reference-value.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';
import { type Comparison, compareValue, nearestOf, newestOf } from './reference-match.js';

export interface ReferenceFinding {
  /** The newest matching version of the one workload that matches. */
  readonly matched: ReferenceValue | null;
  readonly checks: readonly CheckResult[];
}

/** Fields with a code of their own; all others are measurements. */
const FIELD_CODES: Readonly<Record<ReferenceTee, Readonly<Record<string, RefusalCode>>>> = {
  'sev-snp': {
    host_data: 'host_data_mismatch',
    id_key_digest: 'snp_id_key_not_trusted',
    author_key_digest: 'snp_author_key_not_trusted',
    family_id: 'snp_guest_svn_below_minimum',
    image_id: 'snp_guest_svn_below_minimum',
  },
  tdx: {},
};

const MEASUREMENT: RefusalCode = 'measurement_not_allowed';
const SOURCE = 'reference values';
/** A cloud's firmware is the same in every tenant's machine: it does not say what was booted. */
const FIRMWARE_ONLY =
  'The values that matched cover the firmware only, which does not say what it booted: register values that cover the boot (`covers: boot`), or let the audience take `warning`.';
/** Values of one field that a sentence still bears. */
const SHOWN = 4;

export function appraiseReferences(
  evidence: AuthenticatedEvidence,
  references: ReferenceQuery,
  at: Date,
): ReferenceFinding {
  if (!references.given) {
    const why = `nothing to compare with: no reference values were given; measured ${evidence.measurement}`;
    const remedy =
      'Give reference values (`--reference-values`, or a workload that has them) to compare with.';
    return {
      matched: null,
      checks: codesOf(evidence).map((code) =>
        notRun(code, SOURCE, why, code === MEASUREMENT ? { remedy } : {}),
      ),
    };
  }
  const compared = references.candidates
    .filter(({ tee }) => tee === evidence.referenceTee)
    .map((value) => compareValue(value, evidence, at));
  const matches = compared.filter(({ matches }) => matches);
  const workloads = [...new Set(matches.map(({ value }) => value.workload))];
  if (workloads.length > 1) return { matched: null, checks: explainAmbiguity(evidence, matches, workloads) };
  const matched = newestOf(matches);
  if (matched !== null) return { matched, checks: explainMatch(evidence, matched) };
  return { matched: null, checks: explainMismatch(evidence, nearestOf(compared), at) };
}

/** Every code that a reference value for this evidence could fail. */
function codesOf(evidence: AuthenticatedEvidence): RefusalCode[] {
  const fields = Object.keys(evidence.referenceFields);
  return [...new Set([MEASUREMENT, ...fields.map((field) => codeOf(evidence.referenceTee, field))])];
}

function codeOf(tee: ReferenceTee, field: string): RefusalCode {
  const codes = FIELD_CODES[tee];
  return Object.hasOwn(codes, field) ? (codes[field] ?? MEASUREMENT) : MEASUREMENT;
}

function explainMatch(evidence: AuthenticatedEvidence, matched: ReferenceValue): CheckResult[] {
  return codesOf(evidence).map((code) => {
    const fields = Object.keys(matched.match).filter((field) => codeOf(matched.tee, field) === code);
    if (fields.length === 0) return notRun(code, SOURCE, `${nameOf(matched)} does not ask for it`);
    const facts = {
      expected: expectedText(matched, fields),
      observed: observedText(evidence, fields),
      ...(code === MEASUREMENT && matched.covers === 'firmware' ? { remedy: FIRMWARE_ONLY } : {}),
    };
    return passed(code, `${SOURCE}: ${nameOf(matched)}, covers ${matched.covers}`, facts);
  });
}

function explainAmbiguity(
  evidence: AuthenticatedEvidence,
  matches: readonly Comparison[],
  workloads: readonly (string | null)[],
): CheckResult[] {
  const observed = `matches ${workloads.map((name) => name ?? 'a value without workload').join(', ')}`;
  const [first] = matches;
  return [
    ...(first === undefined ? [] : explainMatch(evidence, first.value)),
    failed('workload_ambiguous', SOURCE, { expected: 'one matching workload', observed }),
  ];
}

/** Against the nearest value, so that the reader sees what is missing and not a list of everything. */
function explainMismatch(
  evidence: AuthenticatedEvidence,
  nearest: Comparison | null,
  at: Date,
): CheckResult[] {
  if (nearest === null) {
    const observed = evidence.measurement;
    const none = failed(MEASUREMENT, SOURCE, {
      expected: 'an active reference value; there is none',
      observed,
    });
    const others = codesOf(evidence).filter((code) => code !== MEASUREMENT);
    return [none, ...others.map((code) => notRun(code, SOURCE, 'there is no active reference value'))];
  }
  const { value, mismatched } = nearest;
  const source = `${SOURCE}: nearest is ${nameOf(value)}`;
  if (mismatched.length === 0) {
    const facts = { expected: windowText(value), observed: `judged at ${at.toISOString()}` };
    return [failed(MEASUREMENT, source, facts)];
  }
  return codesOf(evidence).map((code) => {
    const fields = mismatched.filter((field) => codeOf(value.tee, field) === code);
    const asked = Object.keys(value.match).filter((field) => codeOf(value.tee, field) === code);
    if (fields.length > 0) {
      return failed(code, source, {
        expected: expectedText(value, fields),
        observed: observedText(evidence, fields),
      });
    }
    if (asked.length === 0) return notRun(code, source, `${nameOf(value)} does not ask for it`);
    return passed(code, source, {
      expected: expectedText(value, asked),
      observed: observedText(evidence, asked),
    });
  });
}

function nameOf(value: ReferenceValue): string {
  const version = value.version === null ? 'the given value' : `version ${value.version}`;
  return value.workload === null ? version : `${version} of ${value.workload}`;
}

function windowText(value: ReferenceValue): string {
  const from = value.notBefore === null ? [] : [`from ${value.notBefore.toISOString()}`];
  const until = value.notAfter === null ? [] : [`until ${value.notAfter.toISOString()}`];
  return `${nameOf(value)} counts only ${[...from, ...until].join(' ')}`;
}

function expectedText(value: ReferenceValue, fields: readonly string[]): string {
  return perField(fields, (field) => {
    const values = value.match[field] ?? [];
    const more = values.length > SHOWN ? [`${values.length - SHOWN} more`] : [];
    return values.length === 0 ? 'a value' : [...values.slice(0, SHOWN), ...more].join(' or ');
  });
}

function observedText(evidence: AuthenticatedEvidence, fields: readonly string[]): string {
  return perField(fields, (field) => evidence.referenceFields[field] ?? 'absent');
}

/** One field needs no name: the code says which. */
function perField(fields: readonly string[], text: (field: string) => string): string {
  const [only] = fields;
  if (only !== undefined && fields.length === 1) return text(only);
  return fields.map((field) => `${field} ${text(field)}`).join('; ');
}
