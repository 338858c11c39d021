/**
 * From the PCK certificate in a quote to the pinned root (Intel SGX PCK certificate and CRL profile specification):
 * leaf, Platform or Processor CA, root. The PEM around them is signed by nobody and therefore read in one form only.
 */
import { sha256Hex } from '../../bytes/digest.js';
import { equalBytes } from '../../bytes/encoding.js';
import { Memory } from '../../bytes/memory.js';
import { splitCertificates } from '../../pki/bundle.js';
import { type Certificate, parseCertificate } from '../../pki/certificate.js';
import { DER_TAG, MalformedDer } from '../../pki/der.js';
import { examinePath, unknownCritical } from '../../pki/path.js';
import { checked, failed, notRun } from '../../rats/check.js';
import type { VendorAnchors } from '../../rats/endorsement.js';
import { instantText } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import { missingExtension, PCK_CA_NAMES, ROOT_NAME, rootObjection } from './issuer.js';
import { type PckFacts, readPck } from './pck.js';
import type { PckCa } from './pcs.js';

/** Verified up to our own copy of the root. */
export interface PckChain {
  readonly leaf: Certificate;
  readonly ca: Certificate;
  /** The pinned one; what was presented has been put aside. */
  readonly root: Certificate;
  readonly issuedBy: PckCa;
  readonly pck: PckFacts;
}

/** The three certificates of a quote, read and not believed, or why that cannot be done. */
export type PresentedChain =
  | {
      readonly kind: 'read';
      /** SHA-256 over the PEM, lowercase hex. */
      readonly sha256: string;
      readonly leaf: Certificate;
      readonly ca: Certificate;
      readonly root: Certificate;
      readonly issuedBy: PckCa;
      readonly pck: PckFacts;
    }
  | { readonly kind: 'unreadable'; readonly why: string };

export interface PckChainFindings {
  /** Null when any of the checks failed. */
  readonly chain: PckChain | null;
  readonly checks: readonly CheckResult[];
}

const SOURCE = 'Intel SGX PCK certificate and CRL profile specification, section 1.3; RFC 5280, section 6';
const LEAF_NAME = 'Intel SGX PCK Certificate';
const EXPECTED = 'PCK certificate, Platform or Processor CA and root of Intel, each signed by the next';

/** By digest, since reading depends on nothing else; only chains that led to a pinned root. Some hundred platforms. */
const vouchedFor = new Memory<PresentedChain>({ entries: 512, bytes: 4 * 1024 * 1024 });

/** `pem`: inner certification data of type 5, exactly as in the quote. */
export function readPresentedChain(pem: Uint8Array): PresentedChain {
  const sha256 = sha256Hex(pem);
  return vouchedFor.recall(sha256) ?? readChain(pem, sha256);
}

function readChain(pem: Uint8Array, sha256: string): PresentedChain {
  try {
    const [leaf, ca, root] = readCertificates(pem);
    const objection = nameObjection(leaf, ca, root);
    if (objection !== null) return { kind: 'unreadable', why: objection };
    const issuedBy = ca.subjectCn === PCK_CA_NAMES.platform ? 'platform' : 'processor';
    return { kind: 'read', sha256, leaf, ca, root, issuedBy, pck: readPck(leaf) };
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return { kind: 'unreadable', why: error.message };
  }
}

/** `anchors` null: none for Intel was given, and so nothing is trusted. */
export async function examinePckChain(
  presented: PresentedChain,
  anchors: VendorAnchors | null,
  at: Date,
): Promise<PckChainFindings> {
  if (presented.kind === 'unreadable') return findings({ invalid: presented.why });
  if (anchors === null) return findings({ untrusted: 'no trust anchor for Intel was given' });
  const { leaf, ca, issuedBy, pck } = presented;
  const objection = await rootObjection(presented.root, anchors);
  if (objection?.kind === 'foreign') return findings({ untrusted: objection.why });
  if (objection !== null) return findings({ invalid: objection.why });
  const path = await examinePath({ leaf, intermediates: [ca], anchors }, at);
  const [, issuer, root, ...above] = path.path ?? [];
  // The authority in the quote must itself be the issuer found: on a look-alike's word nothing is concluded.
  if (root === undefined || above.length > 0 || issuer?.sha256 !== ca.sha256) {
    return findings({ invalid: path.badSignature ?? path.untrusted ?? 'not a chain of three' });
  }
  if (vouchedFor.recall(presented.sha256) !== presented) {
    const size = leaf.der.length + ca.der.length + presented.root.der.length;
    vouchedFor.remember(presented.sha256, presented, size);
  }
  const validity = checked(path.expired === null && path.notYetValid === null, 'tdx_cert_expired', SOURCE, {
    expected: `PCK certificate, CA and root valid at ${instantText(at)}`,
    observed: path.expired ?? path.notYetValid ?? 'all valid',
  });
  const chain = { leaf, ca, root, issuedBy, pck };
  return {
    chain: validity.outcome === 'pass' ? chain : null,
    checks: [...SOUND_CHAIN, validity],
  };
}

