/** A verdict for people: the answer, what failed, the chain, the firmware, and how many checks stand behind it. */
import { firstFailure } from '../../rats/check.js';
import { type Refusal, refusalEntry } from '../../rats/refusal.js';
import type { CheckResult, Verdict } from '../../rats/result.js';
import type { Colours } from '../terminal.js';
import { renderChain } from './chain.js';
import { renderTcb } from './tcb.js';

/** A verdict, and the refusal behind it where there is one. */
export interface Judged {
  readonly verdict: Verdict;
  readonly refusal: Refusal | null;
}

export function renderVerdict({ verdict, refusal }: Judged, colours: Colours): string {
  const sections = [
    headline(verdict, colours),
    failures(verdict, refusal, colours),
    section('Chain', renderChain(verdict, colours), colours),
    renderTcb(verdict, colours),
    measured(verdict, colours),
    tally(verdict, colours),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headline(verdict: Verdict, colours: Colours): string[] {
  const { bold, dim, yellow } = colours;
  const what = [verdict.tee ?? 'evidence of unknown kind', productOf(verdict), verdict.envelope];
  return [
    bold(answer(verdict, colours)),
    dim(`${what.filter(Boolean).join(' · ')} · judged at ${verdict.at}`),
    ...(verdict.simulated
      ? [yellow('Simulated: judged by the trust anchors given, which are not the vendor’s.')]
      : []),
  ];
}

function answer(verdict: Verdict, { green, red, yellow }: Colours): string {
  if (verdict.authentic === true) {
    if (verdict.status === 'affirming') return green('✓ Genuine, and what was meant to run (affirming)');
    if (verdict.status === 'warning') return yellow('! Genuine, with reservations (warning)');
    return red(`✗ Genuine, but not wanted (${verdict.status})`);
  }
  if (verdict.authentic === false) return red('✗ Refused: do not trust this evidence');
  const undecided = verdict.code !== null && refusalEntry(verdict.code).class === 'undecided';
  return undecided
    ? yellow('? Undecided: something is missing that only the vendor can say')
    : red('✗ Malformed: this is no evidence that can be judged');
}

function productOf({ claims }: Verdict): string | null {
  const product = claims?.product;
  return typeof product === 'string' ? product : null;
}

/** The check that gave the verdict its code first, then the others. */
function failures(verdict: Verdict, refusal: Refusal | null, colours: Colours): string[] {
  const failed = verdict.checks.filter(({ outcome }) => outcome === 'fail');
  const first = failed.find(({ id }) => id === verdict.code) ?? firstFailure(failed);
  const ordered = [...(first === null ? [] : [first]), ...failed.filter((check) => check !== first)];
  if (ordered.length > 0) return ordered.flatMap((check) => explained(check, colours));
  return refusal === null ? reservations(verdict, colours) : explainedByTable(refusal, colours);
}

function explained(check: CheckResult, colours: Colours): string[] {
  const { red, bold, dim } = colours;
  const row = (name: string, text: string | null): string[] =>
    text === null ? [] : [`    ${dim(name.padEnd(8))} ${text}`];
  return [
    `${red('✗')} ${bold(check.id)}  ${refusalEntry(check.id).title}`,
    ...row('expected', check.expected),
    ...row('observed', check.observed),
    ...row('source', check.source),
    ...row('remedy', check.remedy),
  ];
}

/** A code without a check of its own: the parser stopped before there was anything to check. */
function explainedByTable({ code, detail }: Refusal, { red, bold, dim }: Colours): string[] {
  const { title, remedy } = refusalEntry(code);
  return [
    `${red('✗')} ${bold(code)}  ${title}`,
    `    ${dim('found   ')} ${detail}`,
    `    ${dim('remedy  ')} ${remedy}`,
  ];
}

/** Why genuine evidence without a failure is not affirming: what nobody gave us to compare with. */
function reservations(verdict: Verdict, { yellow }: Colours): string[] {
  if (verdict.status !== 'warning') return [];
  return verdict.checks
    .filter(({ id, outcome }) => outcome === 'not_run' && ASKED_FOR.has(id))
    .map(({ id, observed }) => `${yellow('·')} ${id}: ${observed ?? 'not run'}`);
}

/** Checks that run when the caller gives what they need. */
const ASKED_FOR: ReadonlySet<string> = new Set([
  'report_data_mismatch',
  'measurement_not_allowed',
  'snp_ca_revoked',
  'snp_crl_stale',
]);

function measured({ claims }: Verdict, { bold, dim }: Colours): string[] {
  if (claims === null) return [];
  const fields = ['measurement', 'report_data', 'chip_id', 'signing_key'] as const;
  return [
    bold('Says'),
    ...fields.flatMap((field) => {
      const value = claims[field];
      return typeof value === 'string' ? [`  ${dim(field.padEnd(11))} ${value}`] : [];
    }),
  ];
}

function tally(verdict: Verdict, { dim }: Colours): string[] {
  const count = (wanted: CheckResult['outcome']): number =>
    verdict.checks.filter(({ outcome }) => outcome === wanted).length;
  if (verdict.checks.length === 0) return [];
  return [
    dim(
      `${count('pass')} checks passed, ${count('fail')} failed, ${count('not_run')} did not run (--json lists them)`,
    ),
  ];
}

function section(title: string, lines: readonly string[], { bold }: Colours): string[] {
  return lines.length === 0 ? [] : [bold(title), ...lines.map((line) => `  ${line}`)];
}
