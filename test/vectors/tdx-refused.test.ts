/** Altered, invented and foreign quotes: each is refused, and for its own reason; and what they were made from passes. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { anchorsFromFiles, loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { EndorsementSet } from '../../src/rats/endorsement.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { NO_DEMANDS } from '../tee/context.js';
import { describeWithVectors } from '../vectors-home.js';
import { cutQuote, type Negative, tdxNegatives } from './tdx-negative-inputs.js';
import { ALTERED, INVENTED, type Outcome } from './tdx-negatives.js';
import {
  type Collateral,
  checkOf,
  entriesOf,
  judgeQuote,
  type TdxSample,
  tdxSamples,
  without,
} from './tdx-samples.js';

/** Fewer would mean that folders are passed over. */
const NEGATIVES = 34;
const INVENTED_SETS = 11;
/** Altered ones whose source left text behind the quote that is reached. */
const WITH_TRAILER = 20;

type Judged = Awaited<ReturnType<typeof judgeQuote>>;

const outcomeOf = ({ verdict: { authentic, code, status } }: Judged): Outcome => ({
  authentic,
  code,
  status,
});

function named<Row>(
  negatives: readonly Negative[],
  table: Readonly<Record<string, Row>>,
): readonly (readonly [string, Negative, Row])[] {
  return negatives.flatMap((negative) => {
    const row = table[negative.name];
    return row === undefined ? [] : [[negative.name, negative, row] as const];
  });
}

