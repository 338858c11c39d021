/** Genuine quotes under Intel's genuine root, at their instants with their own documents: who they turn out to be. */
import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { readEndorsementDirectory } from '../../src/endorsements/offline.js';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { JsonObject, TcbPart, Verdict } from '../../src/rats/result.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { NO_DEMANDS } from '../tee/context.js';
import { describeWithVectors } from '../vectors-home.js';
import {
  answerOf,
  type ComputedPart,
  judgeQuote,
  ownReference,
  type TdxSample,
  tdxSamples,
} from './tdx-samples.js';

/** Fewer would mean that the vectors were not found, or that entries are passed over. */
const SAMPLES = 14;

/**
 * By hand, from the statuses of platform, module and quoting enclave by the table of convergence. Null: there is no
 * level for the platform, and so nothing is authentic.
 */
const MERGED: Readonly<Record<string, { readonly status: string; readonly date: string } | null>> = {
  'v4-gcp-cos-ccel': { status: 'UpToDate', date: '2024-03-13' },
  'v5-tdx15-a': { status: 'UpToDate', date: '2024-11-13' },
  'v4-dstack-uptodate': { status: 'UpToDate', date: '2024-03-13' },
  'v4-edgeless-tdx10': { status: 'UpToDate', date: '2022-11-09' },
  'v4-near-gas': { status: 'UpToDate', date: '2024-03-13' },
  'v4-azure-ita': { status: 'UpToDate', date: '2024-03-13' },
  // OutOfDate platforms; the module is OutOfDate too in the last one only.
  'v4-debug-td': { status: 'OutOfDate', date: '2023-02-15' },
  'v4-granite-rapids': { status: 'OutOfDate', date: '2018-01-04' },
  'v4-onchain-gcp': { status: 'OutOfDate', date: '2023-08-09' },
  'v4-azure-hcl': { status: 'OutOfDate', date: '2023-08-09' },
  'v4-spr-e4': null,
  'v5-azure-tcb-unmatched': null,
  'v5-alibaba-a': null,
  'v4-dstack-pck1': null,
};

/** Every code of the procedure's seventeen rows, by hand. */
const CODES: readonly RefusalCode[] = [
  // 1, form
  'tdx_quote_malformed',
  'tdx_quote_version_unsupported',
  'tdx_tee_type_mismatch',
  'tdx_key_type_unsupported',
  'tdx_qe_vendor_unknown',
  'tdx_cert_data_unsupported',
  // 2, PCK chain
  'tdx_pck_chain_invalid',
  'tdx_pck_chain_untrusted',
  'tdx_cert_expired',
  // 3, lists
  'tdx_crl_stale',
  'tdx_crl_signature_invalid',
  'tdx_pck_revoked',
  'tdx_pck_ca_revoked',
  // 4 and 5, documents
  'tdx_tcb_info_signature_invalid',
  'tdx_tcb_info_mismatch',
  'stale_collateral',
  'tdx_tcb_signing_revoked',
  'tdx_qe_identity_signature_invalid',
  // 6
  'tdx_tcb_evaluation_number_too_low',
  // 7 to 10, quoting enclave and quote
  'tdx_qe_report_signature_invalid',
  'tdx_qe_report_data_mismatch',
  'tdx_qe_identity_mismatch',
  'tdx_quote_signature_invalid',
  // 11 and 12, module and levels
  'tdx_module_mismatch',
  'tdx_tcb_not_supported',
  'tdx_tcb_revoked',
  // 13, binding
  'report_data_mismatch',
  'challenge_invalid',
  'challenge_audience_mismatch',
  'nonce_expired',
  'nonce_replayed',
  // 14, log
  'event_log_malformed',
  'event_log_replay_mismatch',
  'event_digest_mismatch',
  // 15 to 17, policy
  'tdx_tcb_status_not_accepted',
  'tdx_advisory_not_accepted',
  'tdx_fmspc_not_allowed',
  'tdx_debug_td',
  'tdx_attributes_forbidden',
  'tdx_xfam_invalid',
  'tdx_service_td_not_allowed',
  'measurement_not_allowed',
  'event_log_required',
];

