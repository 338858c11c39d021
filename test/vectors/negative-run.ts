/** Runs every published input that must not be believed through the whole pipeline, under the vendors' roots and its own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { anchorsFromFiles, loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import type { Verdict } from '../../src/rats/result.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { verdictOfRefusal } from '../../src/verifier/refused-verdict.js';
import { verifyEvidence } from '../../src/verifier/verify.js';
import { cutQuote, type Negative, tdxNegatives } from './tdx-negative-inputs.js';
import { entriesOf, judgeQuote, without } from './tdx-samples.js';

export interface NegativeRow {
  /** Directory below the vectors’ home. */
  readonly dir: string;
  /** Under the pinned roots, without lists where none came (`best-effort`). */
  readonly pinned: Verdict;
  /** Under the made-up root that it was signed with; null where it has none. */
  readonly own: Verdict | null;
}

/** Kinds of the manifest. Those ending in `-vector` need a root of their own to be accepted at all. */
export const NEGATIVE_KINDS = [
  'snp-negative',
  'snp-vector',
  'tdx-negative',
  'tdx-vector',
  'tdx-quote-negative',
  'sgx-negative',
] as const;

/** Of the kinds above nothing else is published as negative but this, which is no evidence of a TEE that is verified. */
export const OTHER_NEGATIVES: Readonly<Record<string, string>> = {
  'nvidia/neg-rim': 'reference values of a GPU with a broken signature; evidence of devices is not verified',
};

/** Where a folder names no instant. */
const AT = new Date('2026-06-01T00:00:00Z');

export async function runNegatives(home: string): Promise<readonly NegativeRow[]> {
  const rows: NegativeRow[] = [];
  for (const { dir } of entriesOf(home, 'snp-negative', 'snp-vector')) rows.push(await runReport(home, dir));
  for (const negative of tdxNegatives(home)) rows.push(await runQuote(negative));
  for (const { dir } of entriesOf(home, 'tdx-quote-negative', 'sgx-negative')) {
    const file = ['quote.bin', 'quote.dat'].find((name) => existsSync(join(home, dir, name)));
    if (file === undefined) throw new Error(`${dir} has no quote`);
    const { verdict } = await judgeQuote(bytesOf(home, dir, file), { at: AT, collateral: {} });
    rows.push({ dir, pinned: verdict, own: null });
  }
  return rows.sort((one, other) => one.dir.localeCompare(other.dir));
}

async function runReport(home: string, dir: string): Promise<NegativeRow> {
  const given = existsSync(join(home, dir, 'input.json'))
    ? JSON.parse(readFileSync(join(home, dir, 'input.json'), 'utf8')).expiration_check_date_unix
    : AT.getTime() / 1000;
  const at = new Date(given * 1000);
  const judge = (anchors: TrustAnchors) => judgeReport(home, dir, { anchors, at });
  const own = existsSync(join(home, dir, 'amd_root_ca.pem'))
    ? await anchorsFromFiles([bytesOf(home, dir, 'amd_root_ca.pem'), bytesOf(home, dir, 'ask.pem')])
    : null;
  return { dir, pinned: await judge(loadPinnedAnchors()), own: own === null ? null : await judge(own) };
}

async function judgeReport(
  home: string,
  dir: string,
  { anchors, at }: { readonly anchors: TrustAnchors; readonly at: Date },
): Promise<Verdict> {
  const report = bytesOf(home, dir, 'report.bin');
  const parsed = await outcomeOf(() => parseEvidence('auto', report, [bytesOf(home, dir, 'vcek.der')]));
  if (!parsed.ok) {
    const context = { tee: null, envelope: null, binding: 'not_checked', checks: [] } as const;
    return verdictOfRefusal(parsed.refusal, { ...context, simulated: anchors.simulated, at });
  }
  const { verdict } = await verifyEvidence({
    evidence: parsed.value,
    expectedReportData: null,
    endorsements: [],
    anchors,
    at,
    revocation: 'best-effort',
    policy: STANDARD_POLICY,
    references: { given: false, candidates: [] },
  });
  return verdict;
}

/** The policy is the source’s own. Lists of a made-up root have no number, so its quotes are judged without. */
async function runQuote(negative: Negative): Promise<NegativeRow> {
  const { name, at, collateral, policy, root } = negative;
  // Most sources left text behind the quote, which alone is malformed and would hide what the input is about.
  const quote = cutQuote(negative.quote);
  const { verdict: pinned } = await judgeQuote(quote, { at, collateral, policy });
  const dir = `negative/vec-tdx-${name}`;
  if (root === null) return { dir, pinned, own: null };
  // The one about a list keeps them.
  const aboutLists = name === '328-pck-crl-expired';
  const { verdict: own } = await judgeQuote(quote, {
    at,
    policy,
    anchors: await anchorsFromFiles([root]),
    collateral: aboutLists ? collateral : without(collateral, 'pck_crl.der', 'root_ca_crl.der'),
    revocation: aboutLists ? 'required' : 'best-effort',
  });
  return { dir, pinned, own };
}

function bytesOf(home: string, dir: string, file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(home, dir, file)));
}

/** The section of the page, from a run. */
export function negativeSection(rows: readonly NegativeRow[]): readonly string[] {
  const believed = rows.filter(({ pinned }) => pinned.authentic === true).length;
  const made = rows.filter(({ own }) => own !== null).length;
  return [
    '## Evidence that must not be believed',
    '',
    `${rows.length} inputs that others published so that verifiers refuse them: genuine evidence altered in one place, evidence`,
    `judged at another instant, and ${made} sets under made-up roots. **${believed} of ${rows.length}** are believed under the vendors’ roots.`,
    'The last column is what the sets under made-up roots come to when that root is put in the place of the vendor’s:',
    'each for what is wrong with it.',
    '',
    '| Input | Answer | Under its own root |',
    '|---|---|---|',
    ...rows.map(
      ({ dir, pinned, own }) => `| ${dir} | ${answerText(pinned)} | ${own === null ? '' : answerText(own)} |`,
    ),
  ];
}

function answerText({ authentic, code, status }: Verdict): string {
  if (code === null) return `genuine, ${status}`;
  const kind = authentic === null ? 'not judged' : authentic ? 'genuine, denied' : 'refused';
  return `${kind} (\`${code}\`)`;
}
