/** Reference values and what was measured, in words for check entries. */
import type { AppraisableEvidence } from '../../rats/evidence.js';
import { isEventField } from '../../rats/measured-event.js';
import type { Neighbour, ReferenceTee, ReferenceValue, Standing } from '../../rats/reference-value.js';
import { bootFieldsOf } from './coverage.js';
import { eventDifference, eventSetText } from './reference-events.js';

/** Values of one field that a sentence still bears. */
const SHOWN = 4;
/** Characters of an operator's reason that a sentence still bears. */
const REASON = 200;

export function nameOf(value: ReferenceValue): string {
  const place = value.place === undefined ? 'the given value' : `given value ${value.place}`;
  const version = value.version === null ? place : `version ${value.version}`;
  return value.workload === null ? version : `${version} of ${value.workload}`;
}

/** "rtmr2 differs, the rest equals version 12 of llm-serving, retired on 2026-10-01". */
export function differenceText(
  { value, standing }: Neighbour,
  mismatched: readonly string[],
  asked: number,
): string {
  const name = `${nameOf(value)}${standingText(value, standing)}`;
  if (mismatched.length === 0) return `equals ${name}`;
  const differs = `${inWords(mismatched)} ${mismatched.length === 1 ? 'differs' : 'differ'}`;
  return mismatched.length < asked ? `${differs}, the rest equals ${name}` : `${differs} from ${name}`;
}

function standingText(value: ReferenceValue, standing: Standing): string {
  switch (standing.state) {
    case 'draft':
      return ', a draft that nobody activated';
    case 'retired':
      return `, retired on ${dayOf(standing.since)}`;
    case 'revoked':
      return `, revoked on ${dayOf(standing.since)}${reasonText(standing.reason)}`;
    default:
      return value.version === null ? windowText(value) : `, active${windowText(value)}`;
  }
}

function reasonText(reason: string | null): string {
  if (reason === null) return '';
  const plain = reason.replace(/\p{Cc}+/gu, ' ').replace(/[\s.]+$/u, '');
  return ` because: ${plain.length > REASON ? `${plain.slice(0, REASON)}…` : plain.trimStart()}`;
}

/** Empty where a value counts for ever. */
export function windowText(value: ReferenceValue): string {
  const from = value.notBefore === null ? [] : [`from ${value.notBefore.toISOString()}`];
  const until = value.notAfter === null ? [] : [`until ${value.notAfter.toISOString()}`];
  const ends = [...from, ...until];
  return ends.length === 0 ? '' : `, which counts only ${ends.join(' ')}`;
}

export function expectedText(value: ReferenceValue, fields: readonly string[]): string {
  return perField(value.tee, fields, (field) => {
    const values = (value.match[field] ?? []).map((one) => (isEventField(field) ? eventSetText(one) : one));
    const more = values.length > SHOWN ? [`${values.length - SHOWN} more`] : [];
    return values.length === 0 ? 'a value' : [...values.slice(0, SHOWN), ...more].join(' or ');
  });
}

/** Of the evidence alone: an attester may be told it where what is registered is nobody's business. */
export function observedText(evidence: AppraisableEvidence, fields: readonly string[]): string {
  return perField(evidence.referenceTee, fields, (field) => {
    const observed = evidence.referenceFields[field];
    if (observed === undefined) return 'absent';
    return isEventField(field) ? eventSetText(observed) : observed;
  });
}

/** For each field of events how the measured set differs from those that are named; empty where none does. */
export function eventDifferences(
  { match }: ReferenceValue,
  { referenceFields }: AppraisableEvidence,
  fields: readonly string[],
): readonly string[] {
  return fields.filter(isEventField).flatMap((field) => {
    const difference = eventDifference(match[field] ?? [], referenceFields[field] ?? '');
    return difference === '' ? [] : [`${field} ${difference}`];
  });
}

/** What says which code runs. */
export function measuredText(evidence: AppraisableEvidence): string {
  return observedText(evidence, bootFieldsOf(evidence.referenceTee));
}

/** One field needs no name where the code says which; a TEE with several measurements names each. */
function perField(tee: ReferenceTee, fields: readonly string[], text: (field: string) => string): string {
  const [only] = fields;
  const plain = fields.length === 1 && bootFieldsOf(tee).length === 1;
  if (only !== undefined && plain) return text(only);
  return fields.map((field) => `${field} ${text(field)}`).join('; ');
}

function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
