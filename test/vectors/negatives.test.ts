/** Every published input that must not be believed, and the reason for which it is not, written by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../src/rats/refusal.js';
import { describeWithVectors } from '../vectors-home.js';
import { NEGATIVE_KINDS, type NegativeRow, OTHER_NEGATIVES, runNegatives } from './negative-run.js';
import { ALTERED, INVENTED } from './tdx-negatives.js';
import { entriesOf } from './tdx-samples.js';

/** Fewer would mean that folders are passed over. */
const COUNT = 53;

type Answer = RefusalCode | null;

/**
 * The code under the vendors’ roots; for sets under a made-up root also what that root makes of them, null where it
 * accepts. Those of TDX are in tdx-negatives.ts.
 */
const OTHERS: Readonly<Record<string, readonly [Answer] | readonly [Answer, Answer]>> = {
  // Version 3, which is all that a TDX pipeline can say of a quote of an SGX enclave.
  'negative/intel-qvl-sample-sgx': ['tdx_quote_version_unsupported'],
  'negative/sgx-quote-corrupted': ['tdx_quote_version_unsupported'],
  'tdx/neg-preproduction-root-v4': ['tdx_pck_chain_untrusted'],
  'negative/snp-foreign-vcek-legacy': ['snp_chain_signature_invalid'],
  'negative/snp-foreign-vcek-new': ['snp_chain_signature_invalid'],
  // The version it was changed to has fields where the genuine one has none, and demands zeros elsewhere.
  'negative/vec-snp-210-wrong-report-version': ['snp_report_reserved_nonzero'],
  'negative/vec-snp-211-truncated-report': ['snp_report_malformed'],
  'negative/vec-snp-220-signature-byte-flipped': ['snp_signature_invalid'],
  'negative/vec-snp-221-signed-region-measurement-tampered': ['snp_signature_invalid'],
  // No longer a certificate, so that there is no chain to any root.
  'negative/vec-snp-230-vcek-first-byte-flipped': ['snp_chain_untrusted'],
  'negative/vec-snp-231-vcek-signature-tampered': ['snp_chain_signature_invalid'],
  // Nothing altered but the instant.
  'negative/vec-snp-240-vcek-expired': ['snp_cert_expired'],
  'negative/vec-snp-600-synth-debug-bit-set': ['snp_chain_signature_invalid', 'snp_policy_debug'],
  'negative/vec-snp-601-synth-reserved-mbo-cleared': ['snp_report_malformed', 'snp_report_malformed'],
  'negative/vec-snp-602-synth-reserved-mbz-set': ['snp_report_malformed', 'snp_report_malformed'],
  'negative/vec-snp-603-synth-migrate-ma-set': ['snp_chain_signature_invalid', 'snp_policy_migration_agent'],
  // Its source accepts it and judges no firmware; by the bulletins of that day it is out of date.
  'negative/vec-snp-604-synth-baseline-accept': [
    'snp_chain_signature_invalid',
    'snp_tcb_status_not_accepted',
  ],
  'negative/vec-snp-700-vcek-hwid-mismatch': ['snp_chain_signature_invalid', 'snp_chip_id_mismatch'],
  'negative/vec-snp-701-vcek-bl-spl-mismatch': ['snp_chain_signature_invalid', 'snp_tcb_cert_mismatch'],
};

const ANSWERS: typeof OTHERS = {
  ...OTHERS,
  ...Object.fromEntries(
    Object.entries(ALTERED).map(([name, { cut }]) => [`negative/vec-tdx-${name}`, [cut.code] as const]),
  ),
  ...Object.fromEntries(
    Object.entries(INVENTED).map(([name, row]) => [
      `negative/vec-tdx-${name}`,
      ['tdx_pck_chain_untrusted', row[row.stated].code] as const,
    ]),
  ),
};

describeWithVectors('published evidence that must not be believed', (home) => {
  let rows: readonly NegativeRow[] = [];
  beforeAll(async () => {
    rows = await runNegatives(home);
  });

  test('each has its row, and each row its input', () => {
    const dirs = rows.map(({ dir }) => dir);
    expect([...dirs].sort()).toEqual(Object.keys(ANSWERS).sort());
    const listed = entriesOf(home, ...NEGATIVE_KINDS).map(({ dir }) => dir);
    expect([...dirs].sort()).toEqual([...listed].sort());
    const { samples } = JSON.parse(readFileSync(join(home, 'manifest.json'), 'utf8')) as {
      samples: readonly { kind: string; dir: string }[];
    };
    const known: readonly string[] = NEGATIVE_KINDS;
    const others = samples.filter(({ kind }) => kind.endsWith('-negative') && !known.includes(kind));
    expect(others.map(({ dir }) => dir).sort()).toEqual(Object.keys(OTHER_NEGATIVES).sort());
    expect(dirs.length).toBeGreaterThanOrEqual(COUNT);
    process.stdout.write(`Published negatives refused: ${dirs.length}\n`);
  });

  test('each is answered with the code that is written here', () => {
    const found = rows.map(({ dir, pinned, own }) => [
      dir,
      own === null ? [pinned.code] : [pinned.code, own.code],
    ]);
    expect(Object.fromEntries(found)).toEqual(ANSWERS);
  });

  test('none is authentic under the vendors’ roots, and what is refused has no claims', () => {
    for (const { dir, pinned, own } of rows) {
      expect([dir, pinned.authentic === true, pinned.simulated]).toEqual([dir, false, false]);
      expect(pinned.claims).toBeNull();
      // A root of somebody’s own makes a verdict that says so, and never an affirming one without lists.
      if (own !== null) expect([dir, own.simulated, own.status === 'affirming']).toEqual([dir, true, false]);
    }
  });
});
