/** Faults in what a report is and how it is signed (procedure steps 1 to 4, 9 to 10). */
import type { Fault } from '../fault.js';

const wordAt = (report: Uint8Array) => new DataView(report.buffer, report.byteOffset, report.byteLength);

/** SIGNING_KEY (0 for a VCEK) in bits 4:2 and MASK_CHIP_KEY in bit 1 of the word at 0x48. */
const setInKeyInfo = (bits: number) => (report: Uint8Array) => {
  const view = wordAt(report);
  view.setUint32(0x48, view.getUint32(0x48, true) | bits, true);
};

export const REPORT_FAULTS: readonly Fault[] = [
  {
    code: 'snp_report_malformed',
    says: 'POLICY bit 17 clear',
    report: (report) => {
      report[0x0a] = (report[0x0a] ?? 0) & ~0x02;
    },
  },
  {
    code: 'snp_report_version_unsupported',
    says: 'report version 7',
    guest: (clean) => ({ ...clean, reportVersion: 7 }),
  },
  {
    code: 'snp_report_reserved_nonzero',
    says: 'a reserved byte set',
    report: (report) => {
      report[0x4c] = 1;
    },
  },
  {
    code: 'snp_signature_algo_unsupported',
    says: 'SIGNATURE_ALGO 2',
    report: (report) => wordAt(report).setUint32(0x34, 2, true),
  },
  {
    code: 'snp_report_unsigned',
    // Firmware writes zeros for a signature then; signed all the same, so that nothing else is wrong.
    says: 'MASK_CHIP_KEY set: the host forbids chip keys',
    clean: { signingKey: 'VCEK' },
    report: setInKeyInfo(1 << 1),
  },
  {
    code: 'snp_signing_key_unknown',
    says: 'SIGNING_KEY 2',
    clean: { signingKey: 'VCEK' },
    report: setInKeyInfo(2 << 2),
  },
  {
    code: 'snp_product_unsupported',
    says: 'the CPUID of a Venice processor',
    clean: { reportVersion: 5 },
    guest: (clean) => ({ ...clean, cpuid: { family: 0x1a, model: 0x50, stepping: 0 } }),
  },
  {
    code: 'snp_signature_invalid',
    says: 'a bit of the signature turned over',
    signed: (report) => {
      report[0x2a0] = (report[0x2a0] ?? 0) ^ 1;
    },
  },
  {
    code: 'snp_tcb_inconsistent',
    says: 'COMMITTED_TCB above CURRENT_TCB',
    guest: (clean) => ({
      ...clean,
      committedTcb: { ...clean.committedTcb, microcode: clean.currentTcb.microcode + 1 },
    }),
  },
  {
    code: 'snp_host_requested_report',
    says: 'VMPL 0xFFFFFFFF: the host asked',
    guest: (clean) => ({ ...clean, vmpl: 0xffff_ffff }),
  },
  {
    code: 'report_data_mismatch',
    says: 'other REPORT_DATA than the expected',
    clean: { envelope: 'raw' },
    guest: (clean) => ({ ...clean, reportData: clean.reportData.map((byte) => byte ^ 0xff) }),
  },
];