describeWithVectors('TDX evidence that must not be believed', (home) => {
  const negatives = tdxNegatives(home);
  const altered = named(negatives, ALTERED);
  const invented = named(negatives, INVENTED);
  const base = tdxSamples(home).find(({ slug }) => slug === 'v4-spr-e4');
  if (base === undefined) throw new Error('the quote that was altered is missing');

  const judge = (negative: Negative, given: Partial<Parameters<typeof judgeQuote>[1]>, quote?: Uint8Array) =>
    judgeQuote(quote ?? negative.quote, {
      at: negative.at,
      collateral: negative.collateral,
      policy: negative.policy,
      ...given,
    });

  test('every folder of the manifest is in one of the tables', () => {
    const folders = entriesOf(home, 'tdx-negative', 'tdx-vector').map(({ dir }) => dir);
    expect(negatives.map(({ name }) => `negative/vec-tdx-${name}`)).toEqual([...folders].sort());
    expect(negatives.map(({ name }) => name)).toEqual([...Object.keys({ ...ALTERED, ...INVENTED })].sort());
    expect(negatives.length).toBeGreaterThanOrEqual(NEGATIVES);
    expect(invented).toHaveLength(INVENTED_SETS);
    expect(altered.filter(([, , { whole }]) => whole === 'tdx_quote_malformed')).toHaveLength(WITH_TRAILER);
    expect(invented.every(([, { root }]) => root !== null)).toBe(true);
    expect(altered.every(([, { root }]) => root === null)).toBe(true);
  });

  test.each(altered)('%s as published', async (_name, negative, row) => {
    const { verdict } = await judge(negative, {});
    const expected = row.whole === 'as cut' ? row.cut : { authentic: null, code: row.whole, status: 'none' };
    expect(verdict).toMatchObject(expected);
    if (row.whole !== 'as cut') expect(verdict.stage).toBe('parse');
  });

  test.each(altered)('%s cut to its quote: the altered check fails', async (_name, negative, row) => {
    const judged = await judge(negative, {}, cutQuote(negative.quote));
    expect(outcomeOf(judged)).toEqual(row.cut);
    expect(judged.verdict.claims).toBeNull();
    if (row.fault !== null) expect(checkOf(judged, row.fault).outcome).toBe('fail');
    expect(negative.accepted).toBe(false);
    // A sentence in the table wherever our word is none of the source's, and nowhere else.
    const agrees = row.cut.code !== null && negative.stated.includes(row.cut.code);
    expect(row.differs === undefined).toBe(agrees);
  });

  test.each(altered)('%s: the same check passes on the genuine quote', async (name, negative, row) => {
    const alterations = EXPECTED_ALTERATIONS[name] ?? 'one';
    const at = alterations === 'instant' ? base.pinned : negative.at;
    const genuine = await judge(negative, { at, collateral: documentsOf(base) }, base.quote);
    expect(outcomeOf(genuine)).toEqual({ authentic: false, code: 'tdx_tcb_not_supported', status: 'none' });
    if (row.fault !== null) expect(checkOf(genuine, row.fault).outcome).toBe('pass');
    expect(alterationsOf(negative, base)).toBe(alterations);
  });

  test('325: a family that a policy does not want is nothing that authentication asks', async () => {
    const negative = altered.find(([name]) => name === '325-pck-fmspc-mismatch')?.[1];
    if (negative === undefined) throw new Error('the folder is missing');
    expect(negative.policy.tdx.fmspcs).toEqual(['000000000000']);
    const judged = await judge(negative, {}, cutQuote(negative.quote));
    expect(checkOf(judged, 'tdx_fmspc_not_allowed').outcome).toBe('not_run');
    // A genuine quote that gets that far is denied by the same policy.
    const other = tdxSamples(home).find(({ slug }) => slug === 'v4-dstack-uptodate');
    if (other === undefined) throw new Error('the sample is missing');
    const denied = await judge(negative, { at: other.pinned, collateral: other.collateral }, other.quote);
    expect(outcomeOf(denied)).toEqual({
      authentic: true,
      code: 'tdx_fmspc_not_allowed',
      status: 'contraindicated',
    });
  });

  test.each(invented)('%s under Intel’s root', async (_name, negative) => {
    const pinned = await judge(negative, { anchors: loadPinnedAnchors() });
    expect(outcomeOf(pinned)).toEqual({ authentic: false, code: 'tdx_pck_chain_untrusted', status: 'none' });
    expect(pinned.verdict.simulated).toBe(false);
  });

  test.each(invented)('%s under its own root, with its lists', async (_name, negative, row) => {
    const judged = await judge(negative, { anchors: await ownAnchors(negative) });
    expect(outcomeOf(judged)).toEqual(row.listed);
    expect(judged.verdict.simulated).toBe(true);
    // Intel requires a number and a key identifier of its lists, and these have neither.
    const lists = checkOf(judged, 'tdx_crl_signature_invalid');
    expect(lists.outcome).toBe('fail');
    expect(lists.observed).toMatch(/root CA revocation list has no number; .*PCK .* has no number/);
  });

  test.each(invented)('%s under its own root, without lists', async (name, negative, row) => {
    const judged = await judge(negative, {
      anchors: await ownAnchors(negative),
      collateral: without(negative.collateral, 'pck_crl.der', 'root_ca_crl.der'),
      revocation: 'best-effort',
    });
    expect(outcomeOf(judged)).toEqual(row.unlisted);
    const failing = judged.verdict.checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
    if (row.fault === null) expect(failing).toEqual([]);
    else expect(failing).toContain(row.fault);
    const answer = row[row.stated];
    expect([name, answer.code === null]).toEqual([name, negative.accepted]);
    if (answer.code !== null) expect(negative.stated).toContain(answer.code);
  });

  test.each(invented)('%s without lists under `required`: nothing is accepted', async (_name, negative) => {
    const collateral = without(negative.collateral, 'pck_crl.der', 'root_ca_crl.der');
    const { verdict } = await judge(negative, { anchors: await ownAnchors(negative), collateral });
    expect(verdict.authentic).not.toBe(true);
    expect(verdict.checks.find(({ id }) => id === 'collateral_unavailable')?.outcome).toBe('fail');
  });

  test('335: the chain beside the other document vouches for TCB info too', async () => {
    const negative = negatives.find(({ name }) => name === '335-tcb-info-chain-invalid');
    const chain = negative?.qeIdentityChain ?? null;
    if (negative === undefined || chain === null) throw new Error('the folder is missing');
    const evidence = parseEvidence('tdx', negative.quote, []);
    const filled: Readonly<Record<string, readonly (Uint8Array | undefined)[]>> = {
      'tdx-tcb-info': [negative.collateral['tcb_info.json']],
      'tdx-qe-identity': [negative.collateral['qe_identity.json']],
      'tdx-tcb-signing': [negative.collateral['tcb_signing_chain.pem'], chain],
    };
    const endorsements: EndorsementSet = evidence.requirements.flatMap((requirement) =>
      (filled[requirement.kind] ?? []).flatMap((bytes) =>
        bytes === undefined ? [] : [{ ...requirement, bytes }],
      ),
    );
    const { kind } = await evidence.authenticate({
      endorsements,
      anchors: await ownAnchors(negative),
      at: negative.at,
      revocation: 'best-effort',
      demands: NO_DEMANDS,
    });
    expect(kind).toBe('authentic');
  });

  test('the pre-production root: another key under Intel’s name', async () => {
    const entries = entriesOf(home, 'tdx-quote-negative');
    expect(entries).toHaveLength(1);
    for (const { dir } of entries) {
      const quote = new Uint8Array(readFileSync(join(home, dir, 'quote.bin')));
      const judged = await judgeQuote(quote, { at: new Date('2025-01-01T00:00:00Z'), collateral: {} });
      expect(outcomeOf(judged)).toEqual({
        authentic: false,
        code: 'tdx_pck_chain_untrusted',
        status: 'none',
      });
      // Everything that needs no root is in order.
      expect(checkOf(judged, 'tdx_quote_signature_invalid').outcome).toBe('pass');
      expect(checkOf(judged, 'tdx_qe_report_data_mismatch').outcome).toBe('pass');
    }
  });

  test('quotes of SGX enclaves are of a version that is not verified', async () => {
    const files = [
      ...entriesOf(home, 'sgx-quote').map(({ dir }) => `${dir}/quote.bin`),
      'negative/sgx-quote-corrupted/quote.bin',
      'negative/sgx-quote-corrupted/quote_uncorrupted.bin',
      'negative/intel-qvl-sample-sgx/quote.dat',
    ];
    expect(files).toHaveLength(5);
    expect(entriesOf(home, 'sgx-negative').map(({ dir }) => dir)).toEqual([
      'negative/sgx-quote-corrupted',
      'negative/intel-qvl-sample-sgx',
    ]);
    for (const file of files) {
      const quote = new Uint8Array(readFileSync(join(home, file)));
      for (const type of ['auto', 'tdx']) {
        const { verdict } = await judgeQuote(quote, { type, at: base.pinned, collateral: {} });
        expect([file, verdict.code]).toEqual([file, 'tdx_quote_version_unsupported']);
        expect(verdict).toMatchObject({ authentic: null, stage: 'parse', status: 'none' });
      }
    }
  });
});

