/** One verdict on every target there is: the code in this process, the built command in one of its own, and HTTP. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import { writeGuest, writeTd } from '../../src/simulator/index.js';
import { assay as assayHere } from '../cli/run-assay.js';
import { evidenceOf, guestWith, importInto, intelArchive, listsArchive, tdWith } from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { assay as assayApart } from '../vectors/command.js';

const REPORT_DATA = Buffer.alloc(64, 0x11);

let service: TestService;
let dir = '';
beforeAll(async () => {
  service = await startTestService();
  for (const archive of [await listsArchive(), await intelArchive()]) {
    await importInto(service, archive).expect(200);
  }
  dir = await mkdtemp(join(tmpdir(), 'assay-targets-'));
}, 180_000);
afterAll(async () => {
  await service.close();
  await rm(dir, { recursive: true, force: true });
});

/** Faults that are in the evidence, so that the documents are the same everywhere. Null: nothing is wrong. */
const SNP: readonly (RefusalCode | null)[] = [
  ...[null, 'snp_report_malformed', 'snp_chain_signature_invalid', 'snp_tcb_cert_mismatch'],
  ...['snp_signature_invalid', 'snp_policy_debug', 'report_data_mismatch'],
] as (RefusalCode | null)[];
const TDX: readonly (RefusalCode | null)[] = [
  ...[null, 'tdx_quote_malformed', 'tdx_pck_chain_invalid', 'tdx_pck_revoked'],
  ...['tdx_qe_report_data_mismatch', 'tdx_quote_signature_invalid', 'tdx_debug_td'],
] as (RefusalCode | null)[];

interface Written {
  readonly evidence: string;
  readonly anchor: string;
  readonly submitted: JsonObject;
}

async function writeSnp(fault: RefusalCode | null): Promise<Written> {
  const guest = await guestWith(REPORT_DATA, fault === null ? {} : { fault });
  await writeGuest(dir, guest);
  return { evidence: 'report.bin', anchor: 'ark.pem', submitted: evidenceOf(guest) };
}

async function writeTdx(fault: RefusalCode | null): Promise<Written> {
  const td = await tdWith(REPORT_DATA, fault === null ? {} : { fault });
  await writeTd(dir, td);
  return { evidence: 'quote.bin', anchor: 'root-ca.pem', submitted: evidenceOf(td) };
}

describe.each([
  ['SNP', SNP, writeSnp],
  ['TDX', TDX, writeTdx],
] as const)('same_vectors_on_every_target: %s', (_tee, faults, write) => {
  test.each(faults.map((fault) => [fault ?? 'nothing wrong', fault] as const))('%s', async (_name, fault) => {
    const { evidence, anchor, submitted } = await write(fault);
    const args = [
      ...['verify', join(dir, evidence), '--json', '--at', SIMULATED_AT.toISOString()],
      ...['--endorsements', dir, '--trust-anchor', join(dir, anchor)],
      ...['--report-data', REPORT_DATA.toString('hex')],
    ];
    const here = await assayHere(args);
    const apart = await assayApart(...args);
    expect({ exit: apart.status, verdict: apart.stdout }).toEqual({ exit: here.code, verdict: here.out });
    const verdict = JSON.parse(here.out);
    expect(verdict.code).toBe(fault);

    const body = { evidence: submitted, report_data: REPORT_DATA.toString('hex') };
    const reply = await service.post('/simulated/v1/appraise', body, service.adminKey);
    if (reply.status === 200) {
      const { decision: _, ...answer } = reply.body;
      expect(answer).toEqual(verdict);
    } else {
      // Malformed evidence has no verdict over HTTP.
      expect([verdict.authentic, reply.body.code]).toEqual([null, fault]);
    }
  });
});

test('same_vectors_on_every_target: the targets are what the package offers', async () => {
  const root = new URL('../../../', import.meta.url);
  const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
  // A client for another platform would be one more target, and belongs into the comparison above.
  expect(Object.keys(manifest.bin)).toEqual(['assay']);
  expect(Object.keys(manifest.exports)).toEqual(['./client', './package.json']);
  expect([manifest.main, manifest.browser]).toEqual([undefined, undefined]);
  // The client judges tokens; evidence is never judged there.
  const client = await import('../../src/client/index.js');
  expect(Object.keys(client).filter((name) => /evidence|report|quote|apprais/iu.test(name))).toEqual([]);
});