export function chainNotExamined(why: string): readonly CheckResult[] {
  return (['tdx_pck_chain_invalid', 'tdx_pck_chain_untrusted', 'tdx_cert_expired'] as const).map((code) =>
    notRun(code, SOURCE, why),
  );
}

interface ChainFaults {
  readonly invalid?: string;
  readonly untrusted?: string;
}

function findings(faults: ChainFaults): PckChainFindings {
  const validity = notRun('tdx_cert_expired', SOURCE, 'no chain to the pinned root');
  return { chain: null, checks: [...chainChecks(faults), validity] };
}

function chainChecks({ invalid, untrusted }: ChainFaults): readonly CheckResult[] {
  return [
    untrusted === undefined
      ? checked(invalid === undefined, 'tdx_pck_chain_invalid', SOURCE, {
          expected: EXPECTED,
          observed: invalid ?? 'as expected',
        })
      : notRun('tdx_pck_chain_invalid', SOURCE, 'the chain leads to a root that is not pinned'),
    invalid === undefined
      ? checked(untrusted === undefined, 'tdx_pck_chain_untrusted', SOURCE, {
          expected: `a root with the pinned key of ${ROOT_NAME}`,
          observed: untrusted ?? 'the pinned key',
        })
      : notRun('tdx_pck_chain_untrusted', SOURCE, 'no sound chain to look for a root in'),
  ].map((check) => (check.outcome === 'fail' ? failedAs(check) : check));
}

const SOUND_CHAIN: readonly CheckResult[] = chainChecks({}).map((check) => Object.freeze(check));

/** Observed texts come from names of strangers. */
function failedAs(check: CheckResult): CheckResult {
  const observed = (check.observed ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
  return failed(check.id, check.source, { expected: check.expected, observed });
}

/** Exactly three, in the one form in which quotes have them. Throws MalformedDer. */
function readCertificates(pem: Uint8Array): [Certificate, Certificate, Certificate] {
  const ders = splitCertificates(withoutNul(pem));
  const [leaf, ca, root, ...more] = ders.map(parseCertificate);
  if (leaf === undefined || ca === undefined || root === undefined || more.length > 0) {
    throw new MalformedDer(`${ders.length} certificates in the quote, not 3`);
  }
  const canonical = Buffer.from(ders.map(pemOf).join(''), 'latin1');
  if (!equalBytes(canonical, withoutNul(pem))) {
    throw new MalformedDer('PEM that is not blocks of 64 characters a line and nothing else');
  }
  return [leaf, ca, root];
}

/** Most quotes end their chain like a C string. What is DER may end in a zero of its own. */
function withoutNul(pem: Uint8Array): Uint8Array {
  return pem.at(-1) === 0 && pem[0] !== DER_TAG.sequence ? pem.subarray(0, -1) : pem;
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Names, order, roles and extensions; null: as Intel makes them. */
function nameObjection(leaf: Certificate, ca: Certificate, root: Certificate): string | null {
  if (leaf.subjectCn !== LEAF_NAME) return `the first certificate is not named ${LEAF_NAME}`;
  if (leaf.authority.isAuthority) return 'the PCK certificate is an authority';
  if (leaf.keyFacts.type !== 'ec' || leaf.keyFacts.curve !== 'prime256v1') {
    return 'the PCK key is not on P-256';
  }
  const names: readonly string[] = Object.values(PCK_CA_NAMES);
  if (ca.subjectCn === null || !names.includes(ca.subjectCn)) {
    return `the second certificate is not named ${names.join(' or ')}`;
  }
  if (root.subjectCn !== ROOT_NAME) return `the third certificate is not named ${ROOT_NAME}`;
  const criticalOnes = unknownCritical(leaf);
  if (criticalOnes !== null) return `the PCK certificate: ${criticalOnes}`;
  return missingExtension(leaf) ?? missingExtension(ca) ?? missingExtension(root);
}
