/** A stored match as operators wrote it: fields of events become entries of `events` again. */
import { digestsOfEventSet, eventFieldOf } from '../rats/measured-event.js';
import type { ReferenceMatch } from '../rats/reference-value.js';
import type { JsonObject } from '../rats/result.js';

export function matchJson(match: ReferenceMatch): JsonObject {
  const fields: Record<string, readonly string[]> = {};
  const events: JsonObject[] = [];
  for (const [field, values] of Object.entries(match)) {
    const named = eventFieldOf(field);
    if (named === null) fields[field] = values;
    else events.push(...values.map((set) => entryOf(named, set)));
  }
  return events.length === 0 ? fields : { ...fields, events };
}

function entryOf(
  { register, anyPartitions }: NonNullable<ReturnType<typeof eventFieldOf>>,
  set: string,
): JsonObject {
  const measured = digestsOfEventSet(set);
  return anyPartitions ? { register, measured, partition_tables: 'any' } : { register, measured };
}
