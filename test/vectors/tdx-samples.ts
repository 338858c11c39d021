/** The real TDX quotes of the vectors folder and Intel's documents beside them, read in place, and how to judge them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { bytesOfHex } from '../../src/bytes/encoding.js';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { EndorsementRequirement, EndorsementSet, TrustAnchors } from '../../src/rats/endorsement.js';
import type { RevocationMode } from '../../src/rats/evidence.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import type { AppraisalPolicy } from '../../src/rats/policy.js';
import type { Covers, ReferenceQuery } from '../../src/rats/reference-value.js';
import type { CheckResult, JsonObject } from '../../src/rats/result.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { tdxScheme } from '../../src/tee/tdx/index.js';
import { verdictOfRefusal } from '../../src/verifier/refused-verdict.js';
import { type Verification, verifyEvidence } from '../../src/verifier/verify.js';

export const COLLATERAL_FILES = [
  'tcb_info.json',
  'qe_identity.json',
  'tcb_signing_chain.pem',
  'pck_crl.der',
  'pck_crl_issuer_chain.pem',
  'root_ca_crl.der',
] as const;
export type CollateralFile = (typeof COLLATERAL_FILES)[number];
/** Any subset of the layout. */
export type Collateral = Readonly<Partial<Record<CollateralFile, Uint8Array>>>;

/** First and last instant of a document, as the manifest knows them. */
export interface Window {
  readonly issued: Date;
  readonly ends: Date;
}

export interface ComputedPart {
  readonly status?: string;
  readonly tcbDate?: string;
  readonly advisories?: readonly string[];
}

/** In the manifest's words. */
export interface TdxExpected {
  readonly mrtd: string;
  readonly rtmrs: readonly [string, string, string, string];
  readonly report_data: string;
  readonly tee_tcb_svn: string;
  readonly td_attributes: string;
  readonly pck: { readonly fmspc: string; readonly pceid: string; readonly not_before: string };
  readonly tcb_status_computed: {
    readonly platform: ComputedPart;
    readonly tdx_module: ComputedPart & { readonly id: string };
    readonly qe: ComputedPart;
  };
}

export interface TdxSample {
  readonly slug: string;
  readonly quoteVersion: number;
  /** Of the descriptor; null in version 4. */
  readonly bodyType: number | null;
  readonly pinned: Date;
  readonly quote: Uint8Array;
  /** Directory of the sample, and of its documents. */
  readonly directory: string;
  readonly collateralDirectory: string;
  readonly collateral: Collateral;
  readonly windows: Readonly<
    Record<'tcb_info.json' | 'qe_identity.json' | 'pck_crl.der' | 'root_ca_crl.der', Window>
  >;
  readonly expected: TdxExpected & JsonObject;
}

interface Dated {
  readonly issueDate?: string;
  readonly thisUpdate?: string;
  readonly nextUpdate: string;
}

interface ManifestEntry {
  readonly slug: string;
  readonly kind: string;
  readonly dir: string;
  readonly quote_version: number;
  readonly body_type: number | null;
  readonly verification_time: { readonly pinned: string };
  readonly collateral: Readonly<Record<'tcb_info' | 'qe_identity' | 'pck_crl' | 'root_ca_crl', Dated>>;
  readonly expected: TdxExpected & JsonObject;
}

/** Slugs and folders of every manifest entry of the kinds. */
export function entriesOf(
  home: string,
  ...kinds: readonly string[]
): readonly Pick<ManifestEntry, 'slug' | 'kind' | 'dir'>[] {
  return manifestOf(home).filter(({ kind }) => kinds.includes(kind));
}

/** Every entry of kind `tdx-quote`. */
export function tdxSamples(home: string): readonly TdxSample[] {
  return manifestOf(home)
    .filter(({ kind }) => kind === 'tdx-quote')
    .map((entry) => sampleOf(home, entry));
}

function manifestOf(home: string): readonly ManifestEntry[] {
  const manifest = JSON.parse(readFileSync(join(home, 'manifest.json'), 'utf8')) as {
    readonly samples: readonly ManifestEntry[];
  };
  return manifest.samples;
}

function sampleOf(home: string, entry: ManifestEntry): TdxSample {
  const directory = join(home, entry.dir);
  const collateralDirectory = join(directory, 'collateral');
  const { tcb_info, qe_identity, pck_crl, root_ca_crl } = entry.collateral;
  return {
    slug: entry.slug,
    quoteVersion: entry.quote_version,
    bodyType: entry.body_type,
    pinned: new Date(entry.verification_time.pinned),
    quote: new Uint8Array(readFileSync(join(directory, 'quote.bin'))),
    directory,
    collateralDirectory,
    collateral: collateralIn(collateralDirectory),
    windows: {
      'tcb_info.json': windowOf(tcb_info),
      'qe_identity.json': windowOf(qe_identity),
      'pck_crl.der': windowOf(pck_crl),
      'root_ca_crl.der': windowOf(root_ca_crl),
    },
    expected: entry.expected,
  };
}