/** What the collectors of the vectors found out by other means, and what is not claimed. */
const NOT_CLAIMED = [
  'signature_ok',
  'qe_report_signature_ok',
  'qe_binding_ok',
  'pck_chain_ok',
  'pck_root_is_intel_production_root',
  'pck_root_cert_sha256',
  'pck_root_spki_sha256',
  'qe',
  'tcb_status_computed',
  'tcb_status_stated_by_source_tests',
];

/** Claims in the names of the manifest. */
function inManifestWords(claims: JsonObject): JsonObject {
  const { rtmr0, rtmr1, rtmr2, rtmr3, td_attributes, fmspc, pce_id } = claims;
  const attributes = Buffer.from(String(td_attributes), 'hex').readBigUInt64LE();
  return {
    ...claims,
    rtmrs: [rtmr0 ?? null, rtmr1 ?? null, rtmr2 ?? null, rtmr3 ?? null],
    tee_tcb_svn2: claims.tee_tcb_svn_2 ?? null,
    seamattributes: claims.seam_attributes ?? null,
    sept_ve_disable: (attributes & (1n << 28n)) !== 0n,
    debug: (attributes & 1n) !== 0n,
    pck: { fmspc: fmspc ?? null, pceid: pce_id ?? null },
  };
}

function partOf({ status, tcbDate, advisories }: ComputedPart): TcbPart | null {
  if (status === undefined) return null;
  return { status, date: (tcbDate ?? '').slice(0, 10), advisories: advisories ?? [] };
}

/** Last days of all certificates in PEM. */
function endsOf(pem: Uint8Array | undefined): readonly Date[] {
  const blocks = Buffer.from(pem ?? [])
    .toString('latin1')
    .match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  return (blocks ?? []).map((block) => new Date(new X509Certificate(block).validTo));
}

/** The eight contributors: PCK chain, both lists with the issuer of the one, both documents with their signer. */
function earliestEnd({ quote, collateral, windows }: TdxSample): Date {
  const pckChain = endsOf(quote);
  const signingChain = endsOf(collateral['tcb_signing_chain.pem']);
  const listIssuer = endsOf(collateral['pck_crl_issuer_chain.pem']);
  expect([pckChain.length, signingChain.length, listIssuer.length]).toEqual([3, 2, 2]);
  const documents = Object.values(windows).map(({ ends }) => ends);
  expect(documents).toHaveLength(4);
  return new Date(
    Math.min(...[...pckChain, ...signingChain, ...listIssuer, ...documents].map((end) => end.getTime())),
  );
}

const counted = (verdict: Verdict): Readonly<Record<string, number>> =>
  Object.fromEntries(CODES.map((code) => [code, verdict.checks.filter(({ id }) => id === code).length]));
const ONE_EACH = Object.fromEntries(CODES.map((code) => [code, 1]));

