/** Reports of other versions than those that vectors with certificates have. Altered and foreign ones: negatives.test.ts. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { NO_DEMANDS } from '../tee/context.js';
import { describeWithVectors } from '../vectors-home.js';

describeWithVectors('reports whose certificate was never published', (home) => {
  const AT = new Date('2026-06-01T00:00:00Z');
  const read = (path: string): Uint8Array => new Uint8Array(readFileSync(join(home, path)));

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
      demands: NO_DEMANDS,
    });
    expect(result.kind === 'undecided' && result.refusal.code).toBe('snp_kds_unavailable');
  });
});