function collateralIn(directory: string): Collateral {
  const present = COLLATERAL_FILES.filter((file) => existsSync(join(directory, file)));
  return Object.fromEntries(
    present.map((file) => [file, new Uint8Array(readFileSync(join(directory, file)))]),
  );
}

function windowOf({ issueDate, thisUpdate, nextUpdate }: Dated): Window {
  return { issued: new Date(issueDate ?? thisUpdate ?? Number.NaN), ends: new Date(nextUpdate) };
}

export function without(collateral: Collateral, ...files: readonly CollateralFile[]): Collateral {
  const kept = COLLATERAL_FILES.filter((file) => !files.includes(file) && collateral[file] !== undefined);
  return Object.fromEntries(kept.map((file) => [file, collateral[file]]));
}

export interface Judging {
  readonly at: Date;
  readonly collateral: Collateral;
  readonly type?: string;
  readonly revocation?: RevocationMode;
  readonly anchors?: TrustAnchors;
  readonly policy?: AppraisalPolicy;
  /** Hex. */
  readonly reportData?: string;
  readonly references?: ReferenceQuery;
  readonly eventLog?: Uint8Array | null;
}

const NOT_COMPARED: ReferenceQuery = { given: false, candidates: [] };

/** What `assay verify` does, with the files of a directory in memory. */
export async function judgeQuote(quote: Uint8Array, judging: Judging): Promise<Verification> {
  const anchors = judging.anchors ?? loadPinnedAnchors();
  const { at } = judging;
  const parsed = await outcomeOf(() => parseEvidence(judging.type ?? 'auto', quote, [], judging.eventLog));
  if (!parsed.ok) {
    const context = { tee: null, envelope: null, binding: 'not_checked', checks: [] } as const;
    const verdict = verdictOfRefusal(parsed.refusal, { ...context, simulated: anchors.simulated, at });
    return { verdict, authenticated: null, appraisal: null, refusal: parsed.refusal, lacking: [] };
  }
  return verifyEvidence({
    evidence: parsed.value,
    expectedReportData: judging.reportData === undefined ? null : bytesOfHex(judging.reportData),
    endorsements: offered(judging.collateral, parsed.value.requirements),
    anchors,
    at,
    revocation: judging.revocation ?? 'required',
    policy: judging.policy ?? STANDARD_POLICY,
    references: judging.references ?? NOT_COMPARED,
  });
}

/** Each file as whatever was asked for of its kind, as a directory offers it. */
export function offered(
  collateral: Collateral,
  requirements: readonly EndorsementRequirement[],
): EndorsementSet {
  return requirements.flatMap((requirement) => {
    const file = COLLATERAL_FILES.find((name) => name === tdxScheme.fileOf(requirement.kind));
    const bytes = file === undefined ? undefined : collateral[file];
    return bytes === undefined ? [] : [{ ...requirement, bytes }];
  });
}

export type Register = 'mrtd' | 'rtmr1' | 'rtmr2';

/** One reference value with the sample's own registers. */
export function ownReference(
  { expected }: TdxSample,
  fields: readonly Register[] = ['mrtd', 'rtmr1', 'rtmr2'],
  covers: Covers = 'boot',
): ReferenceQuery {
  const values = { mrtd: expected.mrtd, rtmr1: expected.rtmrs[1], rtmr2: expected.rtmrs[2] };
  const match = Object.fromEntries(fields.map((field) => [field, [values[field]]]));
  const value = { workload: null, version: null, tee: 'tdx', covers, match } as const;
  return { given: true, candidates: [{ ...value, notBefore: null, notAfter: null }] };
}

/** `authentic`, or the class of answer and the code. */
export function answerOf({ verdict }: Verification): string {
  if (verdict.authentic === true) return 'authentic';
  return `${verdict.authentic === false ? 'refused' : 'undecided or malformed'} ${verdict.code}`;
}

/** The one entry of a code. */
export function checkOf({ verdict }: Verification, id: string): CheckResult {
  const [check, ...more] = verdict.checks.filter((one) => one.id === id);
  if (check === undefined || more.length > 0) throw new Error(`${id}: ${more.length + 1} entries or none`);
  return check;
}
