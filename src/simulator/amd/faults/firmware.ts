/** Faults that policy sees in versions of firmware (procedure step 14). */
import type { Fault } from '../fault.js';
import type { GuestSettings } from '../guest-options.js';
import { cpuidKey, type TcbVersion, vulnerableTcb } from '../product-line.js';

/** All four TCBs alike, so that nothing but their level is odd. */
function atTcb(clean: GuestSettings, change: Partial<TcbVersion>): GuestSettings {
  const tcb = { ...clean.reportedTcb, ...change };
  return { ...clean, reportedTcb: tcb, currentTcb: tcb, committedTcb: tcb, launchTcb: tcb };
}

/** Above every bulletin's bit, so that the table of bulletins has no opinion on it. */
const EXTRA_MITIGATION = 8;
const ALL_MITIGATIONS = 0x3fn;
const WITH_EXTRA = ALL_MITIGATIONS | (1n << BigInt(EXTRA_MITIGATION));

export const FIRMWARE_FAULTS: readonly Fault[] = [
  {
    code: 'snp_tcb_status_not_accepted',
    says: 'firmware and microcode older than several bulletins',
    guest: (clean) => atTcb(clean, vulnerableTcb(clean.product, clean.cpuid)),
  },
  {
    code: 'snp_tcb_below_minimum',
    says: 'microcode one below the policy’s floor, and above every bulletin’s',
    clean: { tcb: { microcode: 0xf0 } },
    policy: (clean) => ({
      name: 'microcode-floor',
      snp: {
        tcb_floors: [{ cpuid: cpuidKey(clean.cpuid), tcb: { microcode: clean.reportedTcb.microcode } }],
      },
    }),
    guest: (clean) => atTcb(clean, { microcode: clean.reportedTcb.microcode - 1 }),
  },
  {
    code: 'snp_firmware_below_minimum',
    says: 'committed firmware one build below the policy’s floor',
    policy: ({ committedVersion: { major, minor, build } }) => ({
      name: 'firmware-floor',
      snp: { minimum_firmware: `${major}.${minor}.${build}` },
    }),
    guest: (clean) => ({
      ...clean,
      committedVersion: { ...clean.committedVersion, build: clean.committedVersion.build - 1 },
    }),
  },
  {
    code: 'snp_firmware_provisional',
    says: 'newer microcode running than committed',
    policy: () => ({ name: 'committed-only', snp: { allow_provisional_firmware: false } }),
    guest: (clean) => ({
      ...clean,
      currentTcb: { ...clean.currentTcb, microcode: clean.currentTcb.microcode + 1 },
    }),
  },
  {
    code: 'snp_mitigation_missing',
    says: 'a mitigation that the policy asks for is not shown',
    clean: { reportVersion: 5, launchMitVector: WITH_EXTRA, currentMitVector: WITH_EXTRA },
    policy: () => ({ name: 'extra-mitigation', snp: { mitigation_bits: [EXTRA_MITIGATION] } }),
    guest: (clean) => ({
      ...clean,
      launchMitVector: ALL_MITIGATIONS,
      currentMitVector: ALL_MITIGATIONS,
    }),
  },
];
