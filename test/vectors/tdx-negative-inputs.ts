/** Published TDX inputs that must not be believed, read in place, with their source's policy and answer in our words. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '../../src/appraisal/policy-schema.js';
import type { AppraisalPolicy } from '../../src/rats/policy.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { Collateral } from './tdx-samples.js';

/** Where the signature data of a version 4 quote begin; their size stands in the four bytes before. */
const SIGNATURE_DATA = 636;

/** What the source's words are called here. */
const SOURCE_WORDS: Readonly<Record<string, readonly RefusalCode[]>> = {
  QUOTE_FORMAT_UNSUPPORTED: ['tdx_quote_version_unsupported', 'tdx_quote_malformed'],
  QUOTE_TRUNCATED: ['tdx_quote_malformed'],
  WRONG_TEE_TYPE: ['tdx_tee_type_mismatch'],
  ATTESTATION_KEY_TYPE_UNSUPPORTED: ['tdx_key_type_unsupported'],
  QE_VENDOR_UNKNOWN: ['tdx_qe_vendor_unknown'],
  PCK_CHAIN_INVALID: ['tdx_pck_chain_invalid'],
  PCK_CHAIN_INCOMPLETE: ['tdx_pck_chain_invalid'],
  ROOT_CA_UNTRUSTED: ['tdx_pck_chain_untrusted'],
  PCK_EXPIRED: ['tdx_cert_expired'],
  PCK_FMSPC_MISMATCH: ['tdx_fmspc_not_allowed'],
  PCK_REVOKED: ['tdx_pck_revoked'],
  INTERMEDIATE_REVOKED: ['tdx_pck_ca_revoked'],
  PCK_CRL_EXPIRED: ['tdx_crl_stale'],
  QUOTE_SIGNATURE_INVALID: ['tdx_quote_signature_invalid'],
  QE_REPORT_SIGNATURE_INVALID: ['tdx_qe_report_signature_invalid'],
  AK_MISMATCH: ['tdx_qe_report_data_mismatch'],
  TCB_INFO_CHAIN_INVALID: ['tdx_tcb_info_signature_invalid'],
  TCB_INFO_SIGNATURE_INVALID: ['tdx_tcb_info_signature_invalid'],
  TCB_INFO_EXPIRED: ['stale_collateral'],
  TCB_EVAL_DATA_NUMBER_TOO_LOW: ['tdx_tcb_evaluation_number_too_low'],
  TCB_REVOKED: ['tdx_tcb_revoked'],
  QE_IDENTITY_SIGNATURE_INVALID: ['tdx_qe_identity_signature_invalid'],
  QE_IDENTITY_ID_INVALID: ['tdx_qe_identity_signature_invalid'],
  QE_IDENTITY_EXPIRED: ['stale_collateral'],
  QE_IDENTITY_FIELD_MISMATCH: ['tdx_qe_identity_mismatch'],
  QE_IDENTITY_MRSIGNER_MISMATCH: ['tdx_qe_identity_mismatch'],
  QV_RESULT_NOT_ACCEPTED_BY_POLICY: ['tdx_tcb_status_not_accepted'],
  // "Some result that ends it", without saying which.
  QV_RESULT_TERMINAL_UNSPECIFIED: [],
};

export interface Negative {
  /** Folder name without its prefix. */
  readonly name: string;
  readonly quote: Uint8Array;
  readonly at: Date;
  /** With the signing chain that came, else one in force. */
  readonly collateral: Collateral;
  /** The chain that came with the QE identity, where one did. */
  readonly qeIdentityChain: Uint8Array | null;
  /** PEM; null for the altered genuine ones. */
  readonly root: Uint8Array | null;
  readonly policy: AppraisalPolicy;
  readonly accepted: boolean;
  /** The codes that the source would take as an answer, in our words. */
  readonly stated: readonly RefusalCode[];
}

interface Input {
  readonly quote_b64: string;
  readonly collateral: {
    readonly tcb_info_json: string;
    readonly qe_identity_json: string;
    readonly pck_crl_der_b64: string;
    readonly root_crl_der_b64: string;
    readonly intel_root_ca_pem?: string;
    readonly tcb_info_issuer_chain_pem?: string;
    readonly qe_identity_issuer_chain_pem?: string;
    readonly pck_crl_issuer_chain_pem?: string;
  };
  readonly expiration_check_date_unix: number;
  readonly policy: SourcePolicy;
}

interface SourcePolicy {
  readonly tcb_evaluation_required: boolean;
  readonly min_tcb_evaluation_data_number?: number;
  readonly expected_fmspc_hex?: string;
  readonly accepted_qv_results?: readonly string[];
}

interface Expected {
  readonly accepted: boolean;
  readonly rejection?: { readonly code: string | readonly string[] };
}

const PREFIX = 'vec-tdx-';

