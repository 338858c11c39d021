/**
 * The TCB status of a platform by a dated table of AMD's bulletins.
 *
 * Each row is judged by the worst of the reported, committed and launch TCB: AMD keeps certifying old TCBs, so
 * a valid chain says nothing about age. Mitigation vectors exist from report version 5 on; before that they are
 * unknown, which is not zero.
 */
import { onceFor } from '../../rats/once.js';
import type { TcbFloor } from '../../rats/policy.js';
import type { TcbAssessment } from '../../rats/result.js';
import { type BulletinRow, type BulletinTable, sourceOf } from './bulletin-table.js';
import { bitSet, PLATFORM_BIT, POLICY_BIT } from './layout.js';
import { cpuidText, productOfCpuid, type SnpProduct } from './product.js';
import type { SnpReport } from './report.js';
import { componentsBelow, decodeTcb, reachesFloor, type SnpTcb, TCB_COMPONENTS } from './tcb.js';

/** Status words, best first. */
export const TCB_STATUSES = ['UpToDate', 'NotShown', 'ConfigurationNeeded', 'Unknown', 'OutOfDate'] as const;
export type TcbStatus = (typeof TCB_STATUSES)[number];

/**
 * What one bulletin's row found. `flag_missing`: firmware in order, a PLATFORM_INFO flag or SMT not.
 * `undecided`: the report names no processor and the steppings of its line differ.
 */
export type FindingOutcome =
  | 'fixed'
  | 'vulnerable'
  | 'flag_missing'
  | 'not_shown'
  | 'conflicting'
  | 'retracted'
  | 'undecided';

export interface BulletinFinding {
  readonly bulletin: string;
  readonly published: string | null;
  readonly outcome: FindingOutcome;
  /** Of the row; null where rows of several processors stand behind the finding. */
  readonly confidence: BulletinRow['confidence'];
  /** What stands in the way, in words; empty when fixed. */
  readonly reason: string;
}

/** A report and the product line that its certificate chain stands for. */
export interface ReportOfProduct {
  readonly report: SnpReport;
  readonly product: SnpProduct;
}

/** The same, and the table that judges it. */
export interface JudgedReport extends ReportOfProduct {
  readonly table: BulletinTable;
}

/** `date`: the newest publication among the bulletins found fixed, empty when the status is Unknown. */
export function assessTcb(input: JudgedReport & { readonly at: Date }): TcbAssessment {
  const findings = examine(input, (row) => inForce(row, input.at));
  const status = rollUp(findings, input.report.cpuid !== null);
  let date = '';
  const advisories: string[] = [];
  for (const { outcome, published, bulletin } of findings) {
    if (outcome !== 'fixed') advisories.push(bulletin);
    else if (published !== null && published > date) date = published;
  }
  return {
    status,
    source: sourceOf(input.table),
    date: status === 'Unknown' ? '' : date,
    advisories,
    platform: null,
    module: null,
    qe: null,
  };
}

/** What stands behind an assessment's advisories: the same rows, judged again by the same report. */
export function findingsOf(input: JudgedReport & Pick<TcbAssessment, 'advisories'>): BulletinFinding[] {
  if (input.advisories.length === 0) return [];
  return examine(input, (row) => input.advisories.includes(row.bulletin));
}

/** Of one processor, in the order of the table. */
export function rowsOf(table: BulletinTable, cpuid: string): readonly BulletinRow[] {
  return table.byProcessor.get(cpuid) ?? NO_ROWS;
}

const NO_ROWS: readonly BulletinRow[] = [];

/** The TCBs of which the worst counts, by name. */
type JudgedTcbs = readonly (readonly [name: string, tcb: SnpTcb])[];

function judgedTcbs({ report, product }: ReportOfProduct): JudgedTcbs {
  return [
    ['reported', decodeTcb(report.reportedTcb, product)],
    ['committed', decodeTcb(report.committedTcb, product)],
    ['launch', decodeTcb(report.launchTcb, product)],
  ];
}

/** Judges every row that applies and that `counts`; rows that no report can answer are left out. */
function examine(input: JudgedReport, counts: (row: BulletinRow) => boolean): BulletinFinding[] {
  const { report, product, table } = input;
  const tcbs = judgedTcbs(input);
  if (report.cpuid !== null) {
    const findings: BulletinFinding[] = [];
    for (const row of rowsOf(table, cpuidText(report.cpuid))) {
      if (row.state !== 'no_attestable_value' && counts(row)) findings.push(judge(report, tcbs, row));
    }
    return findings;
  }
  const line = table.processors.filter((key) => lineOf(key) === product);
  const ofLine = table.rows.filter(
    (row) => line.includes(row.cpuid) && row.state !== 'no_attestable_value' && counts(row),
  );
  const bulletins = [...new Set(ofLine.map((row) => row.bulletin))];
  return bulletins.map((bulletin) => {
    const found = ofLine.filter((row) => row.bulletin === bulletin).map((row) => judge(report, tcbs, row));
    return agree(bulletin, found, line.length);
  });
}

