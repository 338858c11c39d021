/** A signing certificate that was revoked: nothing is concluded from what it signed. */
import { expect, test } from '@jest/globals';
import { SIMULATED_FMSPCS } from '../../../src/simulator/index.js';
import { serialOf } from '../../../src/simulator/intel/collateral.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { judge, present, replacing, tdOf } from './judged.js';
import { listOf, revoking } from './minted-list.js';

test('documents under it speak neither for a platform nor against it', async () => {
  const [td, other] = [await tdOf(), await tdOf({ fmspc: SIMULATED_FMSPCS[1] })];
  const foreign = replacing(td, 'tdx-tcb-info', present(other.documents.tcbInfo));
  const before = await judge(td, { endorsements: foreign });
  expect(before.failures).toEqual(['tdx_tcb_info_mismatch']);

  const { authorities } = await simulatedIntel();
  const revoked = await listOf('tdx-root-crl', revoking(serialOf(authorities.tcbSigning)));
  const withRevoked = [
    ...foreign.filter(({ kind }) => kind !== 'tdx-root-crl'),
    { kind: 'tdx-root-crl', subject: 'intel', bytes: revoked },
  ];
  const after = await judge(td, { endorsements: withRevoked });
  expect(after.failures).toEqual(['tdx_tcb_signing_revoked']);
  expect(after.unrun).toEqual(
    expect.arrayContaining(['tdx_tcb_info_mismatch', 'tdx_module_mismatch', 'tdx_tcb_not_supported']),
  );
});
