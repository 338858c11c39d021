/** What a leaf says of itself (AMD 57230, chapter 3), whatever the report beside it: kind, key, extensions, product. */
import type { Certificate } from '../../pki/certificate.js';
import { MalformedDer } from '../../pki/der.js';
import { checked, failed, notRun, passed } from '../../rats/check.js';
import { onceFor, onceForEach } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import { productOfIssuer, type SnpProduct } from './product.js';
import type { SigningKey } from './signer.js';
import { kindOfIssuer, kindOfLeaf, readVek, type Vek } from './vek.js';

export const PRODUCT_SOURCE = 'AMD 57230, section 1.5 (product names)';
export const EXTENSION_SOURCE = 'AMD 57230, chapter 3 (VCEK and VLEK certificate extensions)';
export const KEY_SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT: KEY_INFO; AMD 57230, chapter 3';

/** For a report that names no kind that is known. */
export const NO_KIND = 'neither';

/** Nothing of it depends on an instant, so a leaf that is known is not asked again. */
export const checksOfLeaf = onceFor((leaf: Certificate) => {
  const issued = productOfIssuer(leaf.issuerCn);
  const productChecks = new Map<SnpProduct, CheckResult>();
  return {
    key: Object.freeze(checkKey(leaf)),
    as: onceForEach(3, (named: SigningKey | typeof NO_KIND) => {
      const signingKey = named === NO_KIND ? null : named;
      const { vek, why } = readExtensions(leaf, signingKey, issued);
      const extensions =
        issued === null
          ? notRun('snp_vek_extension_invalid', EXTENSION_SOURCE, 'the issuer is of no known product line')
          : checked(vek !== null, 'snp_vek_extension_invalid', EXTENSION_SOURCE, {
              expected: `the extensions of a certificate for ${issued}, each once and in DER`,
              observed: why ?? 'as expected',
            });
      return {
        vek,
        issued,
        extensions: Object.freeze(extensions),
        kind: Object.freeze(checkKind(leaf, signingKey)),
      };
    }),
    of(vek: Vek | null, product: SnpProduct): CheckResult {
      if (vek === null) return checkProduct(leaf, vek, product);
      const check = productChecks.get(product) ?? Object.freeze(checkProduct(leaf, vek, product));
      productChecks.set(product, check);
      return check;
    },
  };
});

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

/** The stepping in productName is not reliable and not compared. */
export function checkProduct(leaf: Certificate, vek: Vek | null, product: SnpProduct | null): CheckResult {
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

/** Why nothing of a certificate can be compared with a report. */
export function missing(vek: Vek | null): string {
  return vek === null
    ? 'the certificate’s extensions could not be read'
    : 'report and certificate are of different products, or of one that is not supported';
}
