/** Runs every real TDX quote through the pipeline and writes down what came of it: the TDX part of the page. */
import type { TcbPart, Verdict } from '../../src/rats/result.js';
import { failuresOf, verdictText } from './conformance-words.js';
import { judgeQuote, ownReference, type TdxSample, tdxSamples, without } from './tdx-samples.js';

export interface TdxRow {
  readonly sample: TdxSample;
  /** At the pinned instant with the sample's own documents, under `required`. */
  readonly required: Verdict;
  /** The same without the two revocation lists, under `best-effort`. */
  readonly bestEffort: Verdict;
  /** The same without the two revocation lists, under `required`. */
  readonly withoutLists: Verdict;
}

export async function runQuotes(home: string): Promise<readonly TdxRow[]> {
  const rows: TdxRow[] = [];
  for (const sample of tdxSamples(home)) {
    const unlisted = without(sample.collateral, 'pck_crl.der', 'root_ca_crl.der');
    rows.push({
      sample,
      required: await judge(sample, { collateral: sample.collateral, revocation: 'required' }),
      bestEffort: await judge(sample, { collateral: unlisted, revocation: 'best-effort' }),
      withoutLists: await judge(sample, { collateral: unlisted, revocation: 'required' }),
    });
  }
  return rows;
}

/** Policy `standard`, the sample's own MRTD, RTMR1 and RTMR2 as reference value (`covers: boot`), its own report data. */
async function judge(
  sample: TdxSample,
  how: Pick<Parameters<typeof judgeQuote>[1], 'collateral' | 'revocation'>,
): Promise<Verdict> {
  const { verdict } = await judgeQuote(sample.quote, {
    ...how,
    type: 'tdx',
    at: sample.pinned,
    reportData: sample.expected.report_data,
    references: ownReference(sample),
  });
  return verdict;
}

/** The section of the page, from a run. */
export function tdxSection(rows: readonly TdxRow[]): readonly string[] {
  const authentic = rows.filter(({ required }) => required.authentic === true);
  const affirming = authentic.filter(({ required }) => required.status === 'affirming').length;
  const unsupported = rows.filter(({ required }) => required.code === 'tdx_tcb_not_supported').length;
  return [
    '## Intel TDX quotes',
    '',
    `${rows.length} quotes, each at its pinned instant with the TCB info, QE identity and revocation lists of that time,`,
    'and with its own MRTD, RTMR1 and RTMR2 as reference value (`covers: boot`).',
    '',
    `- **${authentic.length} of ${rows.length}** are recognised as genuine with both revocation lists (\`--revocation required\`);`,
    `  ${affirming} of them are \`affirming\`.`,
    `- **${unsupported} of ${rows.length}** are signed as they should be and refused all the same: their platforms reach no level of`,
    '  their own TCB info, so Intel says nothing about them.',
    '- Without the lists, the genuine ones are at most `warning` under `--revocation best-effort` and undecided under',
    '  `required`.',
    '',
    '| Quote | Version | Body | FMSPC | Module | Pinned instant | required | best-effort, no lists | no lists | TCB | Platform | TDX module | QE | In the way |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map(tableRow),
  ];
}

function tableRow({ sample, required, bestEffort, withoutLists }: TdxRow): string {
  const { tcb } = required;
  const cells = [
    sample.slug,
    String(sample.quoteVersion),
    sample.bodyType === null ? 'TD report 1.0' : 'TD report 1.5',
    sample.expected.pck.fmspc,
    moduleText(sample),
    sample.pinned.toISOString().slice(0, 10),
    verdictText(required),
    verdictText(bestEffort),
    verdictText(withoutLists),
    tcb === null ? 'no level' : `${tcb.status} (${tcb.date})`,
    partText(tcb?.platform ?? null),
    partText(tcb?.module ?? null),
    partText(tcb?.qe ?? null),
    obstacles(sample, required),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Major version and ISVSVN: the second and the first byte of TEE_TCB_SVN. */
function moduleText({ expected }: TdxSample): string {
  const [isvsvn, major] = Buffer.from(expected.tee_tcb_svn, 'hex');
  return `${major}, SVN ${isvsvn}`;
}

function partText(part: TcbPart | null): string {
  return part === null ? '' : [part.status, ...part.advisories].join(' ');
}

/** Failed checks, and registers that a reference value can match only because nothing was measured into them. */
function obstacles({ expected }: TdxSample, verdict: Verdict): string {
  const empty = [1, 2]
    .filter((index) => /^0+$/.test(expected.rtmrs[index] ?? ''))
    .map((index) => `RTMR${index}`);
  const unmeasured =
    verdict.authentic === true && empty.length > 0 ? [`nothing measured into ${empty.join(' and ')}`] : [];
  return [...failuresOf(verdict), ...unmeasured].join(', ') || 'nothing';
}