/** Every folder of the prefix, whether a table knows it or not. */
export function tdxNegatives(home: string): readonly Negative[] {
  const folder = join(home, 'negative');
  return readdirSync(folder)
    .filter((name) => name.startsWith(PREFIX))
    .sort()
    .map((name) => readNegative(home, name));
}

function readNegative(home: string, folder: string): Negative {
  const json = (file: string): unknown =>
    JSON.parse(readFileSync(join(home, 'negative', folder, file), 'utf8'));
  const { quote_b64, collateral, expiration_check_date_unix, policy } = json('input.json') as Input;
  const { accepted, rejection } = json('expected.json') as Expected;
  const at = new Date(expiration_check_date_unix * 1000);
  const { intel_root_ca_pem, tcb_info_issuer_chain_pem, qe_identity_issuer_chain_pem } = collateral;
  const { pck_crl_issuer_chain_pem: pckCrlChain } = collateral;
  return {
    name: folder.slice(PREFIX.length),
    quote: new Uint8Array(Buffer.from(quote_b64, 'base64')),
    at,
    collateral: {
      'tcb_info.json': textBytes(collateral.tcb_info_json),
      'qe_identity.json': textBytes(collateral.qe_identity_json),
      'pck_crl.der': new Uint8Array(Buffer.from(collateral.pck_crl_der_b64, 'base64')),
      'root_ca_crl.der': new Uint8Array(Buffer.from(collateral.root_crl_der_b64, 'base64')),
      'tcb_signing_chain.pem':
        tcb_info_issuer_chain_pem === undefined
          ? intelSigningChain(home, at)
          : textBytes(tcb_info_issuer_chain_pem),
      ...(pckCrlChain === undefined ? {} : { 'pck_crl_issuer_chain.pem': textBytes(pckCrlChain) }),
    },
    qeIdentityChain:
      qe_identity_issuer_chain_pem === undefined ? null : textBytes(qe_identity_issuer_chain_pem),
    root: intel_root_ca_pem === undefined ? null : textBytes(intel_root_ca_pem),
    policy: policyOf(policy),
    accepted,
    stated: [rejection?.code ?? []].flat().flatMap((word) => SOURCE_WORDS[word] ?? unknownWord(word)),
  };
}

function unknownWord(word: string): never {
  throw new Error(`the source says ${word}, and the table does not know what that is here`);
}

/**
 * The source's policy in our members. It judges no attributes (the made-up quotes have SEPT_VE_DISABLE clear), and
 * takes the four statuses that leave platform and module genuine where it names none. `tcb_evaluation_required: false`
 * has no counterpart: every quote is held to the levels here, and then the policy takes whatever status it may list.
 */
function policyOf(source: SourcePolicy): AppraisalPolicy {
  const minimum = source.min_tcb_evaluation_data_number;
  const fmspc = source.expected_fmspc_hex;
  return parsePolicy({
    name: 'of-the-source',
    version: 1,
    common: {
      accepted_tcb_statuses: statusesOf(source),
      ...(minimum === undefined ? {} : { minimum_evaluation_number: minimum }),
    },
    tdx: {
      attributes: { sept_ve_disable: 'any' },
      ...(fmspc === undefined ? {} : { fmspcs: [fmspc] }),
    },
  });
}

const GENUINE_STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
] as const;

function statusesOf({
  tcb_evaluation_required: required,
  accepted_qv_results: accepted,
}: SourcePolicy): string[] {
  if (accepted !== undefined) {
    if (accepted.join() !== 'OK') throw new Error(`the source accepts ${accepted.join()}`);
    return ['UpToDate'];
  }
  const late = [
    'OutOfDate',
    'OutOfDateConfigurationNeeded',
    'TDRelaunchAdvised',
    'TDRelaunchAdvisedConfigurationNeeded',
  ];
  return required ? [...GENUINE_STATUSES] : [...GENUINE_STATUSES, ...late];
}

/** Of the issues of Intel's signing certificate the first that is in force; the altered sets bring none. */
function intelSigningChain(home: string, at: Date): Uint8Array {
  const read = (name: string): string => readFileSync(join(home, 'roots', 'intel', name), 'utf8');
  // Two of the three issues, with their last days.
  const [earlier, later] = ['tcb_signing_2.pem', 'tcb_signing.pem'];
  const signer = at < new Date('2025-05-21T10:50:10Z') ? earlier : later;
  return textBytes(`${read(signer).trimEnd()}\n${read('sgx_root_ca.pem')}`);
}

function textBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

/** The bytes up to where the signature data end by their own account. */
export function cutQuote(quote: Uint8Array): Uint8Array {
  if (quote.length < SIGNATURE_DATA) return quote;
  const size = new DataView(quote.buffer, quote.byteOffset).getUint32(SIGNATURE_DATA - 4, true);
  return quote.subarray(0, SIGNATURE_DATA + size);
}
