/** The same evidence at the same instant through the command line and over HTTP: one verdict. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { base64urlOf } from '../../src/bytes/encoding.js';
import type { Verdict } from '../../src/rats/result.js';
import { type Door, post } from '../replicas/guest.js';
import { dataDirectory, type Replica, startReplica } from '../replicas/replica.js';
import { describeWithVectors, vectorsDir } from '../vectors-home.js';
import { assay, type Ran } from './command.js';
import { instantWithCrl, type Product, type SnpSample, snpSamples } from './snp-samples.js';
import { type TdxSample, tdxSamples } from './tdx-samples.js';

const PRODUCTS: readonly Product[] = ['Milan', 'Genoa', 'Turin'];

describeWithVectors('same_vectors_on_every_target: one verdict, whichever way evidence comes in', () => {
  const home = vectorsDir() ?? '';
  const samples = home === '' ? [] : snpSamples(home);
  const data = dataDirectory();
  const lists = mkdtempSync(join(tmpdir(), 'assay-lists-'));
  let replica: Replica;
  let door: Door;

  beforeAll(async () => {
    replica = await startReplica({
      ASSAY_DATA_DIR: data.path,
      ASSAY_DATABASE_URL: `pglite:${join(data.path, 'db')}`,
    });
    door = { at: replica.url, issuer: replica.url, key: data.key() };
    for (const product of PRODUCTS) {
      const directory = listDirectory(product);
      mkdirSync(directory);
      const source = join(home, 'roots', 'amd', product.toLowerCase(), 'crl', 'vcek_crl.der');
      copyFileSync(source, join(directory, 'vcek_crl.der'));
      await importFrom(directory);
    }
  }, 300_000);
  afterAll(async () => {
    await replica?.stop();
    data.remove();
    rmSync(lists, { recursive: true, force: true });
  });

  async function importFrom(directory: string): Promise<void> {
    const access = ['--server', replica.url, '--key', door.key];
    const { status, stderr } = await assay('endorsements', 'import', directory, ...access);
    expect({ directory, status, stderr }).toEqual({ directory, status: 0, stderr: '' });
  }

  const listDirectory = (product: Product): string => join(lists, product);

  /** The leaf and chain beside the report, the product's list in a directory: the same to both. */
  async function throughCli(sample: SnpSample, at: Date): Promise<Ran> {
    const leaf = sample.signingKey === 'VLEK' ? 'vlek.der' : 'vcek.der';
    return assay(
      ...['verify', join(sample.directory, 'report.bin'), '--type', 'sev-snp', '--json'],
      ...['--cert', join(sample.directory, leaf), '--cert', join(sample.directory, 'chain.pem')],
      ...['--endorsements', listDirectory(sample.product), '--at', at.toISOString()],
      ...['--report-data', sample.expected.report_data],
    );
  }

  const throughHttp = (sample: SnpSample, at: Date) =>
    post(door, '/v1/appraise', {
      evidence: {
        cpu: {
          type: 'sev-snp',
          bytes: base64urlOf(sample.report),
          certificates: [base64urlOf(sample.leaf), base64urlOf(sample.chain)],
        },
      },
      report_data: sample.expected.report_data,
      at: at.toISOString(),
    });

  test('reports that share an instant with their list: 200, and the command line’s verdict', async () => {
    let compared = 0;
    for (const sample of samples) {
      const at = instantWithCrl(sample);
      if (at === null) continue;
      const cli = await throughCli(sample, at);
      const verdict = JSON.parse(cli.stdout) as Verdict;
      const { status, body } = await throughHttp(sample, at);
      expect({ slug: sample.slug, status }).toEqual({ slug: sample.slug, status: 200 });
      const { decision, ...answer } = body;
      expect(decision).toMatch(/^dec_/);
      expect(answer).toEqual(verdict);
      expect(verdict.authentic).toBe(true);
      compared += 1;
    }
    expect(compared).toBe(13);
  }, 300_000);

  test('the others: 503 with the code that the command line gives on exit 4', async () => {
    const codes: Record<string, unknown> = {};
    for (const sample of samples.filter((each) => instantWithCrl(each) === null)) {
      const cli = await throughCli(sample, sample.pinned);
      const { status, body } = await throughHttp(sample, sample.pinned);
      const verdict = JSON.parse(cli.stdout) as Verdict;
      expect({ slug: sample.slug, exit: cli.status, status }).toEqual({
        slug: sample.slug,
        exit: 4,
        status: 503,
      });
      expect(body.code).toBe(verdict.code);
      expect(verdict.authentic).toBeNull();
      codes[sample.slug] = body.code;
    }
    expect(Object.values(codes).sort()).toEqual([
      'collateral_unavailable',
      'collateral_unavailable',
      'snp_crl_stale',
      'snp_crl_stale',
    ]);
  }, 300_000);

  const quotes = home === '' ? [] : tdxSamples(home);

  const quoteThroughCli = ({ directory, expected }: TdxSample, at: Date, endorsements: string | null) =>
    assay(
      ...['verify', join(directory, 'quote.bin'), '--type', 'tdx', '--json', '--at', at.toISOString()],
      ...['--report-data', expected.report_data],
      ...(endorsements === null ? [] : ['--endorsements', endorsements]),
    );

  const quoteThroughHttp = ({ quote, expected }: TdxSample, at: Date) =>
    post(door, '/v1/appraise', {
      evidence: { cpu: { type: 'tdx', bytes: base64urlOf(quote) } },
      report_data: expected.report_data,
      at: at.toISOString(),
    });

  /** Decided: the whole verdict, but for the decision that only the service records. Returns it. */
  async function expectOneVerdict(sample: TdxSample, endorsements: string): Promise<Verdict> {
    const { stdout, status: exit } = await quoteThroughCli(sample, sample.pinned, endorsements);
    const verdict = JSON.parse(stdout) as Verdict;
    const { status, body } = await quoteThroughHttp(sample, sample.pinned);
    expect({ slug: sample.slug, status }).toEqual({ slug: sample.slug, status: 200 });
    const { decision, ...answer } = body;
    expect(answer).toEqual(verdict);
    if (verdict.authentic === true) {
      expect(decision).toMatch(/^dec_/);
      expect(exit).toBe(verdict.status === 'warning' ? 5 : 3);
    } else {
      expect([decision, exit, verdict.code]).toEqual([null, 1, 'tdx_tcb_not_supported']);
    }
    return verdict;
  }

  /** Undecided: 503 and exit 4, with one code. */
  async function expectOneProblem(
    sample: TdxSample,
    at: Date,
    endorsements: string | null,
  ): Promise<unknown> {
    const { stdout, status: exit } = await quoteThroughCli(sample, at, endorsements);
    const verdict = JSON.parse(stdout) as Verdict;
    const { status, body } = await quoteThroughHttp(sample, at);
    expect({ slug: sample.slug, exit, status }).toEqual({ slug: sample.slug, exit: 4, status: 503 });
    expect(verdict.authentic).toBeNull();
    expect(body.code).toBe(verdict.code);
    return body.code;
  }

  test('quotes whose documents nobody has: 503, and exit 4', async () => {
    for (const sample of quotes) {
      const code = await expectOneProblem(sample, sample.pinned, null);
      expect([sample.slug, code]).toEqual([sample.slug, 'collateral_unavailable']);
    }
    expect(quotes.length).toBeGreaterThanOrEqual(14);
  }, 300_000);

  test('quotes with the documents of all but one imported: the command line’s verdict', async () => {
    const [kept, late] = [
      quotes.filter(({ slug }) => slug !== LATE),
      quotes.filter(({ slug }) => slug === LATE),
    ];
    expect([kept.length, late.length]).toEqual([quotes.length - 1, 1]);
    for (const { collateralDirectory } of kept) await importFrom(collateralDirectory);
    let authentic = 0;
    for (const sample of kept) {
      const verdict = await expectOneVerdict(sample, sample.collateralDirectory);
      if (verdict.authentic === true) authentic += 1;
    }
    expect(authentic).toBe(10);
    // A second after their TCB info no other generation of it was there yet.
    for (const sample of kept) {
      const at = new Date(sample.windows['tcb_info.json'].ends.getTime() + 1000);
      const code = await expectOneProblem(sample, at, sample.collateralDirectory);
      expect([sample.slug, code]).toEqual([sample.slug, 'stale_collateral']);
    }
  }, 300_000);

  /**
   * Generations of one document are told apart by their issue alone. One sample's TCB info was issued inside another's
   * pinned instant, both of one FMSPC: with both at hand the service judges by the later one, as it should.
   */
  test('quotes with the documents of all imported: the verdict on what was in force', async () => {
    for (const { slug, collateralDirectory } of quotes)
      if (slug === LATE) await importFrom(collateralDirectory);
    const replaced: string[] = [];
    for (const sample of quotes) {
      const directory = mkdtempSync(join(lists, 'in-force-'));
      for (const [file, { from, bytes }] of Object.entries(inForce(sample, quotes))) {
        writeFileSync(join(directory, file), bytes);
        if (from !== sample.slug) replaced.push(`${sample.slug}: ${file} of ${from}`);
      }
      for (const file of ['tcb_signing_chain.pem', 'pck_crl_issuer_chain.pem']) {
        copyFileSync(join(sample.collateralDirectory, file), join(directory, file));
      }
      await expectOneVerdict(sample, directory);
    }
    expect(replaced).toEqual([`v5-tdx15-a: tcb_info.json of ${LATE}`]);
  }, 300_000);
});

/** Its TCB info begins between that of `v5-tdx15-a` and the instant at which that is judged. */
const LATE = 'v5-azure-tcb-unmatched';

interface Picked {
  /** Slug of the sample that it was taken from. */
  readonly from: string;
  readonly bytes: Uint8Array;
}

/** Of all samples' documents about the same subject the one issued last by the sample's instant. */
function inForce(sample: TdxSample, all: readonly TdxSample[]): Readonly<Record<string, Picked>> {
  const picked: Record<string, Picked> = {};
  for (const file of ['tcb_info.json', 'qe_identity.json', 'pck_crl.der', 'root_ca_crl.der'] as const) {
    // All PCKs are of the Platform CA, so that TCB info alone has subjects.
    const best = all
      .filter(({ expected }) => file !== 'tcb_info.json' || expected.pck.fmspc === sample.expected.pck.fmspc)
      .filter(({ windows }) => windows[file].issued <= sample.pinned)
      .reduce((one, other) => (other.windows[file].issued > one.windows[file].issued ? other : one), sample);
    picked[file] = { from: best.slug, bytes: best.collateral[file] ?? new Uint8Array() };
  }
  return picked;
}
