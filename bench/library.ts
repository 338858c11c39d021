/**
 * The whole offline procedure on simulated evidence, REPORT_DATA and reference values included, beside the bare
 * verification of the very same signatures.
 */
import { STANDARD_POLICY } from '../src/appraisal/standard-policy.js';
import { parseEvidence } from '../src/tee/registry.js';
import { verifyEvidence } from '../src/verifier/verify.js';
import type { BareVerifier } from './bare.js';
import { type Cost, costOf, type Round, runRound, type Size } from './measure.js';
import type { Submission, World } from './world.js';

export interface LibraryCosts {
  /** The evidence's signature alone. */
  readonly bare: Cost;
  /** A machine that was seen before: chain and lists are known by digest. */
  readonly known: Cost;
  readonly fresh: Cost;
}

/** Cold rounds are fewer: minting machines takes longer than judging them. */
const FRESH_SHARE = 4;

/** `verifier`: the one that the process has chosen for verifications too. */
export async function measureLibrary(
  world: World,
  size: Size,
  verifier: BareVerifier,
): Promise<LibraryCosts> {
  const seen = new Set<string>();
  const verify = (submission: Submission) => verifyOne(world, submission);
  const verifySignature = ({ signed }: Submission) => verifier.usual(signed);
  const warmUp = await mintAll(world.known, size.warmUp, seen);
  await runRound(warmUp, verify);
  await runRound(warmUp.slice(0, size.count), verifySignature);

  const bare: Round[] = [];
  const known: Round[] = [];
  for (let index = 0; index < size.rounds; index += 1) {
    const submissions = await mintAll(world.known, size.count, seen);
    // In turn, so that going second is nobody's advantage.
    if (index % 2 === 0) bare.push(await runRound(submissions, verifySignature));
    known.push(await runRound(submissions, verify));
    if (index % 2 === 1) bare.push(await runRound(submissions, verifySignature));
  }
  const fresh: Round[] = [];
  for (let index = 0; index < Math.ceil(size.rounds / FRESH_SHARE); index += 1) {
    fresh.push(await runRound(await mintAll(world.fresh, size.count, seen), verify));
  }
  return { bare: costOf(bare, size), known: costOf(known, size), fresh: costOf(fresh, size) };
}

/** Throws unless the verdict is affirming. */
export async function verifyOne(world: World, submission: Submission): Promise<void> {
  const { verdict } = await verifyEvidence({
    evidence: parseEvidence('auto', submission.evidence, submission.certificates),
    expectedReportData: submission.reportData,
    endorsements: world.endorsements,
    anchors: world.anchors,
    at: world.at,
    revocation: 'required',
    policy: STANDARD_POLICY,
    references: { given: true, candidates: world.references },
  });
  if (verdict.status !== 'affirming') throw new Error(`not affirmed: ${verdict.status} ${verdict.code}`);
}

/** Throws when a signature comes a second time: what was verified before might be remembered. */
async function mintAll(
  mint: () => Promise<Submission>,
  count: number,
  seen: Set<string>,
): Promise<readonly Submission[]> {
  const minted: Submission[] = [];
  for (let index = 0; index < count; index += 1) minted.push(await mint());
  requireDistinct(minted, seen);
  return minted;
}

/** Adds to `seen`, throws on what is in it. */
export function requireDistinct(submissions: readonly Submission[], seen: Set<string>): void {
  for (const { signed } of submissions) {
    const signature = Buffer.from(signed.signature).toString('latin1');
    if (seen.has(signature)) throw new Error('two submissions of a run have the same signature');
    seen.add(signature);
  }
}
