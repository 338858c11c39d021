/**
 * The form of a report: what its bytes must look like before anything in them is read, and what it says of its
 * own signature. Source: AMD 56860, section 7.3, ATTESTATION_REPORT and chapter 10.
 */

import { allZero, zeroBetween } from '../../bytes/encoding.js';
import { checked, passed } from '../../rats/check.js';
import { onceForEach } from '../../rats/once.js';
import { refuse } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';
import {
  bitSet,
  ECDSA_P384_SHA384,
  FIELD,
  KEY_INFO_RESERVED_FROM,
  POLICY_BIT,
  POLICY_RESERVED_FROM,
  REPORT_LENGTH,
  reservedRuns,
  SIGNATURE_COMPONENT_LENGTH,
} from './layout.js';
import type { SnpProduct } from './product.js';
import { decodeReport, type SnpReport } from './report.js';
import type { SigningKey } from './signer.js';
import { tcbReservedZero } from './tcb.js';

export const REPORT_SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT';
const KEY_SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT: SIGNATURE_ALGO, KEY_INFO, SIGNATURE';

export const VERIFIED_VERSIONS: readonly number[] = [2, 3, 4, 5];
/** Decoded for display; its rules cannot be tried on a genuine sample. */
export const DECODED_VERSIONS: readonly number[] = [...VERIFIED_VERSIONS, 6];

const SIGNING_KEYS: Readonly<Record<number, SigningKey>> = { 0: 'VCEK', 1: 'VLEK' };
const CHIP_SECRET_VCEK = 2;
const NO_SIGNING_KEY = 7;

/** Decodes a report whose version and length are known, without judging its bytes. For display. */
export function readForDisplay(bytes: Uint8Array): SnpReport {
  requireVersion(bytes, DECODED_VERSIONS);
  return decodeReport(bytes);
}

/**
 * Decodes a report that may be verified. Refuses with `snp_report_malformed`, `snp_report_version_unsupported`
 * or `snp_report_reserved_nonzero`.
 */
export function readReport(bytes: Uint8Array): SnpReport {
  const version = requireVersion(bytes, VERIFIED_VERSIONS);
  for (const { offset, length } of reservedRuns(version)) {
    if (zeroBetween(bytes, offset, offset + length)) continue;
    reservedInUse(`bytes 0x${offset.toString(16)} to 0x${(offset + length - 1).toString(16)}`, version);
  }
  const report = decodeReport(bytes);
  if (report.keyInfo.raw >>> KEY_INFO_RESERVED_FROM !== 0) reservedInUse('bits of KEY_INFO', version);
  if (!bitSet(report.policy, POLICY_BIT.reserved_one)) malformed('bit 17 of POLICY is 0 and is always 1');
  if (report.policy >> BigInt(POLICY_RESERVED_FROM) !== 0n) malformed('reserved bits of POLICY are set');
  for (const component of [report.signatureR, report.signatureS]) {
    if (!zeroBetween(component, SIGNATURE_COMPONENT_LENGTH, component.length)) {
      malformed('a component of its signature is longer than P-384 allows');
    }
  }
  return report;
}

const TCB_FIELDS = ['currentTcb', 'reportedTcb', 'committedTcb', 'launchTcb'] as const;

/** The bytes of the four TCB values that the product's layout does not use must be zero. */
export function requireTcbReservedZero(report: SnpReport, product: SnpProduct): void {
  for (const name of TCB_FIELDS) {
    if (!tcbReservedZero(report[name], product))
      reservedInUse(`bytes of ${name} on ${product}`, report.version);
  }
}

/** What `readReport` and `requireTcbReservedZero` have found in order. */
export function formChecks({ version }: SnpReport): readonly CheckResult[] {
  return formChecksOf(version);
}

/** By version, of which there are few. */
const formChecksOf = onceForEach(8, (version: number): readonly CheckResult[] =>
  [
    passed('snp_report_malformed', REPORT_SOURCE, {
      expected: `${REPORT_LENGTH} bytes, POLICY bit 17 set, reserved POLICY bits clear, R and S of 48 bytes`,
      observed: 'as expected',
    }),
    passed('snp_report_version_unsupported', REPORT_SOURCE, {
      expected: VERIFIED_VERSIONS.join(', '),
      observed: String(version),
    }),
    passed('snp_report_reserved_nonzero', REPORT_SOURCE, {
      expected: `reserved bytes of version ${version} zero`,
      observed: 'zero',
    }),
  ].map((check) => Object.freeze(check)),
);

