import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { claimsOf, referenceFieldsOf } from '../../../src/tee/snp/claims.js';
import { snpScheme } from '../../../src/tee/snp/index.js';
import { inspectEvidence } from '../../../src/tee/snp/inspect.js';
import { authenticate, guestOf } from './judged.js';
import { sampleReport } from './sample-report.js';

/** Members of `claims`, as the API promises them. */
const CLAIMS = [
  'version',
  'product',
  'measurement',
  'report_data',
  'host_data',
  'policy',
  'platform_info',
  'vmpl',
  'guest_svn',
  'family_id',
  'image_id',
  'report_id',
  'report_id_ma',
  'chip_id',
  'id_key_digest',
  'author_key_digest',
  'author_key_enabled',
  'signing_key',
  'csp_id',
  'cpuid',
  'reported_tcb',
  'current_tcb',
  'committed_tcb',
  'launch_tcb',
  'current_version',
  'committed_version',
  'launch_mit_vector',
  'current_mit_vector',
];

describe('claims', () => {
  test('have the promised names, all of them always', () => {
    for (const version of [2, 3, 5]) {
      const claims = claimsOf(sampleReport({ version }), {
        product: 'Milan',
        signingKey: 'VCEK',
        cspId: null,
      });
      expect(Object.keys(claims)).toEqual(CLAIMS);
    }
  });

  test('words are decoded bit by bit and given raw', () => {
    const report = sampleReport({ policy: 0xb_001fn, platformInfo: 0x25n });
    const claims = claimsOf(report, { product: 'Milan', signingKey: 'VCEK', cspId: null });
    expect(claims.policy).toEqual({
      abi_minor: 31,
      abi_major: 0,
      smt: true,
      migrate_ma: false,
      debug: true,
      single_socket: false,
      cxl_allow: false,
      mem_aes_256_xts: false,
      rapl_dis: false,
      ciphertext_hiding_dram: false,
      page_swap_disable: false,
      raw: '0xb001f',
    });
    expect(claims.platform_info).toEqual({
      smt_en: true,
      tsme_en: false,
      ecc_en: true,
      rapl_dis: false,
      ciphertext_hiding_dram_en: false,
      alias_check_complete: true,
      iommu_write_safe: false,
      tio_en: false,
      raw: '0x25',
    });
  });

  test('absent fields are null and fmc is Turin’s', () => {
    const old = claimsOf(sampleReport({ version: 2 }), { product: 'Milan', signingKey: 'VCEK', cspId: null });
    expect([old.cpuid, old.launch_mit_vector, old.current_mit_vector, old.csp_id]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(Object.keys(old.reported_tcb ?? {})).toEqual(['bootloader', 'tee', 'snp', 'microcode', 'raw']);
    const turin = sampleReport({ processor: '1a/02/1', mitigations: 0x3fn });
    const claims = claimsOf(turin, { product: 'Turin', signingKey: 'VCEK', cspId: null });
    expect(claims.reported_tcb).toMatchObject({ fmc: 1, raw: '0101010400000051' });
    expect(claims).toMatchObject({ launch_mit_vector: '0x3f', current_version: '1.58.2' });
  });

  test('reference fields are those that can be matched', () => {
    const report = sampleReport({ measurement: new Uint8Array(48).fill(0x11) });
    expect(referenceFieldsOf(report)).toMatchObject({
      measurement: '11'.repeat(48),
      family_id: '00'.repeat(16),
    });
  });
});

describe('inspect', () => {
  test('shows what authentication would claim, and the certificates that came along', async () => {
    const guest = await guestOf({ product: 'Turin', envelope: 'extended' });
    const shown = snpScheme.inspect(snpScheme.unwrap(guest.evidence), null);
    const outcome = await authenticate(guest, { certificates: [] });
    if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('must be authentic');
    expect(shown).toMatchObject({ ...outcome.value.evidence.claims });
    expect(shown.certificates).toMatchObject([
      { subject: 'SEV-VCEK', issuer: 'SEV-Turin' },
      { subject: 'ARK-Turin' },
      { subject: 'SEV-Turin' },
    ]);
  });

  test('decodes version 6 with its own fields', async () => {
    const report = Uint8Array.from((await guestOf()).report);
    report[0] = 6;
    report.fill(0xc1, 0x220, 0x240).fill(0xc2, 0x240, 0x260).fill(0xc3, 0x260, 0x280);
    expect(snpScheme.inspect(snpScheme.unwrap(report), null)).toMatchObject({
      version: 6,
      current_etcb: 'c1'.repeat(32),
      launch_etcb: 'c2'.repeat(32),
      committed_etcb: 'c3'.repeat(32),
    });
  });

  test('shows what verification refuses: other keys, unknown processors, reserved bytes', async () => {
    const report = Uint8Array.from((await guestOf()).report);
    report[0x48] = 2 << 2;
    report[0x188] = 0x17;
    report[0x4c] = 1;
    const shown = snpScheme.inspect(snpScheme.unwrap(report), null);
    expect(shown.signing_key).toMatch(/chip-secret VCEK/);
    expect(shown.product).toBeNull();
    expect(shown.reported_tcb).toEqual({ raw: hexOf(report.subarray(0x180, 0x188)) });
  });

  test('shows Azure’s runtime claims', async () => {
    const guest = await guestOf({ envelope: 'azure-hcl' });
    const shown = snpScheme.inspect(snpScheme.unwrap(guest.evidence), null);
    expect(shown.runtime_claims).toMatchObject({ 'user-data': expect.any(String) });
    expect(snpScheme.inspect(snpScheme.unwrap(guest.report), null).runtime_claims).toBeNull();
  });
});

describe('what is shown of a report', () => {
  const shown = (bytes: Uint8Array, certificates: readonly Uint8Array[] = []) =>
    inspectEvidence({ ...snpScheme.unwrap(bytes), certificates }, null);

  test('beside its claims is how it was signed', async () => {
    const { report } = await guestOf();
    expect(shown(report)).toMatchObject({
      key_info: { mask_chip_key: false, raw: '0x0' },
      signature_algo: 1,
      signature: { r: hexOf(report.subarray(0x2a0, 0x2e8)), s: hexOf(report.subarray(0x2e8, 0x330)) },
      certificates: [],
      unreadable_certificate: null,
      runtime_claims: null,
    });
  });

  test('is its product by its processor, before version 3 by its certificate, or none', async () => {
    const [old, genoa] = [await guestOf({ reportVersion: 2 }), await guestOf({ product: 'Genoa' })];
    expect(shown(old.report).product).toBeNull();
    expect(shown(old.report, old.certificates).product).toBe('Milan');
    expect(shown(genoa.report).product).toBe('Genoa');
    expect(shown(genoa.report, old.certificates).product).toBe('Genoa');
  });

  test('names what of its certificates cannot be read', async () => {
    const { report } = await guestOf();
    expect(shown(report, [Uint8Array.of(1)]).unreadable_certificate).toBe('neither DER nor PEM');
  });
});
