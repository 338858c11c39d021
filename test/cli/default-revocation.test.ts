/** What `assay verify` does about revocation when nobody says anything about it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import { mintGuest, mintTd, writeGuest, writeTd } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { assay } from './run-assay.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-default-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const at = SIMULATED_AT;

interface Kind {
  readonly tee: string;
  readonly evidence: string;
  readonly description: string;
  readonly anchor: string;
  readonly lists: readonly string[];
  readonly write: (fault?: RefusalCode) => Promise<unknown>;
  readonly revoked: readonly RefusalCode[];
  readonly stale: RefusalCode;
}

const KINDS: readonly Kind[] = [
  {
    tee: 'sev-snp',
    evidence: 'report.bin',
    description: 'guest.json',
    anchor: 'ark.pem',
    lists: ['vcek_crl.der'],
    write: async (fault) => writeGuest(dir, await mintGuest(await simulatedVendor(), { at, fault })),
    revoked: ['snp_ca_revoked'],
    stale: 'snp_crl_stale',
  },
  {
    tee: 'tdx',
    evidence: 'quote.bin',
    description: 'td.json',
    anchor: 'root-ca.pem',
    lists: ['pck_crl.der', 'root_ca_crl.der'],
    write: async (fault) => writeTd(dir, await mintTd(await simulatedIntel(), { at, fault })),
    revoked: ['tdx_pck_revoked', 'tdx_pck_ca_revoked', 'tdx_tcb_signing_revoked'],
    stale: 'tdx_crl_stale',
  },
];

/** Everything but `--revocation`. */
async function verify({ evidence, description, anchor }: Kind) {
  const guest = JSON.parse(await readFile(join(dir, description), 'utf8'));
  const { code: exit, out } = await assay([
    ...['verify', join(dir, evidence), '--json', '--at', at.toISOString()],
    ...['--endorsements', dir, '--trust-anchor', join(dir, anchor)],
    ...['--reference-values', join(dir, 'reference-values.json'), '--report-data', guest.report_data],
  ]);
  const { authentic, status, code } = JSON.parse(out);
  return { exit, authentic, status, code };
}

describe.each(KINDS)('default_options_check_revocation: $tee', (kind) => {
  test('with all lists at hand the verdict is a full yes', async () => {
    await kind.write();
    expect(await verify(kind)).toEqual({ exit: 0, authentic: true, status: 'affirming', code: null });
  });

  test('who is revoked gets no yes', async () => {
    for (const code of kind.revoked) {
      await kind.write(code);
      // Who signed the documents being revoked says nothing about the evidence itself.
      const undecided = refusalEntry(code).class === 'undecided';
      expect(await verify(kind)).toEqual({
        exit: undecided ? 4 : 1,
        authentic: undecided ? null : false,
        status: 'none',
        code,
      });
    }
  });

  test('an absent list is no yes, whichever it is', async () => {
    for (const list of kind.lists) {
      await kind.write();
      await rm(join(dir, list));
      expect(await verify(kind)).toEqual({
        exit: 4,
        authentic: null,
        status: 'none',
        code: 'collateral_unavailable',
      });
    }
  });

  test('neither is a list past its end', async () => {
    await kind.write(kind.stale);
    expect(await verify(kind)).toEqual({ exit: 4, authentic: null, status: 'none', code: kind.stale });
  });
});