/** The folders in which something else than one byte or one document is altered. */
const EXPECTED_ALTERATIONS: Readonly<Record<string, string>> = {
  '313-wrong-qe-vendor': '16 bytes',
  '314-truncated-quote': 'truncated',
  '324-pck-leaf-expired': 'instant',
  '325-pck-fmspc-mismatch': 'policy',
  '341-tcb-info-expired': 'instant',
  '343-qe-identity-expired': 'instant',
};

/** The genuine documents, without what the altered sets do not have. */
function documentsOf({ collateral }: TdxSample): Collateral {
  return without(collateral, 'pck_crl_issuer_chain.pem');
}

/** What makes a folder another one than the genuine sample: proof that its base is what we take it for. */
function alterationsOf(negative: Negative, base: TdxSample): string {
  const cut = cutQuote(negative.quote);
  if (cut.length < 1000) return 'truncated';
  const bytes = base.quote.filter(
    (byte, index) => index < negative.quote.length && byte !== negative.quote[index],
  );
  const documents = (['tcb_info.json', 'qe_identity.json', 'pck_crl.der', 'root_ca_crl.der'] as const).filter(
    (file) => digestOf(negative.collateral[file]) !== digestOf(base.collateral[file]),
  );
  const count = bytes.length + documents.length;
  if (count === 1) return 'one';
  if (count > 1) return `${count} bytes`;
  return negative.policy.tdx.fmspcs === null ? 'instant' : 'policy';
}

/** JSON text with or without a line feed behind it is the same document. */
function digestOf(bytes: Uint8Array | undefined): string {
  const text = Buffer.from(bytes ?? [])
    .toString('latin1')
    .trimEnd();
  return createHash('sha256').update(text).digest('hex');
}

async function ownAnchors({ root }: Negative) {
  if (root === null) throw new Error('the folder brings no root');
  return anchorsFromFiles([root]);
}
