/** Policies, what is odd about them and what sets two apart, for people. */
import type { Change, Effect } from '../../appraisal/diff/change.js';
import type { Finding } from '../../appraisal/lint/finding.js';
import type { AppraisalPolicy } from '../../rats/policy.js';
import type { JsonValue } from '../../rats/result.js';
import type { Colours } from '../terminal.js';

export function renderFindings(
  { name, version }: AppraisalPolicy,
  findings: readonly Finding[],
  { bold, green, red, yellow }: Colours,
): string {
  if (findings.length === 0) return green(`✓ ${name}@${version}: nothing odd`);
  const lines = findings.map(({ severity, path, reason }) => {
    const mark = severity === 'error' ? red('✗ error  ') : yellow('! warning');
    return `${mark} ${bold(path)} ${reason}`;
  });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return [...lines, '', `${name}@${version}: ${errors} errors, ${findings.length - errors} warnings`].join(
    '\n',
  );
}

/** Members by path, each with its reason below. */
export function renderPolicy(policy: AppraisalPolicy, { bold, dim }: Colours): string {
  const { name, version, description, reasons, digest, common, snp, tdx, rules } = policy;
  const reasonOf = (path: string): string[] => {
    const reason = Object.hasOwn(reasons, path) ? reasons[path] : undefined;
    return reason === undefined ? [] : [dim(`    ${plain(reason)}`)];
  };
  const sections = Object.entries({ common, snp, tdx }).map(([section, members]) => [
    bold(section),
    ...reasonOf(section),
    ...leavesOf(section, members).flatMap(([path, value]) => [`  ${path} = ${value}`, ...reasonOf(path)]),
  ]);
  const ruled = rules.flatMap((rule) => [
    `  ${rule.name}: ${plain(rule.expression)}`,
    dim(`    ${plain(rule.message)}`),
    ...reasonOf(`rules.${rule.name}`),
  ]);
  return [
    [
      bold(`${name}@${version}`),
      ...(description === null ? [] : [plain(description)]),
      dim(`digest ${digest}`),
    ],
    ...sections,
    [bold('rules'), ...reasonOf('rules'), ...(ruled.length === 0 ? ['  none'] : ruled)],
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** On one line, and what would steer the terminal written out: words cannot pass for a member of the policy. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Objects are opened, lists are not. */
function leavesOf(path: string, value: object): readonly (readonly [path: string, text: string])[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const at = `${path}.${name}`;
    const opened = typeof member === 'object' && member !== null && !Array.isArray(member);
    return opened ? leavesOf(at, member) : [[at, JSON.stringify(member)] as const];
  });
}

export function renderChanges(changes: readonly Change[], { bold, dim, green, yellow }: Colours): string {
  if (changes.length === 0) return 'no difference';
  const mark: Readonly<Record<Effect, string>> = {
    stricter: green('stricter'),
    looser: yellow('looser  '),
    other: dim('other   '),
  };
  const [prose, deciding] = [changes.filter(isProse), changes.filter((change) => !isProse(change))];
  const lines = deciding.map(
    ({ path, before, after, effect }) => `${mark[effect]} ${bold(path)} ${shown(before)} → ${shown(after)}`,
  );
  if (prose.length > 0) lines.push(`${mark.other} ${prose.length} descriptions and reasons (with --json)`);
  const count = (effect: Effect): number => changes.filter((change) => change.effect === effect).length;
  return [
    ...lines,
    '',
    `${count('stricter')} stricter, ${count('looser')} looser, ${count('other')} other`,
  ].join('\n');
}

/** Written for people; decides nothing. */
function isProse({ path }: Change): boolean {
  return path === 'description' || path.startsWith('reasons.');
}

const LONGEST_SHOWN = 120;

function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
