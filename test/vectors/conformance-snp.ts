/** Runs every real SNP report through the pipeline and writes down what came of it: the SNP part of the page. */
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { bytesOfHex } from '../../src/bytes/encoding.js';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { RevocationMode } from '../../src/rats/evidence.js';
import type { Verdict } from '../../src/rats/result.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { verifyEvidence } from '../../src/verifier/verify.js';
import { failuresOf, verdictText } from './conformance-words.js';
import { instantWithCrl, type SnpSample, snpSamples, vcekCrl } from './snp-samples.js';

export interface SnpRow {
  readonly sample: SnpSample;
  /** At the pinned instant, without a list: `best-effort`. */
  readonly bestEffort: Verdict;
  /** With AMD's list under `required`, inside both windows; null where no such instant exists. */
  readonly required: Verdict | null;
  /** Under `required` at the pinned instant, with nothing but the sample's own files. */
  readonly withoutList: Verdict;
}

export async function runReports(home: string): Promise<readonly SnpRow[]> {
  const rows: SnpRow[] = [];
  for (const sample of snpSamples(home)) {
    const instant = instantWithCrl(sample);
    rows.push({
      sample,
      bestEffort: await judge(home, sample, { at: sample.pinned, revocation: 'best-effort', list: false }),
      required:
        instant === null
          ? null
          : await judge(home, sample, { at: instant, revocation: 'required', list: true }),
      withoutList: await judge(home, sample, { at: sample.pinned, revocation: 'required', list: false }),
    });
  }
  return rows;
}

/** Policy `standard`, the sample's own measurement as reference value (`covers: boot`), its own report data. */
async function judge(
  home: string,
  sample: SnpSample,
  how: { readonly at: Date; readonly revocation: RevocationMode; readonly list: boolean },
): Promise<Verdict> {
  const reportData = bytesOfHex(sample.expected.report_data);
  if (reportData === null) throw new TypeError(`the report data of ${sample.slug} is not hex`);
  const { verdict } = await verifyEvidence({
    evidence: parseEvidence('sev-snp', sample.report, [sample.leaf, sample.chain]),
    expectedReportData: reportData,
    endorsements: how.list ? [vcekCrl(home, sample.product)] : [],
    anchors: loadPinnedAnchors(),
    at: how.at,
    revocation: how.revocation,
    policy: STANDARD_POLICY,
    references: {
      given: true,
      candidates: [
        {
          workload: null,
          version: null,
          tee: 'sev-snp',
          covers: 'boot',
          match: { measurement: [sample.expected.measurement] },
          notBefore: null,
          notAfter: null,
        },
      ],
    },
  });
  return verdict;
}

/** The section of the page, from a run. */
export function snpSection(rows: readonly SnpRow[]): readonly string[] {
  const authentic = rows.filter(({ bestEffort }) => bestEffort.authentic === true).length;
  const required = rows.filter(({ required: verdict }) => verdict?.authentic === true).length;
  return [
    '## AMD SEV-SNP reports',
    '',
    `${rows.length} reports, each with its own measurement as reference value (\`covers: boot\`).`,
    '',
    `- **${authentic} of ${rows.length}** are recognised as genuine at their pinned instant without a revocation list`,
    '  (`--revocation best-effort`, status at most `warning`).',
    `- **${required} of ${rows.length}** are recognised as genuine with AMD’s revocation list (\`--revocation required\`)`,
    '  at an instant inside the windows of leaf and list. For the others no such instant exists with the lists at hand.',
    '- Without a list, `required` leaves every one of them undecided.',
    '',
    '| Report | Product | Version | Key | Pinned instant | best-effort | required, with list | at | without list | In the way |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map(tableRow),
  ];
}

function tableRow({ sample, bestEffort, required, withoutList }: SnpRow): string {
  const cells = [
    sample.slug,
    sample.product,
    String(bestEffort.claims?.version ?? '?'),
    sample.signingKey,
    sample.pinned.toISOString().slice(0, 10),
    verdictText(bestEffort),
    required === null ? 'no common instant' : verdictText(required),
    required === null ? '' : required.at.slice(0, 10),
    verdictText(withoutList),
    obstacles(required ?? bestEffort),
  ];
  return `| ${cells.join(' | ')} |`;
}

function obstacles(verdict: Verdict): string {
  const unchecked = verdict.checks.some(({ id, outcome }) => id === 'snp_crl_stale' && outcome === 'not_run');
  return [...failuresOf(verdict), ...(unchecked ? ['revocation not checked'] : [])].join(', ') || 'nothing';
}
