/**
 * What can be wrong with any vendor document, whichever it is: absent, unreadable, from the future, past its end.
 * One entry per code for all documents together, with every one that has the problem named.
 */
import { absenceOf, withAbsence } from '../../rats/absence.js';
import { failed, notRun, passed } from '../../rats/check.js';
import type { EndorsementAbsence, EndorsementRequirement } from '../../rats/endorsement.js';
import { instantText } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import { countsAt, expectedInGrace, observedInGrace } from '../../rats/staleness.js';
import { ENDORSEMENT_KIND } from './pcs.js';
import { documentRemedy, type VendorDocument } from './pcs-document.js';

const PROBLEM_CODES = [
  'collateral_unavailable',
  'collateral_malformed',
  'collateral_not_found',
  'clock_skew',
  'stale_collateral',
  'tdx_crl_stale',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export interface CollateralProblem {
  readonly code: ProblemCode;
  readonly document: VendorDocument;
  /** What it is kept under. */
  readonly requirement: EndorsementRequirement;
  /** What is wrong, as the end of a sentence that begins with the document's name. */
  readonly why: string;
  /** Absent, and the caller tolerates that (`best-effort`): a reservation and no failure. */
  readonly tolerated?: true;
  /** The nextUpdate that has passed, where that and nothing else is wrong: a grace may lift it. */
  readonly nextUpdate?: Date;
}

/** A document whose nextUpdate has passed. */
export type StaleProblem = CollateralProblem & { readonly nextUpdate: Date };

export function isStale(problem: CollateralProblem): problem is StaleProblem {
  return problem.nextUpdate !== undefined;
}

/** Whether the grace lifts it. */
export function isInGrace(problem: CollateralProblem, at: Date, staleHours: number): problem is StaleProblem {
  return isStale(problem) && countsAt(at, problem.nextUpdate, staleHours);
}

const SOURCE =
  'Intel PCS API v4, sections Get TDX TCB Info, Get TDX QE Identity and Get PCK CRL; RFC 5280, section 5.1.2';

const EXPECTED: Readonly<Record<ProblemCode, (instant: string) => string>> = {
  collateral_unavailable: () =>
    'root and PCK revocation lists, TCB info and QE identity with their signing chains',
  collateral_malformed: () => 'documents in the form that Intel publishes',
  collateral_not_found: () => 'TCB info that Intel publishes for the platform family (FMSPC)',
  clock_skew: (instant) => `documents issued no later than ${instant}`,
  stale_collateral: (instant) => `TCB info, QE identity and signing certificate in force at ${instant}`,
  tdx_crl_stale: (instant) => `nextUpdate not before ${instant}`,
};

const FINE: Readonly<Record<ProblemCode, string>> = {
  collateral_unavailable: 'all at hand',
  collateral_malformed: 'all readable',
  collateral_not_found: 'nothing that Intel says it does not have',
  clock_skew: 'all begun',
  stale_collateral: 'all in force',
  tdx_crl_stale: 'both lists in force',
};

function fineCheck(code: ProblemCode, instant: string): CheckResult {
  return passed(code, SOURCE, { expected: EXPECTED[code](instant), observed: FINE[code] });
}

/** The codes in whose words there is an instant are the last three. */
const FINE_AT = PROBLEM_CODES.slice(-3);
const FINE_ALWAYS: readonly CheckResult[] = PROBLEM_CODES.slice(0, -3).map((code) =>
  Object.freeze(fineCheck(code, '')),
);

/** Problems that another document from the vendor would cure. */
const CURABLE: ReadonlySet<ProblemCode> = new Set(
  PROBLEM_CODES.filter((code) => code !== 'collateral_malformed' && code !== 'clock_skew'),
);

/** What is worth asking Intel for, each document once. */
export function lackingFor(problems: readonly CollateralProblem[]): readonly EndorsementRequirement[] {
  const curable = problems.filter(({ code }) => CURABLE.has(code)).map(({ requirement }) => requirement);
  return curable.filter(
    ({ kind, subject }, place) =>
      curable.findIndex((other) => other.kind === kind && other.subject === subject) === place,
  );
}

/**
 * The problems once Intel was asked. That it has no TCB info for a family is said of a PCK chain that was verified, and
 * so is an answer; any other document exists, and its absence passes.
 */
export function withAnswers(
  problems: readonly CollateralProblem[],
  absences: readonly EndorsementAbsence[],
): readonly CollateralProblem[] {
  return problems.map((found) => {
    const absence = CURABLE.has(found.code) ? absenceOf(absences, found.requirement) : null;
    if (absence === null) return found;
    const why = withAbsence(found.why, absence);
    const problem = (code: ProblemCode): CollateralProblem => ({ ...found, code, why });
    const unknown =
      absence.reason === 'not-found' &&
      found.code === 'collateral_unavailable' &&
      found.requirement.kind === ENDORSEMENT_KIND.tcbInfo;
    return unknown ? problem('collateral_not_found') : problem(found.code);
  });
}

/** The entries for all documents, in the order in which the procedure meets them. */
export function problemChecks(
  problems: readonly CollateralProblem[],
  at: Date,
  staleHours: number,
): readonly CheckResult[] {
  const instant = instantText(at);
  if (problems.length === 0) return [...FINE_ALWAYS, ...FINE_AT.map((code) => fineCheck(code, instant))];
  return PROBLEM_CODES.map((code) => {
    const found = problems.filter((problem) => problem.code === code);
    return problemCheck({ code, expected: EXPECTED[code](instant), found, at, staleHours });
  });
}

/** The entries of the codes that some of these have. */
export function staleChecks(
  problems: readonly StaleProblem[],
  at: Date,
  staleHours: number,
): readonly CheckResult[] {
  const codes = problems.map(({ code }) => code);
  return problemChecks(problems, at, staleHours).filter(({ id }) =>
    (codes as readonly string[]).includes(id),
  );
}

interface ProblemsOfCode {
  readonly code: ProblemCode;
  readonly expected: string;
  /** What is wrong by this code. */
  readonly found: readonly CollateralProblem[];
  readonly at: Date;
  readonly staleHours: number;
}

function problemCheck({ code, expected, found, at, staleHours }: ProblemsOfCode): CheckResult {
  const inGrace = found.filter((problem) => isInGrace(problem, at, staleHours));
  const failures = found.filter(
    (problem) => problem.tolerated !== true && !isInGrace(problem, at, staleHours),
  );
  const [failure] = failures;
  if (failure !== undefined) {
    // What Intel does not have cannot be downloaded.
    const remedy = code === 'collateral_not_found' ? {} : { remedy: documentRemedy(failure.document) };
    return failed(code, SOURCE, { expected, ...remedy, observed: failures.map(inWords).join('; ') });
  }
  if (inGrace.length > 0) {
    return passed(code, SOURCE, {
      expected: expectedInGrace(expected, staleHours),
      observed: inGrace
        .map((problem) => observedInGrace(inWords(problem), problem.nextUpdate, staleHours))
        .join('; '),
    });
  }
  const [tolerated] = found;
  if (tolerated === undefined) return passed(code, SOURCE, { expected, observed: FINE[code] });
  return notRun(code, SOURCE, `${found.map(inWords).join('; ')}, which best-effort tolerates`, {
    expected,
    remedy: documentRemedy(tolerated.document),
  });
}

function inWords({ document, why }: CollateralProblem): string {
  return `${document.name}: ${why}`;
}

export function problemsNotExamined(why: string): readonly CheckResult[] {
  return PROBLEM_CODES.map((code) => notRun(code, SOURCE, why));
}
