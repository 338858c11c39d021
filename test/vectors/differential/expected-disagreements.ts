/**
 * Where dcap-qvl 0.3.9 says something else than Assay, and why Intel's rules are on Assay's side. Sources: Intel QVL
 * (TcbLevelCheck, QuoteVerifier, CommonVerifier), the DCAP quoting library API, the PCK certificate and CRL profile,
 * the PCS API.
 */
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { TcbAssessment } from '../../../src/rats/result.js';
import { oddForms } from './document-form.js';
import type { Facts, ListFacts } from './facts.js';
import { reachedByDcapQvl, reachedByIntel, worst } from './levels.js';

export interface ExpectedDisagreement {
  readonly id: string;
  /** What the rule is, and where it stands. */
  readonly reason: string;
  /** Assay refuses with the code, dcap-qvl accepts. */
  readonly refuses?: (code: RefusalCode, facts: Facts) => boolean;
  /** dcap-qvl refuses with the words, Assay accepts. */
  readonly objects?: (why: string, facts: Facts) => boolean;
  /** Both accept, with another status or other advisories. */
  readonly differs?: (tcb: TcbAssessment, facts: Facts) => boolean;
}

const INTEL_QE_VENDOR = '939a7233f79c4ca9940a0db3957f0607';

export const EXPECTED_DISAGREEMENTS: readonly ExpectedDisagreement[] = [
  {
    id: 'quote-form',
    reason:
      'Quoting library API, A.3 and A.4: vendor, outer type 6 and every size are fixed; dcap-qvl reads past vendor, outer type, size of the body and bytes that no size accounts for.',
    refuses: (code, { quote }) =>
      (code === 'tdx_quote_malformed' && (quote.unaccounted > 0 || !quote.bodySizeFits)) ||
      (code === 'tdx_qe_vendor_unknown' && quote.qeVendorId !== INTEL_QE_VENDOR) ||
      (code === 'tdx_cert_data_unsupported' && quote.outerType !== 6),
  },
  {
    id: 'pck-chain-form',
    reason:
      'PCK certificate profile, 1.3 and QVL, CertificateChain: leaf, CA and root by name, in PEM alone; dcap-qvl takes any chain of good signatures out of any text.',
    refuses: (code, { pckChain: { certificates, canonical } }) => {
      const names = certificates.map(({ subject }) => /CN=(.*)/u.exec(subject)?.[1]).join(', ');
      const named =
        /^Intel SGX PCK Certificate, Intel SGX PCK (?:Platform|Processor) CA, Intel SGX Root CA$/u;
      return code === 'tdx_pck_chain_invalid' && !(canonical && named.test(names));
    },
  },
  {
    id: 'revocation-lists',
    reason:
      'RFC 5280, 6.3 and QVL, verifyPCKCert: a list counts when its issuer signed it and it is in force; dcap-qvl verifies neither, and goes without a list that it cannot read.',
    refuses: (code, { rootList, pckList, at }) => {
      const some = (test: (list: ListFacts) => boolean) => [rootList, pckList].some(test);
      switch (code) {
        case 'collateral_unavailable':
          return some(({ there }) => !there);
        case 'collateral_malformed':
          return some(({ there, readable, signed }) => there && !(readable && signed));
        case 'tdx_crl_signature_invalid':
          return some(({ there, signed }) => there && !signed);
        case 'tdx_crl_stale':
          return some(({ nextUpdate }) => nextUpdate < at);
        case 'clock_skew':
          return some(({ thisUpdate }) => thisUpdate > at);
        default:
          return false;
      }
    },
  },
  {
    id: 'document-form',
    reason:
      'PCS API v4 and QVL, AttestationParsers: TCB info and QE identity are read in the form that Intel signs; dcap-qvl takes unknown members, doubled ones, unknown statuses and short lists that it does not come upon.',
    refuses: (code, facts) => code === 'collateral_malformed' && oddForms(facts).length > 0,
  },
  {
    id: 'document-version',
    reason:
      'PCS API v4 and QVL: TCB info for TDX is version 3 and the TD QE identity version 2; dcap-qvl reads later versions as if it knew them.',
    refuses: (code, { info, identity }) =>
      (code === 'tdx_tcb_info_mismatch' && info.id === 'TDX' && info.version > 3) ||
      (code === 'tdx_qe_identity_signature_invalid' && identity.id === 'TD_QE' && identity.version === 3),
  },
  {
    id: 'document-signer',
    reason:
      'PCS API v4 and QVL, TCBSigningChain: TCB info and QE identity are signed by Intel SGX TCB Signing alone; dcap-qvl takes any certificate below the root, that of a platform included.',
    refuses: (code, { signingChain: { certificates, nothingElse } }) => {
      const [signer] = certificates;
      const named = /CN=Intel SGX TCB Signing$/mu.test(signer?.subject ?? '') && certificates.length === 2;
      return (
        (code === 'tdx_tcb_info_signature_invalid' || code === 'tdx_qe_identity_signature_invalid') &&
        !(named && nothingElse)
      );
    },
  },
  {
    id: 'pceid',
    reason:
      'PCS API v4 and QVL, checks of FMSPC and PCEID: TCB info is for both; dcap-qvl compares FMSPC alone.',
    refuses: (code, { info, pck }) =>
      code === 'tdx_tcb_info_mismatch' && info.pceId.toLowerCase() !== Buffer.from(pck.pceId).toString('hex'),
  },
  {
    id: 'qe-report-data',
    reason:
      'Quoting library API, A.4: REPORTDATA of the QE is the hash and 32 zeros; dcap-qvl compares the hash alone.',
    refuses: (code, { quote }) =>
      code === 'tdx_qe_report_data_mismatch' && quote.qe.hashFits && !quote.qe.padded,
  },
  {
    id: 'qe-auth-data',
    reason:
      'Quoting library API, A.4: QE authentication data have a size of their own; dcap-qvl hashes 32 bytes.',
    objects: (why, { quote }) => why === 'QE report hash mismatch' && quote.authDataLength !== 32,
  },
  {
    id: 'module',
    reason:
      'PCS API v4 and QVL, TDX module identity: a module is held to MRSIGNERSEAM and SEAMATTRIBUTES and to levels of its own; dcap-qvl 0.3.9 does not look at modules.',
    refuses: (code, facts) => {
      const { module } = reachedByIntel(facts, facts.quote.teeTcbSvn);
      return (
        (code === 'tdx_module_mismatch' && moduleMismatch(facts)) ||
        (code === 'tdx_tcb_not_supported' && module === null) ||
        (code === 'tdx_tcb_revoked' && module?.tcbStatus === 'Revoked')
      );
    },
    differs: ({ module }) =>
      module !== undefined &&
      module !== null &&
      (module.status !== 'UpToDate' || module.advisories.length > 0),
  },
  {
    id: 'platform-level',
    reason:
      'QVL, TcbLevelCheck: components of the certificate and not CPUSVN, TEE_TCB_SVN from its third byte on for modules after 1.0, levels sorted; dcap-qvl takes CPUSVN, all bytes, and the order of the document.',
    refuses: (code, facts) => {
      const [ours, theirs] = [reachedByIntel(facts, facts.quote.teeTcbSvn), reachedByDcapQvl(facts)];
      return (
        (code === 'tdx_tcb_not_supported' && ours.platform === null && theirs.platform !== null) ||
        (code === 'tdx_tcb_revoked' &&
          [ours.platform, ours.qe].some((level) => level?.tcbStatus === 'Revoked') &&
          ![theirs.platform, theirs.qe].some((level) => level?.tcbStatus === 'Revoked'))
      );
    },
    objects: (why, facts) => {
      const theirs = reachedByDcapQvl(facts);
      return why === 'No matching TCB level found'
        ? theirs.platform === null
        : why === 'TCB status is invalid: Revoked' &&
            [theirs.platform, theirs.qe].some((level) => level?.tcbStatus === 'Revoked');
    },
    differs: (_tcb, facts) => {
      const [ours, theirs] = [reachedByIntel(facts, facts.quote.teeTcbSvn), reachedByDcapQvl(facts)];
      return ours.platform !== theirs.platform || ours.qe !== theirs.qe;
    },
  },
  {
    id: 'qe-mask',
    reason:
      'PCS API v4, QE identity: the masked value must be the stated one, and DEBUG counts where the mask says so; dcap-qvl masks both sides, and refuses DEBUG whatever the mask.',
    refuses: (code, { identity }) =>
      code === 'tdx_qe_identity_mismatch' &&
      (outsideMask(identity.attributes, identity.attributesMask) ||
        outsideMask(identity.miscselect, identity.miscselectMask)),
    objects: (why, { quote }) =>
      why === 'Debug mode is enabled' && ((quote.qe.attributes[0] ?? 0) & 0x02) !== 0,
  },
  {
    id: 'merge',
    reason:
      'QVL, convergence of TCB statuses: a configuration that is needed stays needed beside an outdated component (OutOfDateConfigurationNeeded); dcap-qvl takes the worse of the two.',
    differs: ({ status, platform, module, qe }) =>
      status === 'OutOfDateConfigurationNeeded' &&
      worst([platform, module, qe].flatMap((part) => (part ? [part.status] : []))) !== status,
  },
  {
    id: 'second-run',
    reason:
      'QVL, TD relaunch: TD report 1.5 is evaluated for TEE_TCB_SVN_2 as well, and must reach levels there too; dcap-qvl has no second run. That a revoked module now running revokes the TD is Assay’s own.',
    refuses: (code, facts) => {
      const { teeTcbSvn2 } = facts.quote;
      if (teeTcbSvn2 === null) return false;
      const { platform, module, qe } = reachedByIntel(facts, teeTcbSvn2);
      const levels = [platform, module, qe];
      return (
        (code === 'tdx_tcb_not_supported' && levels.includes(null)) ||
        (code === 'tdx_tcb_revoked' && levels.some((level) => level?.tcbStatus === 'Revoked'))
      );
    },
    differs: ({ status }) => status?.startsWith('TDRelaunchAdvised') === true,
  },
  {
    id: 'td-attributes',
    reason:
      'Intel 344425, ATTRIBUTES: what a TD may be is for the policy to say, and more bits are defined than dcap-qvl knows; it refuses during verification.',
    objects: (why, { quote }) => {
      const { tdAttributes, mrServiceTd } = quote;
      switch (why) {
        case 'Debug mode is enabled':
          return (tdAttributes & 0xffn) !== 0n;
        case 'Reserved bits in TD attributes are set':
          return (tdAttributes & 0x7fffffff_2fffff00n) !== 0n;
        case 'SEPT_VE_DISABLE is not enabled':
          return (tdAttributes & (1n << 28n)) === 0n;
        case 'Invalid mr service td':
          return mrServiceTd?.some((byte) => byte !== 0) === true;
        default:
          return false;
      }
    },
  },
];

function moduleMismatch({ quote, info }: Facts): boolean {
  const major = quote.teeTcbSvn[1] ?? 0;
  const id = `TDX_${major.toString(16).padStart(2, '0')}`.toUpperCase();
  const reference =
    major === 0 ? info.tdxModule : info.tdxModuleIdentities?.find((one) => one.id.toUpperCase() === id);
  return (
    reference === undefined ||
    reference.mrsigner.toLowerCase() !== Buffer.from(quote.mrSignerSeam).toString('hex') ||
    reference.attributes.toLowerCase() !== Buffer.from(quote.seamAttributes).toString('hex') ||
    quote.seamAttributes.some((byte) => byte !== 0)
  );
}

/** Hex digits of one length: a bit of the value that its mask leaves out. */
function outsideMask(value: string, mask: string): boolean {
  return (BigInt(`0x${value}`) & ~BigInt(`0x${mask}`)) !== 0n;
}
