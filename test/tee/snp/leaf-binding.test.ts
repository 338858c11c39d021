/** What ties a leaf to a report, fact by fact, and what is said where it does not fit. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Certificate, parseCertificate } from '../../../src/pki/certificate.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import { examineLeaf, findProduct, fitsReport } from '../../../src/tee/snp/leaf-binding.js';
import type { SnpReport } from '../../../src/tee/snp/report.js';
import { mint } from '../../pki/miniature.js';
import { guestOf } from './judged.js';
import { CHIP, NO_CHIP, sampleReport } from './sample-report.js';

const TCB = { bootloader: 4, tee: 0, snp: 0x1d, microcode: 0xde };
const KEY = { raw: 0, authorKeyEnabled: false, maskChipKey: false, signingKey: 0 };
const UNKNOWN_KEY: Partial<SnpReport> = { keyInfo: { ...KEY, signingKey: 3 } };

async function leafOf(options: Parameters<typeof guestOf>[0] = {}): Promise<Certificate> {
  const { leafDer } = await guestOf({ chipId: CHIP, reportedTcb: TCB, ...options });
  if (leafDer === null) throw new Error('a guest without a leaf');
  return parseCertificate(leafDer);
}

let vcek: Certificate;
let genoa: Certificate;
let turin: Certificate;
let stranger: Certificate;
beforeAll(async () => {
  vcek = await leafOf();
  genoa = await leafOf({ product: 'Genoa' });
  turin = await leafOf({ product: 'Turin', chipId: CHIP.subarray(0, 8) });
  stranger = await mint({ subject: 'SEV-VCEK', issuer: 'somebody', key: 'leaf' });
});

describe('the product line', () => {
  const told = (report: SnpReport, leaf: Certificate | null) => {
    const { product, check } = findProduct(report, leaf);
    return [product, check.outcome, check.observed];
  };
  const silent = (version: number): SnpReport => ({ ...sampleReport({ version: 2 }), version });

  test('is that of the processor', () => {
    expect(told(sampleReport(), null)).toEqual(['Milan', 'pass', 'Milan (family 0x19, model 0x1)']);
    expect(findProduct(sampleReport(), null).check.expected).toBe('Milan, Genoa, Turin');
    const cpuid = (family: number, model: number) => ({
      ...sampleReport(),
      cpuid: { family, model, stepping: 0 },
    });
    expect(told(cpuid(0x1b, 2), vcek)).toEqual([null, 'fail', 'no known line (family 0x1b, model 0x2)']);
    expect(told(cpuid(0x1a, 0x50), vcek)).toEqual([null, 'fail', 'Venice (family 0x1a, model 0x50)']);
  });

  test('is that of the issuer where the report has no processor', () => {
    expect(told(silent(2), genoa)).toEqual(['Genoa', 'pass', 'Genoa']);
    expect(told(silent(2), stranger)).toEqual([null, 'fail', 'an issuer of no known line']);
    const why = 'a version 2 report has no CPUID, and no certificate names the product';
    expect(told(silent(2), null)).toEqual([null, 'not_run', why]);
  });

  test('is never Turin before version 3', () => {
    const why = 'a version 2 report with a certificate for Turin, which never made one';
    expect(told(silent(2), turin)).toEqual([null, 'fail', why]);
    expect(findProduct(silent(2), turin).check.id).toBe('snp_product_unsupported');
    expect(told(silent(3), turin)).toEqual(['Turin', 'pass', 'Turin']);
  });
});

describe('a leaf', () => {
  const examine = (
    leaf: Certificate | null,
    report: Partial<SnpReport> = {},
    product: 'Milan' | null = 'Milan',
  ) => {
    const whole = { ...sampleReport(), ...report };
    const signingKey =
      whole.keyInfo.signingKey === 0 ? 'VCEK' : whole.keyInfo.signingKey === 1 ? 'VLEK' : null;
    const { vek, checks } = examineLeaf({ report: whole, leaf, signingKey, product });
    const told = (id: RefusalCode) => {
      const check = checks.find((one) => one.id === id);
      return [check?.outcome, check?.observed];
    };
    return {
      vek,
      checks,
      told,
      failures: checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id),
    };
  };

  test('that is the report’s passes every check, each in its words', () => {
    const { checks, vek } = examine(vcek);
    expect(vek).toMatchObject({ productName: 'Milan-B0', cspId: null, hwid: CHIP });
    expect(checks.map(({ id, outcome, expected, observed }) => [id, outcome, expected, observed])).toEqual([
      ['snp_vek_key_invalid', 'pass', 'EC P-384', 'secp384r1'],
      [
        'snp_vek_extension_invalid',
        'pass',
        'the extensions of a certificate for Milan, each once and in DER',
        'as expected',
      ],
      ['snp_vek_kind_mismatch', 'pass', 'VCEK', 'VCEK, issued by an authority for VCEK'],
      [
        'snp_tcb_cert_mismatch',
        'pass',
        'REPORTED_TCB: bootloader 4, tee 0, snp 29, microcode 222',
        'bootloader 4, tee 0, snp 29, microcode 222',
      ],
      ['snp_chip_id_mismatch', 'pass', 'CHIP_ID c0c1c2c3…', 'hwID c0c1c2c3…'],
      ['snp_product_mismatch', 'pass', 'Milan', 'issuer for Milan, productName Milan-B0'],
    ]);
  });

  test('that is not there lets none of them run', () => {
    const { checks } = examine(null);
    expect(checks.map(({ outcome, observed }) => [outcome, observed])).toEqual(
      Array(6).fill(['not_run', 'no leaf certificate is at hand']),
    );
  });

  test('of a nameless issuer is read as nothing', () => {
    const { told, vek } = examine(stranger);
    expect(vek).toBeNull();
    expect(told('snp_vek_extension_invalid')).toEqual(['not_run', 'the issuer is of no known product line']);
    expect(told('snp_vek_kind_mismatch')).toEqual(['fail', 'VCEK, issued by an authority for neither']);
    expect(told('snp_product_mismatch')).toEqual(['fail', 'issuer for no known line']);
    expect(told('snp_tcb_cert_mismatch')).toEqual([
      'not_run',
      'the certificate’s extensions could not be read',
    ]);
  });

  test('of neither kind is read as the kind that the report names, or not at all', async () => {
    const nameless = await mint({ subject: 'SEV', issuer: 'SEV-Milan', key: 'leaf' });
    const { told } = examine(nameless, UNKNOWN_KEY);
    expect(told('snp_vek_extension_invalid')).toEqual(['fail', 'neither VCEK nor VLEK']);
    expect(told('snp_vek_kind_mismatch')).toEqual(['not_run', 'SIGNING_KEY names no kind that is known']);
    expect(examine(nameless).told('snp_vek_kind_mismatch')).toEqual([
      'fail',
      'neither, issued by an authority for VCEK',
    ]);
    expect(examine(nameless).told('snp_vek_extension_invalid')[1]).toMatch(/^extension .* is missing$/u);
  });

  test('has to be of the kind by both its names', async () => {
    const crossed = async (subject: string, issuer: string) =>
      examine(await mint({ subject, issuer, key: 'leaf' })).told('snp_vek_kind_mismatch');
    expect(await crossed('SEV-VLEK', 'SEV-Milan')).toEqual(['fail', 'VLEK, issued by an authority for VCEK']);
    expect(await crossed('SEV-VCEK', 'SEV-VLEK-Milan')).toEqual([
      'fail',
      'VCEK, issued by an authority for VLEK',
    ]);
  });

  test('has a key on P-384', async () => {
    const weak = await leafOf({ fault: 'snp_vek_key_invalid' });
    expect(examine(weak).told('snp_vek_key_invalid')).toEqual(['fail', 'prime256v1']);
    const rsa = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Milan' });
    expect(examine(rsa).told('snp_vek_key_invalid')).toEqual(['fail', 'rsa']);
  });

  test('of another line says whose it is, and is compared with nothing', () => {
    const { told, failures } = examine(genoa);
    expect(failures).toEqual(['snp_product_mismatch']);
    expect(told('snp_product_mismatch')).toEqual(['fail', 'issuer for Genoa']);
    const different = 'report and certificate are of different products, or of one that is not supported';
    expect(told('snp_tcb_cert_mismatch')).toEqual(['not_run', different]);
    expect(told('snp_chip_id_mismatch')).toEqual(['not_run', different]);
    expect(examine(vcek, {}, null).told('snp_product_mismatch')).toEqual([
      'not_run',
      'the product of the report is not supported',
    ]);
  });

  test('of another chip, of none, or for a report that hides it', () => {
    expect(examine(vcek, { chipId: CHIP.toReversed() }).told('snp_chip_id_mismatch')).toEqual([
      'fail',
      'hwID c0c1c2c3…',
    ]);
    expect(examine(vcek, { chipId: NO_CHIP }).told('snp_chip_id_mismatch')).toEqual([
      'not_run',
      'CHIP_ID is masked; the signature alone binds the chip',
    ]);
    expect(examine(vcek, UNKNOWN_KEY).told('snp_chip_id_mismatch')).toEqual([
      'not_run',
      'only a VCEK belongs to one chip',
    ]);
  });

  test('fits a report or does not', () => {
    expect(fitsReport(vcek, sampleReport())).toBe(true);
    expect(fitsReport(genoa, sampleReport())).toBe(false);
    expect(fitsReport(vcek, sampleReport({ reported: { snp: 0x1c } }))).toBe(false);
    const unknown = { ...sampleReport(), cpuid: { family: 0x1b, model: 1, stepping: 0 } };
    expect(fitsReport(vcek, unknown)).toBe(false);
  });
});
