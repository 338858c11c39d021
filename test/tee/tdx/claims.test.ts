import { describe, expect, test } from '@jest/globals';
import { TDX_MATCH_FIELDS } from '../../../src/rats/reference-value.js';
import { claimsOf, referenceFieldsOf } from '../../../src/tee/tdx/claims.js';
import { bits, FMSPC, INSTANCE, REPORT_10, samplePck, sampleReport } from './sample-report.js';

const MEMBERS = [
  'quote_version',
  'body_type',
  'mrtd',
  'rtmr0',
  'rtmr1',
  'rtmr2',
  'rtmr3',
  'mrseam',
  'mrsignerseam',
  'seam_attributes',
  'mrconfigid',
  'mrowner',
  'mrownerconfig',
  'mrservicetd',
  'tee_tcb_svn',
  'tee_tcb_svn_2',
  'td_attributes',
  'xfam',
  'report_data',
  'fmspc',
  'pce_id',
  'pck',
];

describe('the claims of a quote', () => {
  test('of version 5 are these, byte strings in the order of the evidence', () => {
    const claims = claimsOf({ quoteVersion: 5, report: sampleReport(), pck: samplePck() });
    expect(Object.keys(claims)).toEqual(MEMBERS);
    expect(claims).toEqual({
      quote_version: 5,
      body_type: 3,
      mrtd: 'a0'.repeat(48),
      rtmr0: 'b0'.repeat(48),
      rtmr1: 'b1'.repeat(48),
      rtmr2: 'b2'.repeat(48),
      rtmr3: 'b3'.repeat(48),
      mrseam: 'd0'.repeat(48),
      mrsignerseam: '00'.repeat(48),
      seam_attributes: '00'.repeat(8),
      mrconfigid: 'c0'.repeat(48),
      mrowner: 'c1'.repeat(48),
      mrownerconfig: 'c2'.repeat(48),
      mrservicetd: '00'.repeat(48),
      tee_tcb_svn: `060103${'00'.repeat(13)}`,
      tee_tcb_svn_2: `070103${'00'.repeat(13)}`,
      td_attributes: '0000001000000000',
      xfam: 'e702060000000000',
      report_data: 'e0'.repeat(64),
      fmspc: FMSPC,
      pce_id: '0000',
      pck: { platform_instance_id: INSTANCE, dynamic_platform: false, cached_keys: true, smt_enabled: true },
    });
  });

  test('of version 4 have no body type, no running module and no service TD', () => {
    const claims = claimsOf({ quoteVersion: 4, report: sampleReport(REPORT_10), pck: samplePck() });
    expect(Object.keys(claims)).toEqual(MEMBERS);
    expect(claims).toMatchObject({
      quote_version: 4,
      body_type: null,
      mrservicetd: null,
      tee_tcb_svn_2: null,
    });
  });

  test('of version 5 with TD report 1.0 name its type', () => {
    const claims = claimsOf({ quoteVersion: 5, report: sampleReport(REPORT_10), pck: samplePck() });
    expect(claims).toMatchObject({ body_type: 2, mrservicetd: null, tee_tcb_svn_2: null });
  });

  test('under the Processor CA leave the instance out and say what is not known', () => {
    const pck = samplePck({
      platformInstanceId: null,
      configuration: { dynamicPlatform: null, cachedKeys: null, smtEnabled: null },
    });
    expect(claimsOf({ quoteVersion: 4, report: sampleReport(REPORT_10), pck }).pck).toEqual({
      dynamic_platform: null,
      cached_keys: null,
      smt_enabled: null,
    });
  });

  test('without a certificate say nothing about the platform', () => {
    const claims = claimsOf({ quoteVersion: 5, report: sampleReport(), pck: null });
    expect(Object.keys(claims)).toEqual(MEMBERS);
    expect(claims).toMatchObject({ fmspc: null, pce_id: null, pck: null });
  });

  test('keep the byte order of words', () => {
    const report = sampleReport({ tdAttributes: bits(0, 63), xfam: 0x0102n });
    expect(claimsOf({ quoteVersion: 5, report, pck: null })).toMatchObject({
      td_attributes: '0100000000000080',
      xfam: '0201000000000000',
    });
  });
});

test('the fields that a reference value may match are all there, and agree with the claims', () => {
  const report = sampleReport();
  const fields = referenceFieldsOf(report);
  expect(Object.keys(fields)).toEqual([...TDX_MATCH_FIELDS]);
  expect(claimsOf({ quoteVersion: 5, report, pck: null })).toMatchObject(fields);
});