/** Without a CPUID only that counts which holds for every stepping of the product line. */
function agree(bulletin: string, found: readonly BulletinFinding[], steppings: number): BulletinFinding {
  const outcomes = [...new Set(found.map(({ outcome }) => outcome))];
  const [outcome = 'undecided'] = outcomes;
  const everywhere = outcome !== 'vulnerable' || found.length === steppings;
  const published = found[0]?.published ?? null;
  if (outcomes.length > 1 || !everywhere) {
    const reason = 'depends on the stepping, which the report does not name';
    return { bulletin, published, confidence: null, outcome: 'undecided', reason };
  }
  return {
    bulletin,
    published,
    confidence: null,
    outcome,
    reason: [...new Set(found.map(({ reason }) => reason))].join(' or '),
  };
}

/** What is found of most rows. */
const fixedBy = onceFor(
  ({ bulletin, published, confidence }: BulletinRow): BulletinFinding =>
    Object.freeze({ bulletin, published, confidence, outcome: 'fixed', reason: '' }),
);

function judge(report: SnpReport, tcbs: JudgedTcbs, row: BulletinRow): BulletinFinding {
  const find = (outcome: FindingOutcome, reason: string): BulletinFinding => ({
    bulletin: row.bulletin,
    published: row.published,
    confidence: row.confidence,
    outcome,
    reason,
  });
  if (row.state === 'retracted') return find('retracted', 'AMD withdrew its values');
  if (row.state === 'conflicting') return find('conflicting', 'sources contradict each other, not judged');
  const below = shortfalls(tcbs, row.floor);
  if (below.length > 0) return find('vulnerable', below.join(', '));
  const bits = mitigationsClear(report, row.mitigationBits);
  if (bits !== null && bits.length > 0) {
    const reason = `mitigation bit ${bits.join(', ')} not set at launch and now`;
    return find(row.hostPart ? 'not_shown' : 'vulnerable', reason);
  }
  const flags = flagsMissing(report, row);
  if (flags.length > 0) return find(row.hostPart ? 'not_shown' : 'flag_missing', flags.join(', '));
  if (bits === null || row.platformBits.some((name) => !platformBitExists(report, name))) {
    return find('not_shown', `a version ${report.version} report has no field for it`);
  }
  return fixedBy(row);
}

/** What the report shows not to be as the row wants it, in words. */
function flagsMissing(report: SnpReport, { platformBits, smtOff }: BulletinRow): readonly string[] {
  const smt = smtOff && smtPossible(report) ? ['SMT on'] : NONE;
  if (platformBits.length === 0) return smt;
  const clear = platformBits
    .filter((name) => platformBitExists(report, name) && !bitSet(report.platformInfo, PLATFORM_BIT[name]))
    .map((name) => `${name.toUpperCase()} clear`);
  return [...clear, ...smt];
}

const NONE: readonly string[] = [];

/** `snp 24 below 27`; a component on which the three TCBs differ says whose it is. */
function shortfalls(tcbs: JudgedTcbs, floor: TcbFloor): string[] {
  if (tcbs.every(([, tcb]) => reachesFloor(tcb, floor))) return [];
  return TCB_COMPONENTS.flatMap((component) => {
    const below = tcbs.filter(([, tcb]) => componentsBelow(tcb, floor).includes(component));
    const levels = new Set(tcbs.map(([, tcb]) => tcb[component]));
    return (levels.size === 1 ? below.slice(0, 1) : below).map(([name, tcb]) => {
      const text = `${component} ${tcb[component]} below ${floor[component]}`;
      return levels.size === 1 ? text : `${name} ${text}`;
    });
  });
}

/** Bits not set in both vectors; null when bits are asked for and the report has no vectors. */
export function mitigationsClear(report: SnpReport, bits: readonly number[]): readonly number[] | null {
  if (bits.length === 0) return NO_BITS;
  const { launchMitVector, currentMitVector } = report;
  if (launchMitVector === null || currentMitVector === null) return null;
  return bits.filter((bit) => !bitSet(launchMitVector & currentMitVector, bit));
}

const NO_BITS: readonly number[] = [];

/** ALIAS_CHECK_COMPLETE came with version 3: before it the bit is clear and says nothing. */
export function platformBitExists(report: SnpReport, name: keyof typeof PLATFORM_BIT): boolean {
  return name !== 'alias_check_complete' || report.version >= 3;
}

function smtPossible(report: SnpReport): boolean {
  return bitSet(report.platformInfo, PLATFORM_BIT.smt_en) && bitSet(report.policy, POLICY_BIT.smt);
}

function rollUp(findings: readonly BulletinFinding[], processorKnown: boolean): TcbStatus {
  const found = new Set(findings.map(({ outcome }) => outcome));
  found.delete('retracted');
  if (found.has('vulnerable')) return 'OutOfDate';
  if (!processorKnown || found.size === 0) return 'Unknown';
  if (found.has('flag_missing')) return 'ConfigurationNeeded';
  return found.has('not_shown') || found.has('conflicting') ? 'NotShown' : 'UpToDate';
}

/** From the day of its publication on. */
export function inForce(row: BulletinRow, at: Date): boolean {
  return row.from <= at.getTime();
}

/** The product line of `family/model/stepping`; null: none that this build knows. */
export function lineOf(key: string): SnpProduct | null {
  const [family = 0, model = 0, stepping = 0] = key.split('/').map((part) => Number.parseInt(part, 16));
  return productOfCpuid({ family, model, stepping });
}
