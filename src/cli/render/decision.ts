/** A recorded decision retold for somebody who was woken by it: the answer, what to do, and what it rests on. */
import { reservations } from '../../rats/check.js';
import { refusalOrder } from '../../rats/refusal.js';
import type { CheckResult, EndorsementUsed, JsonObject, TcbPart } from '../../rats/result.js';
import { type Colours, PLAIN } from '../terminal.js';
import { renderFailure, renderReservation } from './check.js';
import { type RecordedDecision, readDecision } from './recorded-decision.js';
import { hang } from './wrap.js';

/** Columns before the text of a fact. */
const INDENT = 14;

export function renderDecision(decision: RecordedDecision, now: Date, colours: Colours): string {
  const sections = [
    headline(decision, colours),
    circumstances(decision, colours),
    failures(decision, colours),
    caveats(decision, colours),
    firmware(decision, colours),
    endorsements(decision, now, colours),
    grounds(decision, colours),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** Without colours, for whoever asks the service for text. Throws TypeError for what is no decision. */
export function retellDecision(record: JsonObject, now: Date): string {
  const decision = readDecision(record);
  if (decision === null) throw new TypeError('a record of a decision lacks its members');
  return renderDecision(decision, now, PLAIN);
}

function headline(decision: RecordedDecision, { bold, yellow }: Colours): string[] {
  return [
    bold(hang(answer(decision), 2)),
    ...(decision.simulated
      ? [yellow(hang('! Simulated evidence: the keys behind it are anybody’s, and it proves nothing.', 2))]
      : []),
  ];
}

/** By its mark alone as well as by its colour. */
function answer({ act, code, status }: RecordedDecision): string {
  if (code !== null) return `✗ Denied: genuine, but not what was wanted (${code})`;
  const gave = act === 'attest' ? 'a token was issued' : 'no token, the relying party asked for the verdict';
  return status === 'affirming'
    ? `✓ Accepted (affirming): ${gave}`
    : `! Accepted with reservations (${status}): ${gave}`;
}

function circumstances(decision: RecordedDecision, colours: Colours): string[] {
  const { id, act, audience, workload, reference_version: version, recorded_at: recorded } = decision;
  const tee = [decision.tee, decision.generation, decision.envelope].join(', ');
  const judged =
    decision.at === recorded
      ? instantText(recorded)
      : `${instantText(decision.at)} (recorded ${instantText(recorded)})`;
  return [
    fact('decision', id, colours),
    fact('judged', judged, colours),
    fact('asked by', audience === null ? act : `${act}, for the audience ${audience}`, colours),
    fact('workload', workload === null ? 'none matched' : `${workload}, version ${version}`, colours),
    fact('policy', decision.policy, colours),
    fact('evidence', tee, colours),
    fact('freshness', FRESHNESS[decision.binding] ?? decision.binding, colours),
  ];
}

const FRESHNESS: Readonly<Record<string, string>> = {
  verified: 'REPORT_DATA is what this request asked for',
  mismatch: 'REPORT_DATA is not what this request asked for',
  not_checked: 'not shown: nobody said what REPORT_DATA must be',
};

/** In the order in which they are to be mended: that of the table, as the code is the first of them. */
function failures({ checks }: RecordedDecision, colours: Colours): string[] {
  const failed = checks.filter(({ outcome }) => outcome === 'fail');
  if (failed.length === 0) return [];
  const ordered = failed.toSorted((a, b) => refusalOrder(a.id) - refusalOrder(b.id));
  return [
    colours.bold('What failed, and what to do'),
    ...ordered.flatMap((check) => renderFailure(check, colours)),
  ];
}

function caveats({ checks }: RecordedDecision, colours: Colours): string[] {
  const open = reservations(checks);
  if (open.length === 0) return [];
  return [colours.bold('Reservations'), ...open.flatMap((check) => renderReservation(check, colours))];
}

function firmware({ tcb }: RecordedDecision, colours: Colours): string[] {
  const dated = tcb.date === '' ? '' : `, ${tcb.date.slice(0, 10)}`;
  const open = tcb.advisories.length === 0 ? [] : [fact('advisories', tcb.advisories.join(', '), colours)];
  const parts = [
    ['platform', tcb.platform],
    ['TDX module', tcb.module],
    ['QE', tcb.qe],
  ] as const;
  return [
    colours.bold('Firmware (TCB)'),
    fact('status', `${tcb.status || 'Unknown'} (${tcb.source || 'no source'}${dated})`, colours),
    ...parts.flatMap(([name, part]) => (part === null ? [] : [fact(name, partText(part), colours)])),
    ...open,
  ];
}

function partText({ status, date }: TcbPart): string {
  return `${status}, level of ${date.slice(0, 10)}`;
}

/** What the verdict rests on, and whether each would still carry it. */
function endorsements({ endorsements: used }: RecordedDecision, now: Date, colours: Colours): string[] {
  if (used.length === 0) return [];
  const width = Math.max(...used.map(({ kind }) => kind.length));
  return [
    colours.bold('Endorsements (from, until, digest, now)'),
    ...used.map((one) => {
      const window = `${one.not_before.slice(0, 10)}  ${one.not_after.slice(0, 10)}`;
      return `  ${one.kind.padEnd(width)}  ${window}  ${one.sha256.slice(0, 12)}  ${stateOf(one, now, colours)}`;
    }),
  ];
}

/** What counted by a grace then is lapsed, and its grace is told. */
function stateOf(
  { not_before, not_after, grace_until }: EndorsementUsed,
  now: Date,
  { green, red, yellow }: Colours,
): string {
  if (now < new Date(not_before)) return yellow('not yet valid');
  if (now <= new Date(not_after)) return green('in force');
  return red(grace_until === undefined ? 'lapsed' : `lapsed, in grace until ${grace_until.slice(0, 10)}`);
}

function grounds(decision: RecordedDecision, colours: Colours): string[] {
  const { evidence_digest, policy_digest, checks, crypto } = decision;
  const count = (wanted: CheckResult['outcome']): number =>
    checks.filter(({ outcome }) => outcome === wanted).length;
  return [
    colours.bold('SHA-256'),
    fact('evidence', evidence_digest, colours),
    fact('policy', policy_digest, colours),
    '',
    ...(typeof crypto !== 'string' ? [] : [colours.dim(`Signatures verified by ${crypto}`)]),
    colours.dim(
      `${count('pass')} checks passed, ${count('fail')} failed, ${count('not_run')} did not run (--json lists them)`,
    ),
  ];
}

function fact(name: string, text: string, { dim }: Colours): string {
  return `  ${dim(name.padEnd(INDENT - 3))} ${hang(text, INDENT)}`;
}

function instantText(instant: string): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}
