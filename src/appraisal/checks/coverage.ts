/**
 * How much of what runs a matching reference value speaks for. An operator says what the measurements cover;
 * where a TEE has a register for each stage of the boot, the fields that were matched must bear that out.
 */
import type { AppraisableEvidence } from '../../rats/evidence.js';
import { EVENT_FIELDS, eventFieldOf } from '../../rats/measured-event.js';
import type { Covers, ReferenceTee, ReferenceValue } from '../../rats/reference-value.js';

/** Fields without which a value does not say what was booted; none where one digest holds it all. */
const BOOT_FIELDS: Readonly<Record<ReferenceTee, readonly string[]>> = {
  'sev-snp': ['measurement'],
  tdx: ['mrtd', 'rtmr1', 'rtmr2'],
};

/** Fields that may stay zero when another one holds what they would measure: with `covers: runtime`, MRTD does. */
const EXTENDED_AT_BOOT: Readonly<Record<ReferenceTee, readonly string[]>> = {
  'sev-snp': [],
  tdx: ['rtmr1', 'rtmr2'],
};

const ALTERNATIVE = 'or let the audience take `warning`';
/** A cloud's firmware is the same in every tenant's machine: it does not say what was booted. */
const FIRMWARE_ONLY = `Register values that cover the boot (\`covers: boot\`), ${ALTERNATIVE}: those that matched cover the firmware only, which does not say what it booted.`;

export interface Coverage {
  /** What the value covers in truth: `firmware` where it leaves out, or matched nothing in, what was booted. */
  readonly covers: Covers;
  /** What would make it cover more; null when nothing is left to wish for. */
  readonly remedy: string | null;
}

/** Fields that say which code runs, in the order in which it was loaded. */
export function bootFieldsOf(tee: ReferenceTee): readonly string[] {
  return BOOT_FIELDS[tee];
}

/** `value` matches `evidence`. */
export function coverageOf(value: ReferenceValue, evidence: AppraisableEvidence): Coverage {
  if (value.covers === 'firmware') return { covers: 'firmware', remedy: FIRMWARE_ONLY };
  const fields = BOOT_FIELDS[value.tee];
  const missing = fields.filter((field) => !speaksOf(value, field));
  if (missing.length > 0) return { covers: 'firmware', remedy: registerText(missing, evidence) };
  const excused = value.covers === 'runtime' ? EXTENDED_AT_BOOT[value.tee] : [];
  const empty = fields.filter((field) => !excused.includes(field) && isEmpty(evidence, field));
  if (empty.length > 0) return { covers: 'firmware', remedy: emptyText(empty) };
  return { covers: value.covers, remedy: null };
}

/** By its value, or by all that went into it: events of a value that matches came out of a log that replays. */
function speaksOf({ match }: ReferenceValue, field: string): boolean {
  return (
    Object.hasOwn(match, field) ||
    EVENT_FIELDS.some((events) => {
      return Object.hasOwn(match, events) && eventFieldOf(events)?.register === field;
    })
  );
}

/** A register starts as zeros: as long as it has them, nothing was measured into it. */
function isEmpty(evidence: AppraisableEvidence, field: string): boolean {
  return /^0+$/.test(evidence.referenceFields[field] ?? '');
}

function registerText(missing: readonly string[], evidence: AppraisableEvidence): string {
  const named = missing.map((field) => {
    const observed = evidence.referenceFields[field] ?? 'absent';
    return `\`${field}\` (here ${isEmpty(evidence, field) ? 'zero: nothing was measured into it' : observed})`;
  });
  return `Register ${named.join(' and ')} beside what the values have that matched, ${ALTERNATIVE}: they do not say what the firmware booted.`;
}

function emptyText(empty: readonly string[]): string {
  const names = empty.map((field) => `\`${field}\``).join(' and ');
  return `Boot with firmware, loader and kernel that measure what they start, register \`covers: runtime\` where MRTD holds the kernel too, ${ALTERNATIVE}: nothing was measured into ${names} (48 zero bytes), so that it matches does not count.`;
}
