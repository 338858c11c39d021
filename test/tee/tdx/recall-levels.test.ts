/** Which levels a recalled platform reaches by documents that were never asked about it. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/rats/result.js';
import {
  appraisable,
  collateral,
  FACTS,
  judged,
  refusals,
  withClaims,
  withPck,
  withQe,
} from './recalled-facts.js';
import { components, isvSvnLevel, moduleIdentity, platformLevel } from './tcb-documents.js';

describe('by documents that ask for more', () => {
  const MICROCODE = withClaims({
    tee_tcb_svn: `060103${'00'.repeat(13)}`,
    tee_tcb_svn_2: `070103${'00'.repeat(13)}`,
  });
  test.each<[string, JsonObject, JsonObject]>([
    ['a component', withPck({ components: [9, ...components().slice(1)] }), { sgx: components(9) }],
    ['the PCE', withPck({ pce_svn: 12 }), { pceSvn: 12 }],
    ['late microcode', MICROCODE, { tdx: components(0, 0, 3) }],
  ])('a platform that lacks %s reaches no level, and one that has it does', (_what, having, level) => {
    const documents = collateral({ tcbLevels: [platformLevel(level)] });
    expect(refusals(FACTS, documents)).toEqual(['tdx_tcb_not_supported']);
    expect(appraisable(having, documents).tcb.status).toBe('UpToDate');
  });

  test('the launch and the module now running have to reach one each', () => {
    const documents = collateral({ tcbLevels: [platformLevel({ tdx: components(0, 0, 3) })] });
    const { tee_tcb_svn, tee_tcb_svn_2 } = MICROCODE.claims as JsonObject;
    for (const claims of [{ tee_tcb_svn }, { tee_tcb_svn_2 }] as JsonObject[]) {
      expect(refusals(withClaims(claims), documents)).toEqual(['tdx_tcb_not_supported']);
    }
  });

  test('of the enclave, one below reaches no level', () => {
    expect(refusals(withQe({ isv_svn: 3 }))).toEqual(['tdx_tcb_not_supported']);
  });

  test('a revoked level refuses, with every check that was made', () => {
    const recalled = judged(FACTS, collateral({ tcbLevels: [platformLevel({ status: 'Revoked' })] }));
    expect(recalled).toMatchObject({ kind: 'refused' });
    expect(
      recalled?.kind === 'refused' ? recalled.checks.map(({ id, outcome }) => [id, outcome]) : [],
    ).toEqual([
      ['tdx_qe_identity_mismatch', 'pass'],
      ['tdx_module_mismatch', 'pass'],
      ['tdx_tcb_not_supported', 'pass'],
      ['tdx_tcb_revoked', 'fail'],
    ]);
  });

  test('the module that launched it decides, and the one now running is told from it', () => {
    const documents = collateral({
      tdxModuleIdentities: [
        moduleIdentity('TDX_01', [isvSvnLevel(7), isvSvnLevel(0, { status: 'OutOfDate' })]),
      ],
    });
    expect(appraisable(FACTS, documents).tcb.status).toBe('TDRelaunchAdvised');
    expect(appraisable(withClaims({ tee_tcb_svn_2: null }), documents).tcb.status).toBe('OutOfDate');
  });

  test.each<[string, JsonObject]>([
    ['MISCSELECT', withQe({ misc_select: 0 })],
    ['ATTRIBUTES', withQe({ attributes: `10${'00'.repeat(15)}` })],
    ['MRSIGNER', withQe({ mr_signer: '00'.repeat(32) })],
    ['ISVPRODID', withQe({ isv_prod_id: 1 })],
  ])('an enclave of another %s is refused', (_what, facts) => {
    expect(refusals(facts)).toEqual(['tdx_qe_identity_mismatch']);
  });

  test.each<[string, JsonObject]>([
    ['signer', withClaims({ mrsignerseam: '01'.repeat(48) })],
    ['attributes', withClaims({ seam_attributes: '0100000000000000' })],
    ['generation', withClaims({ tee_tcb_svn: `0603${'00'.repeat(14)}` })],
  ])('a module of another %s is refused', (_what, facts) => {
    expect(refusals(facts)).toEqual(['tdx_module_mismatch']);
  });

  test('where one of the two is not at hand nothing is said', () => {
    for (const document of collateral()) expect(judged(FACTS, [document])).toBeNull();
  });
});
