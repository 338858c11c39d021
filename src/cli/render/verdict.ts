/** A verdict for people: the answer, what failed, the chain, the firmware, and how many checks stand behind it. */
import { firstFailure, reservations } from '../../rats/check.js';
import { type Refusal, refusalEntry } from '../../rats/refusal.js';
import type { CheckResult, Verdict } from '../../rats/result.js';
import type { Colours } from '../terminal.js';
import { renderChain } from './chain.js';
import { renderFailure, renderReservation, row } from './check.js';
import { renderSnpTcb } from './snp-tcb.js';
import { renderTdxTcb } from './tdx-tcb.js';
import { hang } from './wrap.js';

/** A verdict, and the refusal behind it where there is one. */
export interface Judged {
  readonly verdict: Verdict;
  readonly refusal: Refusal | null;
  /** What the bytes were taken for, where they could not be read; the verdict says it of all others. */
  readonly takenFor?: string | null;
}

export function renderVerdict({ verdict, refusal, takenFor = null }: Judged, colours: Colours): string {
  const sections = [
    headline(verdict, takenFor, colours),
    failures(verdict, refusal, colours),
    caveats(verdict, colours),
    section('Chain', renderChain(verdict, colours), colours),
    tcbOf(verdict, colours),
    measured(verdict, colours),
    tally(verdict, colours),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headline(verdict: Verdict, takenFor: string | null, colours: Colours): string[] {
  const { bold, dim, yellow } = colours;
  const kind = verdict.tee ?? takenFor ?? 'evidence of unknown kind';
  const what = [kind, productOf(verdict), verdict.envelope];
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

function productOf({ claims, tee }: Verdict): string | null {
  const product = isTdx(tee) ? claims?.fmspc : claims?.product;
  if (typeof product !== 'string') return null;
  return isTdx(tee) ? `FMSPC ${product}` : product;
}

function isTdx(tee: string | null): boolean {
  return tee === 'tdx' || tee === 'az-tdx';
}

function tcbOf(verdict: Verdict, colours: Colours): readonly string[] {
  return isTdx(verdict.tee) ? renderTdxTcb(verdict, colours) : renderSnpTcb(verdict, colours);
}

/** What relying parties look at, where the TEE has it. */
const SAID = {
  snp: ['measurement', 'report_data', 'chip_id', 'signing_key'],
  tdx: ['mrtd', 'rtmr0', 'rtmr1', 'rtmr2', 'rtmr3', 'report_data', 'td_attributes', 'xfam'],
} as const;

/** The check that gave the verdict its code first, then the others. */
function failures(verdict: Verdict, refusal: Refusal | null, colours: Colours): string[] {
  const failed = verdict.checks.filter(({ outcome }) => outcome === 'fail');
  const first = failed.find(({ id }) => id === verdict.code) ?? firstFailure(failed);
  const ordered = [...(first === null ? [] : [first]), ...failed.filter((check) => check !== first)];
  if (ordered.length > 0) return ordered.flatMap((check) => renderFailure(check, colours));
  return refusal === null ? [] : explainedByTable(refusal, colours);
}

/** A code without a check of its own: the parser stopped before there was anything to check. */
function explainedByTable({ code, detail }: Refusal, colours: Colours): string[] {
  const { title, remedy } = refusalEntry(code);
  return [
    `${colours.red('✗')} ${colours.bold(code)}  ${title}`,
    ...row('found', detail, colours),
    ...row('remedy', remedy, colours),
  ];
}

/** Every reason why genuine evidence is only a warning, and what would cure it. */
function caveats({ status, checks }: Verdict, colours: Colours): string[] {
  if (status !== 'warning') return [];
  return reservations(checks).flatMap((check) => renderReservation(check, colours));
}

/** Only where a log was sent and counts. */
function logLine({ checks }: Verdict): string | null {
  const replay = checks.find(({ id }) => id === 'event_log_replay_mismatch');
  return replay?.outcome === 'pass' ? replay.observed : null;
}

function measured(verdict: Verdict, { bold, dim }: Colours): string[] {
  const { claims, tee } = verdict;
  if (claims === null) return [];
  const fields = isTdx(tee) ? SAID.tdx : SAID.snp;
  const log = logLine(verdict);
  return [
    bold('Says'),
    ...fields.flatMap((field) => {
      const value = claims[field];
      return typeof value === 'string' ? [`  ${dim(field.padEnd(13))} ${hang(value, 16)}`] : [];
    }),
    ...(log === null ? [] : [`  ${dim('event log'.padEnd(13))} ${log}`]),
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
