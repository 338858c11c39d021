/** Altered and foreign reports: each is refused, and for its own reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { anchorsFromFiles, loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { describeWithVectors } from '../vectors-home.js';

describeWithVectors('evidence that must not be believed', (home) => {
  const AT = new Date('2026-06-01T00:00:00Z');
  const read = (path: string): Uint8Array => new Uint8Array(readFileSync(join(home, path)));

  test.each([
    ['snp-foreign-vcek-legacy', 'snp_chain_signature_invalid'],
    ['snp-foreign-vcek-new', 'snp_chain_signature_invalid'],
    ['vec-snp-210-wrong-report-version', 'snp_report_reserved_nonzero'],
    ['vec-snp-211-truncated-report', 'snp_report_malformed'],
    ['vec-snp-220-signature-byte-flipped', 'snp_signature_invalid'],
    ['vec-snp-221-signed-region-measurement-tampered', 'snp_signature_invalid'],
    ['vec-snp-230-vcek-first-byte-flipped', 'snp_chain_untrusted'],
    ['vec-snp-231-vcek-signature-tampered', 'snp_chain_signature_invalid'],
    ['vec-snp-600-synth-debug-bit-set', 'snp_chain_signature_invalid'],
    ['vec-snp-604-synth-baseline-accept', 'snp_chain_signature_invalid'],
    ['vec-snp-601-synth-reserved-mbo-cleared', 'snp_report_malformed'],
    ['vec-snp-602-synth-reserved-mbz-set', 'snp_report_malformed'],
    ['vec-snp-700-vcek-hwid-mismatch', 'snp_chain_signature_invalid'],
    ['vec-snp-701-vcek-bl-spl-mismatch', 'snp_chain_signature_invalid'],
  ])('%s', async (slug, code) => {
    const judged = async (): Promise<string> => {
      const evidence = parseEvidence('auto', read(`negative/${slug}/report.bin`), [
        read(`negative/${slug}/vcek.der`),
      ]);
      const result = await evidence.authenticate({
        endorsements: [],
        anchors: loadPinnedAnchors(),
        at: AT,
        revocation: 'best-effort',
      });
      return result.kind === 'authentic' ? 'authentic' : result.refusal.code;
    };
    await expect(judged().catch((error: Error) => error.message.split(':')[0])).resolves.toBe(code);
  });

  // The same under the made-up roots that their authors signed them with: judged for what is wrong with them.
  test.each([
    ['vec-snp-600-synth-debug-bit-set', 'authentic'],
    ['vec-snp-601-synth-reserved-mbo-cleared', 'snp_report_malformed'],
    ['vec-snp-602-synth-reserved-mbz-set', 'snp_report_malformed'],
    ['vec-snp-603-synth-migrate-ma-set', 'authentic'],
    ['vec-snp-604-synth-baseline-accept', 'authentic'],
    ['vec-snp-700-vcek-hwid-mismatch', 'snp_chip_id_mismatch'],
    ['vec-snp-701-vcek-bl-spl-mismatch', 'snp_tcb_cert_mismatch'],
  ])('%s with its own root injected', async (slug, code) => {
    const judged = async (): Promise<string> => {
      const anchors = await anchorsFromFiles([
        read(`negative/${slug}/amd_root_ca.pem`),
        read(`negative/${slug}/ask.pem`),
      ]);
      const evidence = parseEvidence('auto', read(`negative/${slug}/report.bin`), [
        read(`negative/${slug}/vcek.der`),
      ]);
      const result = await evidence.authenticate({
        endorsements: [],
        anchors,
        at: AT,
        revocation: 'best-effort',
      });
      return result.kind === 'authentic' ? 'authentic' : result.refusal.code;
    };
    await expect(judged().catch((error: Error) => error.message.split(':')[0])).resolves.toBe(code);
  });

  test('version 1 has no layout; version 4 is read and lacks its certificate', async () => {
    expect(() => parseEvidence('auto', read('unverified/v1-azure/report.bin'), [])).toThrow(
      /snp_report_version_unsupported/,
    );
    const evidence = parseEvidence('auto', read('unverified/v4-milan-gcp/report.bin'), []);
    const result = await evidence.authenticate({
      endorsements: [],
      anchors: loadPinnedAnchors(),
      at: AT,
      revocation: 'required',
    });
    expect(result.kind === 'undecided' && result.refusal.code).toBe('snp_kds_unavailable');
  });
});
