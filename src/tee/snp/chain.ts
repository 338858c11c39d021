/** From the leaf to the pinned ARK (AMD 57230, chapter 3): names, signatures, validity at the instant. */
import type { Certificate } from '../../pki/certificate.js';
import { examinePath, type Path, type PathFindings } from '../../pki/path.js';
import { checked, failed, notRun, passed } from '../../rats/check.js';
import type { VendorAnchors } from '../../rats/endorsement.js';
import { instantText, onceFor } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import type { PresentedCertificates } from './presented.js';
import { productOfIssuer, type SnpProduct } from './product.js';

/** Leaf, ASK or ASVK, ARK: verified, of one product line. Whether it fits the report is another question. */
export interface SnpChain {
  readonly leaf: Certificate;
  readonly authority: Certificate;
  readonly ark: Certificate;
  readonly product: SnpProduct;
}

export interface ChainFindings {
  /** Null when any of the checks failed. */
  readonly chain: SnpChain | null;
  readonly checks: readonly CheckResult[];
}

const SOURCE = 'AMD 57230, chapter 3 (certificate chain); RFC 5280, section 6';
const UNTRUSTED_EXPECTED =
  'leaf, ASK or ASVK, and the pinned ARK of one product line; whatever else was sent leads to a pinned ARK too';

const SIGNATURE_EXPECTED = 'RSASSA-PSS with SHA-384 and 48 bytes of salt, by the issuer that each names';

/**
 * Genuine certificates that the chain does not need are harmless; what no root vouches for is not ignored, even
 * where there is no leaf.
 */
export async function examineChain(
  presented: PresentedCertificates,
  leaf: Certificate | null,
  anchors: VendorAnchors | null,
  at: Date,
): Promise<ChainFindings> {
  const subject = leaf ?? presented.others[0] ?? null;
  if (subject === null) return { chain: null, checks: [...notExamined('no certificate to examine')] };
  if (anchors === null) {
    const untrusted = failed('snp_chain_untrusted', SOURCE, {
      expected: UNTRUSTED_EXPECTED,
      observed: 'no trust anchor for AMD was given',
    });
    return { chain: null, checks: [untrusted, ...notExamined('no trust anchor').slice(1)] };
  }
  const findings = await examinePath({ leaf: subject, intermediates: presented.others, anchors }, at);
  const chain = leaf === null || findings.path === null ? null : chainOf(findings.path);
  const untrusted =
    findings.untrusted ??
    (leaf === null || findings.path === null || chain !== null
      ? null
      : `${namesOf(findings.path)}: not the names of an AMD chain of three`);
  const validity =
    leaf === null ? notExamined('no leaf, and so no chain').slice(2) : judgeValidity(findings, at);
  if (untrusted === null && findings.badSignature === null && findings.path !== null) {
    return foundChain(chain, [...soundPath(findings.path), ...validity]);
  }
  return foundChain(chain, [
    untrusted === null && findings.badSignature !== null
      ? notRun('snp_chain_untrusted', SOURCE, 'a signature on the way to the root does not hold')
      : checked(untrusted === null, 'snp_chain_untrusted', SOURCE, {
          expected: UNTRUSTED_EXPECTED,
          observed: untrusted ?? namesOf(findings.path),
        }),
    untrusted !== null && findings.badSignature === null
      ? notRun('snp_chain_signature_invalid', SOURCE, 'the certificates do not lead to a pinned root')
      : checked(findings.badSignature === null, 'snp_chain_signature_invalid', SOURCE, {
          expected: SIGNATURE_EXPECTED,
          observed: findings.badSignature ?? 'every signature holds',
        }),
    ...validity,
  ]);
}

function foundChain(chain: SnpChain | null, checks: readonly CheckResult[]): ChainFindings {
  return { chain: checks.some(({ outcome }) => outcome !== 'pass') ? null : chain, checks };
}

/** A path is known by its certificates as long as its leaf is, and so are the words about it. */
const soundPath = onceFor((path: Path): readonly CheckResult[] =>
  [
    passed('snp_chain_untrusted', SOURCE, { expected: UNTRUSTED_EXPECTED, observed: namesOf(path) }),
    passed('snp_chain_signature_invalid', SOURCE, {
      expected: SIGNATURE_EXPECTED,
      observed: 'every signature holds',
    }),
  ].map((check) => Object.freeze(check)),
);

/** Three certificates whose names are AMD's for one product line; null otherwise. */
export function chainOf(path: Path): SnpChain | null {
  return namedChain(path).chain;
}

const namedChain = onceFor((path: Path): { readonly chain: SnpChain | null } => {
  const [leaf, authority, ark, ...more] = path;
  if (authority === undefined || ark === undefined || more.length > 0) return { chain: null };
  const product = productOfIssuer(authority.subjectCn);
  const named = product !== null && ark.subjectCn === `ARK-${product}`;
  return { chain: named ? Object.freeze({ leaf, authority, ark, product }) : null };
});

/** Of the chain alone. */
function judgeValidity({ expired, notYetValid }: PathFindings, at: Date): readonly CheckResult[] {
  const expected = `valid at ${instantText(at)}`;
  return [
    checked(expired === null, 'snp_cert_expired', SOURCE, { expected, observed: expired ?? 'none ended' }),
    checked(notYetValid === null, 'snp_cert_not_yet_valid', SOURCE, {
      expected,
      observed: notYetValid ?? 'all begun',
    }),
  ];
}

function notExamined(why: string): readonly CheckResult[] {
  return [
    notRun('snp_chain_untrusted', SOURCE, why),
    notRun('snp_chain_signature_invalid', SOURCE, why),
    notRun('snp_cert_expired', SOURCE, why),
    notRun('snp_cert_not_yet_valid', SOURCE, why),
  ];
}

function namesOf(path: Path | null): string {
  return path === null ? 'no path' : path.map(nameOf).join(' ← ');
}

/** Names come from strangers. */
function nameOf({ subjectCn }: Certificate): string {
  return (subjectCn ?? 'a certificate without common name').replace(/[^\x20-\x7e]/g, '?').slice(0, 64);
}
