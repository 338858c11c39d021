/** What a quote says of its own signature: step 1 of the procedure, as far as the bytes could be read. */
import { equalBytes, hexOf } from '../../bytes/encoding.js';
import { checked, notRun, passed } from '../../rats/check.js';
import { onceForEach } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import {
  CERTIFICATION_PCK_CHAIN,
  CERTIFICATION_QE_REPORT,
  INTEL_QE_VENDOR_ID,
  KEY_TYPE_ECDSA_P256,
} from './layout.js';
import type { QuoteSignature, TdxQuote } from './quote.js';

const SOURCE = 'Intel TDX DCAP quoting library API, appendix A (quote format)';

/** Parsing has passed these, or it would not have ended. */
export function formChecks({ version, report }: TdxQuote): readonly CheckResult[] {
  return soundForm(`version ${version}, body type ${report.bodyType}`);
}

const soundForm = onceForEach(8, (observed: string): readonly CheckResult[] =>
  [
    passed('tdx_quote_malformed', SOURCE, {
      expected: 'sizes that agree, and zeros behind them',
      observed: 'as expected',
    }),
    passed('tdx_quote_version_unsupported', SOURCE, {
      expected: 'version 4 or 5, body type 2 or 3',
      observed,
    }),
    passed('tdx_tee_type_mismatch', SOURCE, { expected: '0x81 (TDX)', observed: '0x81' }),
  ].map((check) => Object.freeze(check)),
);

/** Refused and not malformed: a form that this build does not verify. */
export function signatureFormChecks({
  attestationKeyType,
  qeVendorId,
  signature,
}: TdxQuote): readonly CheckResult[] {
  const usual =
    attestationKeyType === KEY_TYPE_ECDSA_P256 &&
    equalBytes(qeVendorId, INTEL_QE_VENDOR_ID) &&
    signature?.certification.kind === 'pck-chain';
  return usual ? USUAL_FORM : formOf(attestationKeyType, qeVendorId, signature);
}

function formOf(
  attestationKeyType: number,
  qeVendorId: Uint8Array,
  signature: QuoteSignature | null,
): readonly CheckResult[] {
  return [
    checked(attestationKeyType === KEY_TYPE_ECDSA_P256, 'tdx_key_type_unsupported', SOURCE, {
      expected: KEY_EXPECTED,
      observed: String(attestationKeyType),
    }),
    checked(equalBytes(qeVendorId, INTEL_QE_VENDOR_ID), 'tdx_qe_vendor_unknown', SOURCE, {
      expected: VENDOR_EXPECTED,
      observed: hexOf(qeVendorId),
    }),
    certificationCheck(signature),
  ];
}

const KEY_EXPECTED = `${KEY_TYPE_ECDSA_P256} (ECDSA P-256)`;
const VENDOR_EXPECTED = `${hexOf(INTEL_QE_VENDOR_ID)} (Intel)`;
const CERTIFICATION_EXPECTED = `type ${CERTIFICATION_QE_REPORT} with type ${CERTIFICATION_PCK_CHAIN} (QE report, PCK chain) inside`;

const USUAL_FORM: readonly CheckResult[] = [
  passed('tdx_key_type_unsupported', SOURCE, {
    expected: KEY_EXPECTED,
    observed: String(KEY_TYPE_ECDSA_P256),
  }),
  passed('tdx_qe_vendor_unknown', SOURCE, {
    expected: VENDOR_EXPECTED,
    observed: hexOf(INTEL_QE_VENDOR_ID),
  }),
  passed('tdx_cert_data_unsupported', SOURCE, { expected: CERTIFICATION_EXPECTED, observed: 'as expected' }),
].map((check) => Object.freeze(check));

function certificationCheck(signature: QuoteSignature | null): CheckResult {
  const code = 'tdx_cert_data_unsupported';
  if (signature === null)
    return notRun(code, SOURCE, 'the key type leaves the form of the signature data open');
  const { certification } = signature;
  const expected = CERTIFICATION_EXPECTED;
  if (certification.kind === 'pck-chain') return passed(code, SOURCE, { expected, observed: 'as expected' });
  const { outerType, innerType } = certification;
  const inside = innerType === null ? '' : ` with type ${innerType} inside`;
  return checked(false, code, SOURCE, { expected, observed: `type ${outerType}${inside}` });
}
