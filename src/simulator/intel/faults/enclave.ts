/** Faults in what the quoting enclave says of itself (procedure steps 7 to 9). */
import type { TdFault } from '../fault.js';
import type { QePlan, QuotePlan } from '../quote.js';

const enclave = (change: (qe: QePlan, plan: QuotePlan) => Partial<QePlan>) => (plan: QuotePlan) => ({
  ...plan,
  qe: { ...plan.qe, ...change(plan.qe, plan) },
});

export const ENCLAVE_FAULTS: readonly TdFault[] = [
  {
    code: 'tdx_qe_report_signature_invalid',
    says: 'a QE report signed with the attestation key',
    changes: { quote: enclave((_qe, plan) => ({ signingKey: plan.attestationKey })) },
  },
  {
    code: 'tdx_qe_report_data_mismatch',
    says: 'a QE report for another attestation key',
    changes: { quote: enclave(() => ({ reportData: new Uint8Array(64).fill(0x5a, 0, 32) })) },
  },
  {
    code: 'tdx_qe_identity_mismatch',
    says: 'an enclave of another signer',
    changes: { quote: enclave((qe) => ({ mrSigner: qe.mrSigner.map((byte) => byte ^ 0xff) })) },
  },
];
