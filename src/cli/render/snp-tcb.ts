/** The platform's firmware: its patch levels, what is required of them, and how AMD's bulletins judge them. */
import type { CheckResult, JsonObject, JsonValue, Verdict } from '../../rats/result.js';
import type { Colours } from '../terminal.js';
import { hang } from './wrap.js';

const COMPONENTS = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const;
type Component = (typeof COMPONENTS)[number];
type Levels = Readonly<Partial<Record<Component, number>>>;

const ROWS = [
  ['reported', 'reported_tcb'],
  ['current', 'current_tcb'],
  ['committed', 'committed_tcb'],
  ['at launch', 'launch_tcb'],
] as const;
const STATUS = 'snp_tcb_status_not_accepted';
const FLOOR = 'snp_tcb_below_minimum';
/** Stands before the levels of the bulletins' table in what that check expects. */
const TABLE_ASKS = 'the table asks for';

/** Lines; none while the claims are not believed. */
export function renderSnpTcb(verdict: Verdict, colours: Colours): readonly string[] {
  const { claims, tcb } = verdict;
  if (claims === null || tcb === null) return [];
  const { bold, dim } = colours;
  const status = checkOf(verdict, STATUS);
  const date = tcb.date === '' ? '' : `, bulletins up to ${tcb.date}`;
  const colour = colourOf(status, colours);
  return [
    `${bold('Firmware (TCB)')}  ${colour(tcb.status)}`,
    `  ${dim('source')}     ${tcb.source}${date}`,
    ...(status?.expected
      ? [`  ${dim('accepted')}   ${hang(status.expected.split(`; ${TABLE_ASKS}`)[0] ?? '', 13)}`]
      : []),
    ...(tcb.advisories.length === 0 ? [] : [`  ${dim('open')}       ${hang(tcb.advisories.join(', '), 13)}`]),
    ...tableOf(claims, requiredLevels(verdict), colours),
  ];
}

/** Accepted with a remedy is accepted with a reservation. */
function colourOf(status: CheckResult | undefined, { green, yellow, red }: Colours): Colours['green'] {
  if (status === undefined || status.outcome === 'fail') return red;
  return status.remedy === null ? green : yellow;
}

function checkOf(verdict: Verdict, code: string): CheckResult | undefined {
  return verdict.checks.find(({ id }) => id === code);
}

/** The platform's levels and, beside them, the required ones; a level below is marked. */
function tableOf(claims: JsonObject, required: Levels, colours: Colours): string[] {
  const rows = ROWS.flatMap(([name, member]) => {
    const levels = levelsOf(claims[member]);
    return levels === null ? [] : [{ name, levels }];
  });
  const columns = COMPONENTS.filter((component) =>
    rows.some(({ levels }) => levels[component] !== undefined),
  );
  const lineOf = (name: string, cells: readonly string[]): string =>
    `  ${colours.dim(name.padEnd(10))} ${cells.join('  ')}`;
  const cell = (levels: Levels, column: Component): string => {
    const level = levels[column];
    const text = String(level ?? '').padStart(column.length);
    return level !== undefined && level < (required[column] ?? 0) ? colours.red(text) : text;
  };
  return [
    lineOf(
      '',
      columns.map((column) => colours.dim(column)),
    ),
    ...rows.map(({ name, levels }) =>
      lineOf(
        name,
        columns.map((column) => cell(levels, column)),
      ),
    ),
    ...(Object.keys(required).length === 0
      ? []
      : [
          lineOf(
            'required',
            columns.map((column) => `${required[column] ?? ''}`.padStart(column.length)),
          ),
        ]),
  ];
}

function levelsOf(value: JsonValue | undefined): Levels | null {
  if (typeof value !== 'object' || value === null || !('raw' in value)) return null;
  return Object.fromEntries(Object.entries(value).filter(([, level]) => typeof level === 'number'));
}

/**
 * The highest level that a check asks for, per component: `the table asks for snp 27, microcode 222` of the
 * bulletins in force, `at least microcode 240` of the policy.
 */
function requiredLevels(verdict: Verdict): Levels {
  const below = `${checkOf(verdict, STATUS)?.observed ?? ''} ${checkOf(verdict, FLOOR)?.observed ?? ''}`;
  const [, table = ''] = (checkOf(verdict, STATUS)?.expected ?? '').split(TABLE_ASKS);
  const floors = `${checkOf(verdict, FLOOR)?.expected ?? ''} ${table}`;
  const asked = [
    ...below.matchAll(/(?<name>\w+) \d+ below (?<level>\d+)/gu),
    ...floors.matchAll(/(?<name>\w+) (?<level>\d+)/gu),
  ];
  const required: Partial<Record<Component, number>> = {};
  for (const { groups } of asked) {
    const component = COMPONENTS.find((known) => known === groups?.name);
    if (component === undefined) continue;
    required[component] = Math.max(required[component] ?? 0, Number(groups?.level));
  }
  return required;
}
