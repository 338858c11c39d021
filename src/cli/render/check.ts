/** One check for people: what it is called, what it compared, and what to do. */
import { isRefusalCode, refusalEntry } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';
import type { Colours } from '../terminal.js';
import { hang } from './wrap.js';

/** Columns before the text of a row. */
const INDENT = 13;

/** `    name     text`, wrapped under itself; nothing without a text. */
export function row(name: string, text: string | null, { dim }: Colours): string[] {
  return text === null ? [] : [`    ${dim(name.padEnd(8))} ${hang(text, INDENT)}`];
}

export function renderFailure(check: CheckResult, colours: Colours): string[] {
  return [
    `${markOf(check.id, colours)} ${colours.bold(check.id)}  ${titleOf(check.id)}`,
    ...row('expected', check.expected, colours),
    ...row('observed', check.observed, colours),
    ...row('source', check.source, colours),
    ...row('remedy', check.remedy, colours),
  ];
}

/** What keeps a verdict from affirming, and what would cure it. */
export function renderReservation(
  { id, outcome, observed, remedy }: CheckResult,
  colours: Colours,
): string[] {
  const { yellow, bold } = colours;
  return [
    `${yellow('!')} ${bold(id)}  ${outcome === 'not_run' ? 'not checked' : 'passed, with a reservation'}`,
    ...row(outcome === 'not_run' ? 'because' : 'observed', observed, colours),
    ...row('remedy', remedy, colours),
  ];
}

/** What only lacks something may still turn out well. */
export function markOf(id: string, { red, yellow }: Colours): string {
  return isRefusalCode(id) && refusalEntry(id).class === 'undecided' ? yellow('?') : red('✗');
}

/** A newer service may know codes that this command does not. */
function titleOf(id: string): string {
  return isRefusalCode(id) ? refusalEntry(id).title : '';
}
