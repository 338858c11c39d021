/** `assay verify`: the whole procedure offline, on files. */
import { type Command, Option } from 'commander';
import { parseReferenceValue } from '../../appraisal/reference-schema.js';
import { STANDARD_POLICY } from '../../appraisal/standard-policy.js';
import { readEndorsementDirectory } from '../../endorsements/offline.js';
import { anchorsFromFiles, loadPinnedAnchors } from '../../platform/pinned-anchors.js';
import {
  type EndorsementRequirement,
  type EndorsementSet,
  onTrack,
  type TrustAnchors,
} from '../../rats/endorsement.js';
import type { RevocationMode } from '../../rats/evidence.js';
import { outcomeOf } from '../../rats/outcome.js';
import type { AppraisalPolicy } from '../../rats/policy.js';
import type { ReferenceQuery, ReferenceValue } from '../../rats/reference-value.js';
import { type Refusal, refusalEntry } from '../../rats/refusal.js';
import type { JsonValue } from '../../rats/result.js';
import { AUTO, parseEvidence, schemeOf, schemeRecognising } from '../../tee/registry.js';
import type { Scheme } from '../../tee/scheme.js';
import { verdictOfRefusal } from '../../verifier/refused-verdict.js';
import { verifyEvidence } from '../../verifier/verify.js';
import { cryptoFor } from '../crypto.js';
import { exitCodeOf, UsageMistake } from '../exit.js';
import { hexOption, instantOption, readBytes, readEvidence, readJson } from '../files.js';
import { POLICY_WORDS, readPolicy } from '../policy-argument.js';
import { printJson } from '../print.js';
import { type Judged, renderVerdict } from '../render/verdict.js';
import type { CommandLine, Terminal } from '../terminal.js';

interface VerifyFlags {
  readonly type: string;
  readonly cert?: readonly string[];
  readonly endorsements?: string;
  readonly eventLog?: string;
  readonly at?: string;
  readonly reportData?: string;
  readonly policy?: string;
  readonly referenceValues?: string;
  readonly revocation: RevocationMode;
  readonly trustAnchor?: readonly string[];
  readonly json?: true;
}

/** Everything that the flags name, read: from here on nothing touches the disk. */
interface VerifyInput {
  readonly bytes: Uint8Array;
  readonly eventLog: Uint8Array | null;
  /** Those given by name, and those that the directory has for this TEE. */
  readonly certificatesFor: (scheme: Scheme) => readonly Uint8Array[];
  readonly endorsementsFor: (requirements: readonly EndorsementRequirement[]) => EndorsementSet;
  readonly at: Date;
  readonly expectedReportData: Uint8Array | null;
  readonly policy: AppraisalPolicy;
  readonly references: ReferenceQuery;
  readonly anchors: TrustAnchors;
}

