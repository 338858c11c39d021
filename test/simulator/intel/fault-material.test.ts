/** What each fault of a TD changes: that, and nothing else. */
import { describe, expect, it } from '@jest/globals';
import { REFUSALS, type RefusalCode } from '../../../src/rats/refusal.js';
import { BOOT_EVENTS, mintTd, PCK_CAS, TD_FAULTS, tdFaultOf } from '../../../src/simulator/index.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';
import { oddities } from './oddities.js';
import { simulatedIntel } from './simulated-intel.js';

/** Envelope faults leave the quote and its endorsements alone. */
const EXPECTED: Partial<Record<RefusalCode, readonly string[]>> = {
  evidence_type_unknown: [],
  evidence_too_large: [],
  evidence_encoding_invalid: [],
  member_duplicate: [],
  member_unknown: [],
  json_too_deep: [],
  tdx_quote_malformed: ['trailing bytes'],
  tdx_quote_version_unsupported: ['version'],
  tdx_tee_type_mismatch: ['tee_type'],
  tdx_key_type_unsupported: ['key_type'],
  tdx_qe_vendor_unknown: ['vendor'],
  tdx_cert_data_unsupported: ['certification type'],
  tdx_quote_signature_invalid: ['quote signature'],
  report_data_mismatch: ['report_data'],
  tdx_pck_chain_invalid: ['leaf signature'],
  tdx_pck_chain_untrusted: ['root'],
  tdx_cert_expired: ['leaf window'],
  tdx_pck_revoked: ['Intel SGX PCK Certificate revoked'],
  tdx_crl_stale: ['pck list over'],
  tdx_crl_signature_invalid: ['pck list signature'],
  tdx_pck_ca_revoked: ['Intel SGX PCK Platform CA revoked'],
  tdx_tcb_signing_revoked: ['Intel SGX TCB Signing revoked'],
  collateral_unavailable: ['no info'],
  collateral_malformed: ['info status'],
  clock_skew: ['info of the future'],
  stale_collateral: ['info over'],
  tdx_tcb_info_signature_invalid: ['info signature'],
  tdx_qe_identity_signature_invalid: ['identity signature'],
  tdx_tcb_info_mismatch: ['info fmspc'],
  tdx_tcb_evaluation_number_too_low: ['info evaluation'],
  tdx_qe_report_signature_invalid: ['qe signature'],
  tdx_qe_report_data_mismatch: ['qe binding'],
  tdx_qe_identity_mismatch: ['qe signer'],
  tdx_module_mismatch: ['mrsignerseam'],
  tdx_tcb_not_supported: ['leaf components'],
  tdx_tcb_revoked: ['leaf components'],
  tdx_tcb_status_not_accepted: ['leaf components'],
  tdx_advisory_not_accepted: ['leaf components'],
  tdx_fmspc_not_allowed: ['leaf fmspc'],
  tdx_platform_not_allowed: ['leaf instance'],
  tdx_module_below_minimum: ['tee_tcb_svn'],
  tdx_debug_td: ['td_attributes'],
  tdx_attributes_forbidden: ['td_attributes'],
  tdx_xfam_invalid: ['xfam'],
  tdx_service_td_not_allowed: ['mrservicetd'],
  measurement_not_allowed: ['rtmr1'],
  policy_rule_failed: ['owner'],
  event_log_malformed: ['log algorithm'],
  event_log_replay_mismatch: ['log registers'],
  event_digest_mismatch: ['log data'],
  event_log_required: ['no log'],
};

describe('the material of a TD’s fault', () => {
  it.each(PCK_CAS)('is flawless without one, under the %s CA', async (ca) => {
    for (const quoteVersion of [4, 5] as const) {
      const td = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, ca, quoteVersion });
      expect(await oddities(td)).toEqual([]);
      expect([td.policy, td.fault]).toEqual([null, null]);
      expect(td.actual).toBe(td.expected);
      const logged = { at: SIMULATED_AT, ca, quoteVersion, eventLog: BOOT_EVENTS };
      expect(await oddities(await mintTd(await simulatedIntel(), logged))).toEqual([]);
    }
  });

  it('is described here for every fault, and there is one for every code of TDX', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual([...TD_FAULTS].sort());
    const missing = REFUSALS.filter(({ code }) => code.startsWith('tdx_') && !TD_FAULTS.includes(code));
    expect(missing).toEqual([]);
  });

  it.each(TD_FAULTS)('%s differs in that and nothing else', async (fault) => {
    const td = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, fault });
    expect(td.fault).toBe(fault);
    expect(await oddities(td)).toEqual(EXPECTED[fault]);
  });

  it.each(TD_FAULTS)('%s leaves the TD without it flawless', async (fault) => {
    const { clean } = tdFaultOf(fault);
    const td = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, ...clean });
    expect(await oddities(td)).toEqual([]);
  });

  it('of the envelope changes the evidence around an unchanged quote', async () => {
    for (const fault of TD_FAULTS.filter((code) => EXPECTED[code]?.length === 0)) {
      const { evidence, quote } = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, fault });
      const bytes = Buffer.from(evidence);
      const holdsQuote =
        bytes.includes(Buffer.from(quote)) || bytes.includes(Buffer.from(quote).toString('base64'));
      expect([fault, holdsQuote]).toEqual([fault, fault !== 'evidence_type_unknown']);
      if (bytes[0] === 0x7b && fault !== 'evidence_encoding_invalid') {
        expect(JSON.parse(bytes.toString('utf8'))).toHaveProperty('outblob');
      }
    }
  });

  it('comes on top of the caller’s own changes', async () => {
    const { documents } = await mintTd(await simulatedIntel(), {
      at: SIMULATED_AT,
      fault: 'tdx_tcb_info_mismatch',
      changes: { tcbInfo: (plan) => ({ ...plan, tcbType: 7 }) },
    });
    const text = Buffer.from(documents.tcbInfo ?? []).toString('utf8');
    expect(text).toContain('"tcbType":7');
    expect(text).toContain('"fmspc":"A55A7F000000"');
  });
});
