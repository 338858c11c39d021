/** What each fault changes, seen with means of its own: node:crypto, pkijs and a table of field positions. */
import { verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as pkijs from 'pkijs';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import { composeReport } from '../../../src/simulator/amd/report.js';
import { FAULTS, mintGuest, type SimulatedGuest } from '../../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../../simulated-vendor.js';

const FIELDS: Readonly<Record<string, readonly [from: number, to: number]>> = {
  version: [0x000, 0x004],
  guest_svn: [0x004, 0x008],
  policy: [0x008, 0x010],
  vmpl: [0x030, 0x034],
  signature_algo: [0x034, 0x038],
  current_tcb: [0x038, 0x040],
  platform_info: [0x040, 0x048],
  key_info: [0x048, 0x04c],
  reserved: [0x04c, 0x050],
  report_data: [0x050, 0x090],
  measurement: [0x090, 0x0c0],
  host_data: [0x0c0, 0x0e0],
  id_key_digest: [0x0e0, 0x110],
  author_key_digest: [0x110, 0x140],
  reported_tcb: [0x180, 0x188],
  cpuid: [0x188, 0x18b],
  chip_id: [0x1a0, 0x1e0],
  committed_tcb: [0x1e0, 0x1e8],
  current_version: [0x1e8, 0x1eb],
  committed_version: [0x1ec, 0x1ef],
  launch_tcb: [0x1f0, 0x1f8],
  mitigations: [0x1f8, 0x208],
};

/** Names of everything about the guest that is not as it should be. */
async function oddities(guest: SimulatedGuest): Promise<string[]> {
  const odd: string[] = [];
  const { expected, report } = guest;
  const clean = composeReport(expected);
  for (const [name, [from, to]] of Object.entries(FIELDS)) {
    if (expected.envelope === 'azure-hcl' && name === 'report_data') continue;
    if (!Buffer.from(report.subarray(from, to)).equals(clean.subarray(from, to))) odd.push(name);
  }
  return [...odd, ...chainOddities(guest), ...(await listOddities(guest))];
}

function chainOddities(guest: SimulatedGuest): string[] {
  const odd: string[] = [];
  const { report, expected } = guest;
  if (!Buffer.from(guest.arkDer).equals(guest.anchorDer)) odd.push('root');
  const ca = new X509Certificate(guest.caDer);
  if (!ca.verify(new X509Certificate(guest.arkDer).publicKey)) odd.push('ca signature');
  if (guest.leafKind !== expected.signingKey) odd.push('leaf kind');
  if (guest.leafDer === null) return [...odd, 'no leaf'];
  const leaf = new X509Certificate(guest.leafDer);
  if (!leaf.verify(ca.publicKey)) odd.push('leaf signature');
  if (new Date(leaf.validTo) < expected.at || new Date(leaf.validFrom) > expected.at) odd.push('leaf window');
  const curve = leaf.publicKey.asymmetricKeyDetails?.namedCurve;
  if (curve !== 'secp384r1') odd.push('leaf key');
  const size = curve === 'secp384r1' ? 48 : 32;
  const half = (from: number) => report.slice(from, from + size).reverse();
  const key = { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' as const };
  const signature = Buffer.concat([half(0x2a0), half(0x2e8)]);
  if (!verify('sha384', report.subarray(0, 0x2a0), key, signature)) odd.push('report signature');
  const hex = Buffer.from(guest.leafDer).toString('hex');
  const product = guest.actual.product;
  if (!hex.includes(`06092b060104019c780102`)) odd.push('leaf product');
  else if (!hex.includes(Buffer.from(product).toString('hex'), hex.indexOf('06092b060104019c780102'))) {
    odd.push('leaf product');
  }
  if (!hex.includes('060a2b060104019c78010308')) odd.push('leaf extension');
  const snp = report[product === 'Turin' ? 0x183 : 0x186] ?? 0;
  if (!hex.includes(`060a2b060104019c780103030403020${`1${snp.toString(16).padStart(2, '0')}`}`))
    odd.push('leaf tcb');
  const chip = Buffer.from(guest.actual.chipId.subarray(0, product === 'Turin' ? 8 : 64)).toString('hex');
  if (guest.leafKind === 'VCEK' && !hex.includes(chip)) odd.push('leaf chip');
  return odd;
}

async function listOddities(guest: SimulatedGuest): Promise<string[]> {
  const der = guest.leafKind === 'VCEK' ? guest.crls.vcek : guest.crls.vlek;
  if (der === null) return ['no list'];
  const odd: string[] = [];
  const list = pkijs.CertificateRevocationList.fromBER(der);
  const spki = new X509Certificate(guest.anchorDer).publicKey.export({ type: 'spki', format: 'der' });
  const key = await crypto.subtle.importKey('spki', spki, { name: 'RSA-PSS', hash: 'SHA-384' }, false, [
    'verify',
  ]);
  const signature = list.signatureValue.valueBlock.valueHexView;
  const scheme = { name: 'RSA-PSS', saltLength: 48 };
  if (!(await crypto.subtle.verify(scheme, key, signature, list.tbsView))) odd.push('list signature');
  if (list.nextUpdate === undefined) odd.push('list without end');
  else if (list.nextUpdate.value < guest.expected.at) odd.push('list over');
  if (list.thisUpdate.value > guest.expected.at) odd.push('list of the future');
  const serial = BigInt(`0x${new X509Certificate(guest.caDer).serialNumber}`);
  if ((list.revokedCertificates ?? []).some((entry) => entry.userCertificate.toBigInt() === serial)) {
    odd.push('ca revoked');
  }
  return odd;
}

const ALL_TCBS = ['current_tcb', 'reported_tcb', 'committed_tcb', 'launch_tcb'];

/** Envelope faults leave the report and its endorsements alone. */
const EXPECTED: Partial<Record<RefusalCode, readonly string[]>> = {
  policy_rule_failed: ['guest_svn'],
  evidence_type_unknown: [],
  evidence_too_large: [],
  evidence_encoding_invalid: [],
  member_duplicate: [],
  member_unknown: [],
  json_too_deep: [],
  snp_cert_table_malformed: [],
  vtpm_envelope_malformed: [],
  vtpm_claims_binding_mismatch: [],
  snp_report_malformed: ['policy'],
  snp_report_version_unsupported: ['version'],
  snp_report_reserved_nonzero: ['reserved'],
  snp_signature_algo_unsupported: ['signature_algo'],
  snp_report_unsigned: ['key_info'],
  snp_signing_key_unknown: ['key_info'],
  snp_product_unsupported: ['cpuid'],
  snp_signature_invalid: ['report signature'],
  snp_tcb_inconsistent: ['committed_tcb'],
  snp_host_requested_report: ['vmpl'],
  report_data_mismatch: ['report_data'],
  snp_vek_missing: ['no leaf'],
  snp_kds_unavailable: ['no leaf'],
  snp_chain_untrusted: ['root'],
  snp_chain_signature_invalid: ['leaf signature'],
  snp_cert_expired: ['leaf window'],
  snp_cert_not_yet_valid: ['leaf window'],
  snp_vek_key_invalid: ['leaf key'],
  snp_vek_extension_invalid: ['leaf extension'],
  snp_vek_kind_mismatch: ['leaf kind'],
  snp_tcb_cert_mismatch: ['leaf tcb'],
  snp_chip_id_mismatch: ['leaf chip'],
  snp_product_mismatch: ['leaf product'],
  collateral_unavailable: ['no list'],
  collateral_malformed: ['list without end'],
  clock_skew: ['list of the future'],
  snp_crl_stale: ['list over'],
  snp_crl_signature_invalid: ['list signature'],
  snp_ca_revoked: ['ca revoked'],
  snp_vmpl_not_allowed: ['vmpl'],
  snp_report_version_not_allowed: ['version', 'mitigations'],
  snp_product_not_allowed: [
    ...['current_tcb', 'reported_tcb', 'cpuid', 'chip_id', 'committed_tcb', 'launch_tcb'],
  ],
  snp_policy_debug: ['policy'],
  snp_policy_migration_agent: ['policy'],
  snp_policy_smt: ['policy'],
  snp_policy_cxl: ['policy'],
  snp_policy_required_bit_missing: ['policy'],
  snp_platform_alias_check_missing: ['platform_info'],
  snp_platform_bit_forbidden: ['platform_info'],
  snp_platform_bit_required: ['platform_info'],
  snp_tcb_status_not_accepted: ALL_TCBS,
  snp_tcb_below_minimum: ALL_TCBS,
  snp_firmware_below_minimum: ['committed_version'],
  snp_firmware_provisional: ['current_tcb'],
  snp_mitigation_missing: ['mitigations'],
  measurement_not_allowed: ['measurement'],
  host_data_mismatch: ['host_data'],
  snp_id_key_not_trusted: ['id_key_digest'],
  snp_author_key_not_trusted: ['author_key_digest'],
  snp_guest_svn_below_minimum: ['guest_svn'],
  snp_chip_id_masked: ['chip_id'],
  snp_chip_denied: ['chip_id'],
  snp_csp_id_not_allowed: [],
};

describe('the material of a fault', () => {
  it.each(['Milan', 'Genoa', 'Turin'] as const)('is flawless for a %s guest without one', async (product) => {
    const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, product });
    expect(await oddities(guest)).toEqual([]);
    expect(guest.policy).toBeNull();
  });

  it('is described here for every fault', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual([...FAULTS].sort());
  });

  it.each(FAULTS)('%s differs in that and nothing else', async (fault) => {
    const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, fault });
    expect(guest.fault).toBe(fault);
    expect((await oddities(guest)).sort()).toEqual([...(EXPECTED[fault] ?? [])].sort());
  });

  it('of the envelope changes the evidence around an unchanged report', async () => {
    const vendor = await simulatedVendor();
    const reportData = new Uint8Array(64);
    for (const fault of FAULTS.filter((code) => EXPECTED[code]?.length === 0)) {
      const faulted = await mintGuest(vendor, { at: SIMULATED_AT, reportData, fault });
      const { envelope } = faulted.expected;
      if (fault === 'snp_csp_id_not_allowed') {
        expect(faulted.actual.cspId).not.toBe(faulted.expected.cspId);
        expect(Buffer.from(faulted.leafDer ?? []).includes(faulted.actual.cspId)).toBe(true);
        continue;
      }
      const holdsReport = Buffer.from(faulted.evidence).includes(Buffer.from(faulted.report));
      const holdsBase64 = Buffer.from(faulted.evidence).includes(
        Buffer.from(faulted.report).toString('base64'),
      );
      expect([fault, holdsReport || holdsBase64]).toEqual([fault, fault !== 'evidence_type_unknown']);
      if (envelope === 'configfs-tsm' && fault !== 'evidence_encoding_invalid') {
        expect(JSON.parse(Buffer.from(faulted.evidence).toString('utf8'))).toHaveProperty('report');
      }
    }
  });
});