export function addVerify(program: Command, line: CommandLine): void {
  program
    .command('verify')
    .description('is this evidence genuine, fresh, and what was meant to run? Works offline')
    .argument('<file>', 'the evidence in any form that a guest hands out; - is standard input')
    .option('--type <tee>', 'insist on one form: auto, sev-snp, az-sev-snp, tdx', 'auto')
    .option('--cert <file>', 'certificate, DER or PEM, in any order; may be repeated', collect)
    .option(
      '--endorsements <dir>',
      'vendor documents by their usual names: certificates, revocation lists, TCB info, QE identity, bulletins.json',
    )
    .option('--event-log <file>', 'event log of the boot (TDX): /sys/firmware/acpi/tables/data/CCEL')
    .option('--at <instant>', 'instant of judgement, RFC 3339 (default: now)')
    .option('--report-data <hex>', 'the 64 bytes that REPORT_DATA must be')
    .option('--policy <policy>', `${POLICY_WORDS} (default: standard)`)
    .option('--reference-values <file>', 'JSON with one reference value or a list of them')
    .addOption(
      new Option('--revocation <mode>', 'best-effort tolerates an absent revocation list')
        .choices(['required', 'best-effort'])
        .default('required'),
    )
    .option('--trust-anchor <file>', 'root to trust in place of the pinned ones; may be repeated', collect)
    .option('--json', 'print the verdict as one JSON object')
    .action(async (file: string, flags: VerifyFlags) => {
      await cryptoFor(line.terminal);
      const input = await readInput(file, flags, line.terminal);
      const judged = await verify(input, flags);
      if (flags.json === true) printAsJson(judged, line.terminal);
      else line.terminal.out(renderVerdict(judged, line.terminal.colours));
      line.exitCode = exitCodeOf(judged.verdict);
    });
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

async function readInput(file: string, flags: VerifyFlags, terminal: Terminal): Promise<VerifyInput> {
  const at = flags.at === undefined ? terminal.now() : instantOption(flags.at, '--at');
  const reportData = flags.reportData;
  const directory =
    flags.endorsements === undefined ? null : await readEndorsementDirectory(flags.endorsements);
  const given = await readAll(flags.cert);
  return {
    at,
    expectedReportData: reportData === undefined ? null : hexOption(reportData, '--report-data', 64),
    policy: flags.policy === undefined ? STANDARD_POLICY : await readPolicy(flags.policy, '--policy'),
    references: await readReferences(flags.referenceValues),
    anchors: await readAnchors(flags.trustAnchor),
    certificatesFor: (scheme) => [...given, ...(directory?.certificatesFor(scheme) ?? [])],
    endorsementsFor: (requirements) => directory?.endorsementsFor(requirements, at) ?? [],
    eventLog: flags.eventLog === undefined ? null : await readBytes(flags.eventLog),
    bytes: await readEvidence(file, terminal),
  };
}

/** What the bytes are decides about refusals; everything about the command line has been settled before. */
async function verify(input: VerifyInput, flags: VerifyFlags): Promise<Judged> {
  const parsed = await outcomeOf(() => {
    const certificates = input.certificatesFor(schemeOf(flags.type, input.bytes));
    return parseEvidence(flags.type, input.bytes, certificates, input.eventLog);
  });
  if (!parsed.ok) {
    const verdict = verdictOfRefusal(parsed.refusal, {
      tee: null,
      envelope: null,
      binding: 'not_checked',
      simulated: input.anchors.simulated,
      at: input.at,
      checks: [],
    });
    return { verdict, refusal: parsed.refusal, takenFor: takenFor(flags.type, input.bytes, parsed.refusal) };
  }
  return verifyEvidence({
    evidence: parsed.value,
    expectedReportData: input.expectedReportData,
    endorsements: input.endorsementsFor(
      parsed.value.requirements.map((one) => onTrack(one, input.policy.common.tcb_track)),
    ),
    anchors: input.anchors,
    at: input.at,
    revocation: flags.revocation,
    policy: input.policy,
    references: input.references,
  });
}

/** A malformed input is most often a mistake on the command line: standard error says it in one sentence too. */
function printAsJson({ verdict, refusal }: Judged, terminal: Terminal): void {
  printJson(terminal, verdict);
  if (refusal !== null && refusalEntry(refusal.code).class === 'malformed')
    terminal.err(`${refusal.code}: ${refusal.detail}`);
}

/** What bytes that cannot be read were meant to be: by the command line, else by how they begin. */
function takenFor(type: string, bytes: Uint8Array, { code }: Refusal): string | null {
  if (code === 'evidence_type_unknown') return null;
  return type === AUTO ? (schemeRecognising(bytes)?.tee ?? null) : type;
}

async function readReferences(path: string | undefined): Promise<ReferenceQuery> {
  if (path === undefined) return { given: false, candidates: [] };
  const json = await readJson(path, '--reference-values');
  const bodies: readonly JsonValue[] = Array.isArray(json) ? json : [json];
  if (bodies.length === 0) throw new UsageMistake(`--reference-values: ${path} holds no reference value.`);
  const several = bodies.length > 1;
  return {
    given: true,
    candidates: bodies.map((body, index) => ({
      ...candidateOf(body),
      ...(several ? { place: index + 1 } : {}),
    })),
  };
}

function candidateOf(body: JsonValue): ReferenceValue {
  const { tee, covers, match, notBefore, notAfter } = parseReferenceValue(body);
  return { workload: null, version: null, tee, covers, match, notBefore, notAfter };
}

async function readAnchors(files: readonly string[] | undefined): Promise<TrustAnchors> {
  return files === undefined ? loadPinnedAnchors() : anchorsFromFiles(await readAll(files));
}

function readAll(files: readonly string[] = []): Promise<readonly Uint8Array[]> {
  return Promise.all(files.map(readBytes));
}
