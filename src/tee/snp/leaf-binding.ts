/** Whether the leaf is the one for this report (AMD 57230, chapter 3): kind, patch levels, chip, product. */
import { equalBytes, hexOf, zeroBetween } from '../../bytes/encoding.js';
import type { Certificate } from '../../pki/certificate.js';
import { checked, failed, notRun, passed } from '../../rats/check.js';
import { onceFor } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import {
  checkProduct,
  checksOfLeaf,
  EXTENSION_SOURCE,
  KEY_SOURCE,
  missing,
  NO_KIND,
  PRODUCT_SOURCE,
} from './leaf-checks.js';
import {
  chipIdLength,
  productLineOfCpuid,
  productOfCpuid,
  productOfIssuer,
  SNP_PRODUCTS,
  type SnpProduct,
} from './product.js';
import { type Cpuid, chipIdMasked, type SnpReport } from './report.js';
import { signingKeyOf } from './report-form.js';
import type { SigningKey } from './signer.js';
import { decodeTcb, type SnpTcb, tcbEqual, tcbText } from './tcb.js';
import type { Vek } from './vek.js';

/** Turin's firmware never reported version 2, and its TCB reads otherwise than that of the lines that did. */
const FIRST_TURIN_VERSION = 3;

export interface ProductFindings {
  /** By CPUID, before version 3 by the leaf's issuer; null when unsupported or not known yet. */
  readonly product: SnpProduct | null;
  readonly check: CheckResult;
}

/** Which product line's layout and root apply. */
export function findProduct(report: SnpReport, leaf: Certificate | null): ProductFindings {
  if (report.cpuid !== null) return productNamed(report.cpuid);
  if (leaf === null) {
    const why = `a version ${report.version} report has no CPUID, and no certificate names the product`;
    return { product: null, check: notRun('snp_product_unsupported', PRODUCT_SOURCE, why) };
  }
  const named = productOfIssuer(leaf.issuerCn);
  const impossible = named === 'Turin' && report.version < FIRST_TURIN_VERSION;
  const observed = impossible
    ? `a version ${report.version} report with a certificate for Turin, which never made one`
    : (named ?? 'an issuer of no known line');
  return {
    product: impossible ? null : named,
    check: supportCheck(impossible ? null : named, observed),
  };
}

const SUPPORTED = SNP_PRODUCTS.join(', ');

function supportCheck(product: SnpProduct | null, observed: string): CheckResult {
  return checked(product !== null, 'snp_product_unsupported', PRODUCT_SOURCE, {
    expected: SUPPORTED,
    observed,
  });
}

const productNamed = onceFor((cpuid: Cpuid): ProductFindings => {
  const line = productLineOfCpuid(cpuid);
  const product = productOfCpuid(cpuid);
  const named = `family 0x${cpuid.family.toString(16)}, model 0x${cpuid.model.toString(16)}`;
  return Object.freeze({
    product,
    check: Object.freeze(supportCheck(product, `${line ?? 'no known line'} (${named})`)),
  });
});

export interface LeafFindings {
  /** Null when its extensions cannot be read. */
  readonly vek: Vek | null;
  readonly checks: readonly CheckResult[];
}

export interface LeafRequest {
  readonly report: SnpReport;
  readonly leaf: Certificate | null;
  /** From SIGNING_KEY; null when the report names no kind that is known. */
  readonly signingKey: SigningKey | null;
  /** From `findProduct`. */
  readonly product: SnpProduct | null;
}

/** Everything that ties the leaf to the report, but for the signature. */
export function examineLeaf({ report, leaf, signingKey, product }: LeafRequest): LeafFindings {
  if (leaf === null) return { vek: null, checks: notExamined() };
  const own = checksOfLeaf(leaf);
  const { vek, issued, extensions, kind } = own.as(signingKey ?? NO_KIND);
  return {
    vek,
    checks: [
      own.key,
      extensions,
      kind,
      checkTcb(report, vek, issued === product ? issued : null),
      checkChip(report, vek, signingKey, issued === product ? issued : null),
      product === null ? checkProduct(leaf, vek, null) : own.of(vek, product),
    ],
  };
}