describeWithVectors('genuine TDX quotes', (home) => {
  const samples = tdxSamples(home);
  const named = samples.map((sample) => [sample.slug, sample] as const);
  const authentic = named.filter(([slug]) => MERGED[slug] !== null);
  /** Policy `standard`, its own documents, bound. */
  const judged = (sample: TdxSample, references?: ReturnType<typeof ownReference>) =>
    judgeQuote(sample.quote, {
      at: sample.pinned,
      collateral: sample.collateral,
      reportData: sample.expected.report_data,
      ...(references === undefined ? {} : { references }),
    });

  test(`there are at least ${SAMPLES}, and the table knows each`, () => {
    expect(samples.length).toBeGreaterThanOrEqual(SAMPLES);
    expect(samples.map(({ slug }) => slug).sort()).toEqual(Object.keys(MERGED).sort());
    expect(authentic).toHaveLength(10);
    process.stdout.write(`TDX vectors run: ${samples.length}\n`);
  });

  test.each(named)('%s from its directory, as the command line reads it', async (slug, sample) => {
    const directory = await readEndorsementDirectory(sample.collateralDirectory);
    const evidence = parseEvidence('auto', sample.quote, []);
    expect(evidence).toMatchObject({ tee: 'tdx', envelope: 'raw', binding: 'report-data' });
    const result = await evidence.authenticate({
      endorsements: directory.endorsementsFor(evidence.requirements, sample.pinned),
      anchors: loadPinnedAnchors(),
      at: sample.pinned,
      revocation: 'required',
      demands: NO_DEMANDS,
    });
    const answer = result.kind === 'authentic' ? 'authentic' : `${result.kind} ${result.refusal.code}`;
    expect(answer).toBe(MERGED[slug] === null ? 'refused tdx_tcb_not_supported' : 'authentic');
    if (result.kind !== 'authentic') return;
    expect(result.evidence).toMatchObject({
      generation: `tdx-${sample.expected.tee_tcb_svn.slice(2, 4)}`,
      simulated: false,
      measurement: sample.expected.mrtd,
      debug: slug === 'v4-debug-td',
      tierCap: 'affirming',
    });
    expect(result.evidence.trustUntil).toEqual(earliestEnd(sample));
  });

  test.each(named)('%s says what it is known to say', async (slug, sample) => {
    const { verdict } = await judged(sample);
    if (MERGED[slug] === null) {
      expect(verdict).toMatchObject({ authentic: false, code: 'tdx_tcb_not_supported', claims: null });
      return;
    }
    const { pck, ...expected } = Object.fromEntries(
      Object.entries(sample.expected).filter(([name]) => !NOT_CLAIMED.includes(name)),
    );
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(14);
    expect(pck).toBeDefined();
    const { fmspc, pceid } = sample.expected.pck;
    expect(inManifestWords(verdict.claims ?? {})).toMatchObject({ ...expected, pck: { fmspc, pceid } });
    expect(verdict.claims).toMatchObject({ quote_version: sample.quoteVersion, body_type: sample.bodyType });
  });

  test.each(named)(
    '%s: statuses of platform, module and QE are those computed by others',
    async (slug, sample) => {
      const { verdict } = await judged(sample);
      const merged = MERGED[slug] ?? null;
      if (merged === null) {
        expect(sample.expected.tcb_status_computed.platform.status).toBe('no matching level');
        expect(verdict).toMatchObject({ authentic: false, status: 'none', stage: 'authenticate', tcb: null });
        expect(verdict.checks.find(({ id }) => id === 'tdx_tcb_not_supported')?.observed).toMatch(
          /no platform level is reached: for the lowest one .* must be at least/,
        );
        return;
      }
      const { platform, tdx_module, qe } = sample.expected.tcb_status_computed;
      const advisories = [platform, qe, tdx_module].flatMap((part) => part.advisories ?? []);
      expect(verdict.tcb).toEqual({
        ...merged,
        source: 'intel-tcb-info',
        advisories: [...new Set(advisories)],
        platform: partOf(platform),
        module: partOf(tdx_module),
        qe: partOf(qe),
      });
    },
  );

  test.each(named)('%s: one entry for every check of the procedure', async (slug, sample) => {
    const without = await judgeQuote(sample.quote, { at: sample.pinned, collateral: {} });
    const forged = Uint8Array.from(sample.quote);
    forged[200] = (forged[200] ?? 0) ^ 1;
    const refused = await judgeQuote(forged, { at: sample.pinned, collateral: sample.collateral });
    const otherwise = await judgeQuote(sample.quote, {
      at: sample.pinned,
      collateral: sample.collateral,
      reportData: 'ff'.repeat(64),
    });
    const verdicts = [
      await judged(sample),
      await judged(sample, ownReference(sample)),
      without,
      refused,
      otherwise,
    ];
    expect(verdicts.map(answerOf)).toEqual([
      ...Array.from({ length: 2 }, () =>
        MERGED[slug] === null ? 'refused tdx_tcb_not_supported' : 'authentic',
      ),
      'undecided or malformed collateral_unavailable',
      'refused tdx_quote_signature_invalid',
      MERGED[slug] === null ? 'refused tdx_tcb_not_supported' : 'refused report_data_mismatch',
    ]);
    for (const { verdict } of verdicts) expect(counted(verdict)).toEqual(ONE_EACH);
  });
});
