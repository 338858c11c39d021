/** An authenticated TD for tests of appraisal, and reference values for it. */
import type { AuthenticatedEvidence } from '../../src/rats/evidence.js';
import type { ReferenceValue } from '../../src/rats/reference-value.js';
import { referenceValue, sampleEvidence } from './sample-evidence.js';

/** Each register with a digit of its own. */
export const REGISTERS: Readonly<Record<string, string>> = {
  mrtd: 'a0'.repeat(48),
  rtmr0: 'b0'.repeat(48),
  rtmr1: 'b1'.repeat(48),
  rtmr2: 'b2'.repeat(48),
  rtmr3: 'b3'.repeat(48),
  mrconfigid: 'c0'.repeat(48),
  mrowner: 'c1'.repeat(48),
  mrownerconfig: 'c2'.repeat(48),
  mrseam: 'd0'.repeat(48),
};
export const ZERO = '00'.repeat(48);

type Parts = Parameters<typeof sampleEvidence>[0];

export function sampleTd(
  fields: Readonly<Record<string, string>> = {},
  changes: Parts = {},
): AuthenticatedEvidence {
  const referenceFields = { ...REGISTERS, ...fields };
  return sampleEvidence({
    tee: 'tdx',
    referenceTee: 'tdx',
    generation: 'tdx-01',
    measurement: referenceFields.mrtd ?? '',
    referenceFields,
    tcb: {
      status: 'UpToDate',
      source: 'intel-tcb-info',
      date: '2026-05-14',
      advisories: [],
      platform: null,
      module: null,
      qe: null,
    },
    ...changes,
  });
}

/** A value that pins these fields of the sample; other values where given. */
export function tdValue(
  fields: readonly string[],
  changes: Partial<ReferenceValue> = {},
  values: Readonly<Record<string, string>> = {},
): ReferenceValue {
  const match = Object.fromEntries(fields.map((field) => [field, [values[field] ?? REGISTERS[field] ?? '']]));
  return referenceValue({ tee: 'tdx', match, ...changes });
}
