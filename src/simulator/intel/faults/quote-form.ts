/** Faults in what a quote is and how it is signed (procedure steps 1 and 10). */
import type { TdFault } from '../fault.js';
import type { QuotePlan } from '../quote.js';

/** Header fields, little endian. */
const VERSION = 0;
const KEY_TYPE = 2;
const TEE_TYPE = 4;
const VENDOR = 12;

const headerByte = (offset: number, value: number) => (plan: QuotePlan) => {
  const header = Uint8Array.from(plan.header);
  header[offset] = value;
  return { ...plan, header };
};

export const QUOTE_FAULTS: readonly TdFault[] = [
  {
    code: 'tdx_quote_malformed',
    says: 'a byte behind the signature data that is not zero',
    changes: { signed: (quote) => new Uint8Array(Buffer.concat([quote, Uint8Array.of(1)])) },
  },
  {
    code: 'tdx_quote_version_unsupported',
    says: 'quote version 6',
    changes: { quote: headerByte(VERSION, 6) },
  },
  {
    code: 'tdx_tee_type_mismatch',
    says: 'the TEE type of SGX',
    changes: { quote: headerByte(TEE_TYPE, 0) },
  },
  {
    code: 'tdx_key_type_unsupported',
    says: 'attestation key type 3: ECDSA P-384',
    changes: { quote: headerByte(KEY_TYPE, 3) },
  },
  {
    code: 'tdx_qe_vendor_unknown',
    says: 'a quoting enclave of another vendor',
    changes: { quote: headerByte(VENDOR, 0x94) },
  },
  {
    code: 'tdx_cert_data_unsupported',
    says: 'certification data that say to be the leaf alone (type 4)',
    changes: { quote: (plan) => ({ ...plan, innerType: 4 }) },
  },
  {
    code: 'tdx_quote_signature_invalid',
    says: 'a quote signed with the key of the PCK certificate',
    changes: { quote: (plan) => ({ ...plan, signingKey: plan.qe.signingKey }) },
  },
  {
    code: 'report_data_mismatch',
    says: 'other REPORTDATA than the expected',
    td: (clean) => ({ ...clean, reportData: clean.reportData.map((byte) => byte ^ 0xff) }),
  },
];
