/** The same evidence at the same instant through the command line and over HTTP: one verdict. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { base64urlOf } from '../../src/bytes/encoding.js';
import type { Verdict } from '../../src/rats/result.js';
import { type Door, post } from '../replicas/guest.js';
import { dataDirectory, type Replica, startReplica } from '../replicas/replica.js';
import { describeWithVectors, vectorsDir } from '../vectors-home.js';
import { instantWithCrl, type Product, type SnpSample, snpSamples } from './snp-samples.js';

/** What bin/assay.js does, on the build that this test belongs to. */
const COMMAND = `
  const { main } = await import(${JSON.stringify(new URL('../../src/cli/main.js', import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1));`;
const PRODUCTS: readonly Product[] = ['Milan', 'Genoa', 'Turin'];

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function assay(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', COMMAND, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout, stderr };
}

describeWithVectors('one verdict, whichever way evidence comes in', () => {
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
      const ran = await assay(
        'endorsements',
        'import',
        directory,
        '--server',
        replica.url,
        '--key',
        door.key,
      );
      expect(ran).toMatchObject({ status: 0 });
    }
  }, 180_000);
  afterAll(async () => {
    await replica?.stop();
    data.remove();
    rmSync(lists, { recursive: true, force: true });
  });

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
  }, 180_000);

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
  }, 180_000);
});