/** Whether nothing about the leaf speaks against its being the one for this report. */
export function fitsReport(leaf: Certificate, report: SnpReport): boolean {
  const { product } = findProduct(report, leaf);
  const { checks } = examineLeaf({ report, leaf, signingKey: signingKeyOf(report), product });
  return product !== null && checks.every(({ outcome }) => outcome !== 'fail');
}

function checkTcb(report: SnpReport, vek: Vek | null, product: SnpProduct | null): CheckResult {
  if (vek === null || product === null) {
    return notRun('snp_tcb_cert_mismatch', EXTENSION_SOURCE, missing(vek));
  }
  const reported = decodeTcb(report.reportedTcb, product);
  const certified = decodeTcb(vek.tcb, product);
  if (tcbEqual(reported, certified)) return tcbCertified(certified);
  return checked(false, 'snp_tcb_cert_mismatch', EXTENSION_SOURCE, {
    expected: `REPORTED_TCB: ${tcbText(reported)}`,
    observed: tcbText(certified),
  });
}

const tcbCertified = onceFor((tcb: SnpTcb) =>
  Object.freeze(
    passed('snp_tcb_cert_mismatch', EXTENSION_SOURCE, {
      expected: `REPORTED_TCB: ${tcbText(tcb)}`,
      observed: tcbText(tcb),
    }),
  ),
);

/** Turin uses eight bytes of CHIP_ID; the rest is zero. A VLEK is nobody's in particular. */
function checkChip(
  report: SnpReport,
  vek: Vek | null,
  signingKey: SigningKey | null,
  product: SnpProduct | null,
): CheckResult {
  const code = 'snp_chip_id_mismatch';
  if (signingKey !== 'VCEK') return notRun(code, EXTENSION_SOURCE, 'only a VCEK belongs to one chip');
  if (vek === null || product === null) return notRun(code, EXTENSION_SOURCE, missing(vek));
  if (vek.hwid === null) return notRun(code, EXTENSION_SOURCE, 'the certificate names no chip');
  if (chipIdMasked(report)) {
    return notRun(code, EXTENSION_SOURCE, 'CHIP_ID is masked; the signature alone binds the chip');
  }
  const used = chipIdLength(product);
  const matches =
    equalBytes(report.chipId.subarray(0, used), vek.hwid) &&
    zeroBetween(report.chipId, used, report.chipId.length);
  if (matches) return sameChip(vek.hwid);
  return failed(code, EXTENSION_SOURCE, {
    expected: `CHIP_ID ${beginningOf(report.chipId)}`,
    observed: `hwID ${beginningOf(vek.hwid)}`,
  });
}

const sameChip = onceFor((hwid: Uint8Array) =>
  Object.freeze(
    passed('snp_chip_id_mismatch', EXTENSION_SOURCE, {
      expected: `CHIP_ID ${beginningOf(hwid)}`,
      observed: `hwID ${beginningOf(hwid)}`,
    }),
  ),
);

/** Enough to tell two chips apart, and no more: this text goes into refusals. */
function beginningOf(chip: Uint8Array): string {
  return `${hexOf(chip.subarray(0, 4))}…`;
}

function notExamined(): CheckResult[] {
  const why = 'no leaf certificate is at hand';
  return [
    notRun('snp_vek_key_invalid', EXTENSION_SOURCE, why),
    notRun('snp_vek_extension_invalid', EXTENSION_SOURCE, why),
    notRun('snp_vek_kind_mismatch', KEY_SOURCE, why),
    notRun('snp_tcb_cert_mismatch', EXTENSION_SOURCE, why),
    notRun('snp_chip_id_mismatch', EXTENSION_SOURCE, why),
    notRun('snp_product_mismatch', PRODUCT_SOURCE, why),
  ];
}
