/** Whether the leaf is the one for this report (AMD 57230, chapter 3): kind, patch levels, chip, product. */
import { allZero, equalBytes, hexOf } from '../../bytes/encoding.js';
import type { Certificate } from '../../pki/certificate.js';
import { MalformedDer } from '../../pki/der.js';
import { checked, failed, notRun, passed } from '../../rats/check.js';
import type { CheckResult } from '../../rats/result.js';
import {
  chipIdLength,
  productLineOfCpuid,
  productOfCpuid,
  productOfIssuer,
  SNP_PRODUCTS,
  type SnpProduct,
} from './product.js';
import { chipIdMasked, type SnpReport } from './report.js';
import { signingKeyOf } from './report-form.js';
import type { SigningKey } from './signer.js';
import { decodeTcb, tcbEqual, tcbText } from './tcb.js';
import { kindOfIssuer, kindOfLeaf, readVek, type Vek } from './vek.js';

const PRODUCT_SOURCE = 'AMD 57230, section 1.5 (product names)';
const EXTENSION_SOURCE = 'AMD 57230, chapter 3 (VCEK and VLEK certificate extensions)';
const KEY_SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT: KEY_INFO; AMD 57230, chapter 3';

/** Turin's firmware never reported version 2, and its TCB reads otherwise than that of the lines that did. */
const FIRST_TURIN_VERSION = 3;

export interface ProductFindings {
  /** By CPUID, before version 3 by the leaf's issuer; null when unsupported or not known yet. */
  readonly product: SnpProduct | null;
  readonly check: CheckResult;
}

/** Which product line's layout and root apply. */
export function findProduct(report: SnpReport, leaf: Certificate | null): ProductFindings {
  const expected = SNP_PRODUCTS.join(', ');
  if (report.cpuid !== null) {
    const { family, model } = report.cpuid;
    const line = productLineOfCpuid(report.cpuid);
    const cpuid = `family 0x${family.toString(16)}, model 0x${model.toString(16)}`;
    const observed = `${line ?? 'no known line'} (${cpuid})`;
    const product = productOfCpuid(report.cpuid);
    return {
      product,
      check: checked(product !== null, 'snp_product_unsupported', PRODUCT_SOURCE, { expected, observed }),
    };
  }
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
    check: checked(named !== null && !impossible, 'snp_product_unsupported', PRODUCT_SOURCE, {
      expected,
      observed,
    }),
  };
}

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
  const issued = productOfIssuer(leaf.issuerCn);
  const { vek, why } = readExtensions(leaf, signingKey, issued);
  return {
    vek,
    checks: [
      checkKey(leaf),
      issued === null
        ? notRun('snp_vek_extension_invalid', EXTENSION_SOURCE, 'the issuer is of no known product line')
        : checked(vek !== null, 'snp_vek_extension_invalid', EXTENSION_SOURCE, {
            expected: `the extensions of a certificate for ${issued}, each once and in DER`,
            observed: why ?? 'as expected',
          }),
      checkKind(leaf, signingKey),
      checkTcb(report, vek, issued === product ? issued : null),
      checkChip(report, vek, signingKey, issued === product ? issued : null),
      checkProduct(leaf, vek, product),
    ],
  };
}

/** Whether nothing about the leaf speaks against its being the one for this report. */
export function fitsReport(leaf: Certificate, report: SnpReport): boolean {
  const { product } = findProduct(report, leaf);
  const { checks } = examineLeaf({ report, leaf, signingKey: signingKeyOf(report), product });
  return product !== null && checks.every(({ outcome }) => outcome !== 'fail');
}

/** Read as what its name says it is: whether that kind is wanted is a check of its own. */
function readExtensions(
  leaf: Certificate,
  signingKey: SigningKey | null,
  issued: SnpProduct | null,
): { vek: Vek | null; why: string | null } {
  const kind = kindOfLeaf(leaf) ?? signingKey;
  if (issued === null || kind === null) return { vek: null, why: 'neither VCEK nor VLEK' };
  try {
    return { vek: readVek(leaf, kind, issued), why: null };
  } catch (error) {
    if (error instanceof MalformedDer) return { vek: null, why: error.message };
    throw error;
  }
}

function checkKey({ keyFacts }: Certificate): CheckResult {
  return checked(
    keyFacts.type === 'ec' && keyFacts.curve === 'secp384r1',
    'snp_vek_key_invalid',
    EXTENSION_SOURCE,
    { expected: 'EC P-384', observed: keyFacts.type === 'ec' ? keyFacts.curve : keyFacts.type },
  );
}

/** SIGNING_KEY decides; both names must agree with it. */
function checkKind(leaf: Certificate, signingKey: SigningKey | null): CheckResult {
  if (signingKey === null) {
    return notRun('snp_vek_kind_mismatch', KEY_SOURCE, 'SIGNING_KEY names no kind that is known');
  }
  const kind = kindOfLeaf(leaf);
  const issuer = kindOfIssuer(leaf.issuerCn);
  return checked(kind === signingKey && issuer === signingKey, 'snp_vek_kind_mismatch', KEY_SOURCE, {
    expected: signingKey,
    observed: `${kind ?? 'neither'}, issued by an authority for ${issuer ?? 'neither'}`,
  });
}

function checkTcb(report: SnpReport, vek: Vek | null, product: SnpProduct | null): CheckResult {
  if (vek === null || product === null) {
    return notRun('snp_tcb_cert_mismatch', EXTENSION_SOURCE, missing(vek));
  }
  const reported = decodeTcb(report.reportedTcb, product);
  const certified = decodeTcb(vek.tcb, product);
  return checked(tcbEqual(reported, certified), 'snp_tcb_cert_mismatch', EXTENSION_SOURCE, {
    expected: `REPORTED_TCB: ${tcbText(reported)}`,
    observed: tcbText(certified),
  });
}

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
    equalBytes(report.chipId.subarray(0, used), vek.hwid) && allZero(report.chipId.subarray(used));
  const facts = {
    expected: `CHIP_ID ${beginningOf(report.chipId)}`,
    observed: `hwID ${beginningOf(vek.hwid)}`,
  };
  return checked(matches, code, EXTENSION_SOURCE, facts);
}

/** Enough to tell two chips apart, and no more: this text goes into refusals. */
function beginningOf(chip: Uint8Array): string {
  return `${hexOf(chip.subarray(0, 4))}…`;
}

/** The stepping in productName is not reliable and not compared. */
function checkProduct(leaf: Certificate, vek: Vek | null, product: SnpProduct | null): CheckResult {
  const code = 'snp_product_mismatch';
  const issued = productOfIssuer(leaf.issuerCn);
  if (product === null) return notRun(code, PRODUCT_SOURCE, 'the product of the report is not supported');
  const expected = product;
  if (issued !== product) {
    return failed(code, PRODUCT_SOURCE, { expected, observed: `issuer for ${issued ?? 'no known line'}` });
  }
  if (vek === null) return notRun(code, PRODUCT_SOURCE, missing(vek), { expected });
  const named = vek.productName === product || vek.productName.startsWith(`${product}-`);
  const observed = `issuer for ${issued}, productName ${vek.productName}`;
  return named
    ? passed(code, PRODUCT_SOURCE, { expected, observed })
    : failed(code, PRODUCT_SOURCE, { expected, observed });
}

function missing(vek: Vek | null): string {
  return vek === null
    ? 'the certificate’s extensions could not be read'
    : 'report and certificate are of different products, or of one that is not supported';
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