/** The kind of key that signed, by the report alone; null where it is neither VCEK nor VLEK. */
export function signingKeyOf(report: SnpReport): SigningKey | null {
  return SIGNING_KEYS[report.keyInfo.signingKey] ?? null;
}

const ALGORITHM_EXPECTED = '1 (ECDSA P-384 with SHA-384)';
const SIGNED_EXPECTED = 'a signature, MASK_CHIP_KEY 0, SIGNING_KEY not 7';
const KEY_EXPECTED = '0 (VCEK) or 1 (VLEK)';

/** By SIGNING_KEY. */
const soundForm = onceForEach(8, (signingKey: number): readonly CheckResult[] =>
  [
    passed('snp_signature_algo_unsupported', KEY_SOURCE, {
      expected: ALGORITHM_EXPECTED,
      observed: String(ECDSA_P384_SHA384),
    }),
    passed('snp_report_unsigned', KEY_SOURCE, {
      expected: SIGNED_EXPECTED,
      observed: 'MASK_CHIP_KEY 0, signature present',
    }),
    passed('snp_signing_key_unknown', KEY_SOURCE, {
      expected: KEY_EXPECTED,
      observed: signingKeyText(signingKey),
    }),
  ].map((check) => Object.freeze(check)),
);

/** Whether the report can carry a signature that this build verifies. */
export function signatureFormChecks(report: SnpReport): readonly CheckResult[] {
  const { maskChipKey, signingKey } = report.keyInfo;
  const unsigned = unsignedBecause(report);
  const sound =
    report.signatureAlgo === ECDSA_P384_SHA384 && unsigned === null && signingKeyOf(report) !== null;
  if (sound) return soundForm(signingKey);
  return [
    checked(report.signatureAlgo === ECDSA_P384_SHA384, 'snp_signature_algo_unsupported', KEY_SOURCE, {
      expected: ALGORITHM_EXPECTED,
      observed: String(report.signatureAlgo),
    }),
    checked(unsigned === null, 'snp_report_unsigned', KEY_SOURCE, {
      expected: SIGNED_EXPECTED,
      observed: unsigned ?? `MASK_CHIP_KEY ${maskChipKey ? 1 : 0}, signature present`,
    }),
    checked(
      signingKeyOf(report) !== null || signingKey === NO_SIGNING_KEY,
      'snp_signing_key_unknown',
      KEY_SOURCE,
      { expected: KEY_EXPECTED, observed: signingKeyText(signingKey) },
    ),
  ];
}

function unsignedBecause(report: SnpReport): string | null {
  if (report.keyInfo.signingKey === NO_SIGNING_KEY) return 'SIGNING_KEY is 7: none';
  if (report.keyInfo.maskChipKey) return 'MASK_CHIP_KEY is 1: the host forbids chip keys';
  return allZero(report.signatureR) && allZero(report.signatureS) ? 'the signature is all zero' : null;
}

/** SIGNING_KEY in words. */
export function signingKeyText(signingKey: number): string {
  const known = SIGNING_KEYS[signingKey];
  if (known !== undefined) return `${signingKey} (${known})`;
  if (signingKey === NO_SIGNING_KEY) return '7 (none)';
  if (signingKey === CHIP_SECRET_VCEK) {
    return '2 (chip-secret VCEK: known from ABI rev 1.59, but no certificate or sample for it is public)';
  }
  return `${signingKey} (reserved)`;
}

function requireVersion(bytes: Uint8Array, known: readonly number[]): number {
  if (bytes.length !== REPORT_LENGTH) malformed(`it has ${bytes.length} bytes, not ${REPORT_LENGTH}`);
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(FIELD.version.offset, true);
  if (known.includes(version)) return version;
  const why = DECODED_VERSIONS.includes(version)
    ? `Report version ${version} of ABI rev 1.59 is known but not verified until a genuine sample exists.`
    : `Unknown version ${version}: reports of version ${VERIFIED_VERSIONS.join(', ')} are verified.`;
  refuse('snp_report_version_unsupported', 'parse', why, { facts: { version } });
}

function malformed(what: string): never {
  refuse('snp_report_malformed', 'parse', `The bytes are not an SEV-SNP report: ${what}.`);
}

function reservedInUse(where: string, version: number): never {
  refuse(
    'snp_report_reserved_nonzero',
    'parse',
    `Reserved ${where} are not zero in a report of version ${version}.`,
    { facts: { version } },
  );
}
