/**
 * `match.events`: everything that went into a register, event by event, as operators write it, and the match fields
 * that it becomes. Entries of one register are alternatives, those of different registers are ANDed.
 */
import { z } from 'zod';
import { EVENT_REGISTERS, eventField, eventSetOf, PARTITION_REGISTER } from '../rats/measured-event.js';

/** A boot through GRUB makes about a hundred. */
const MAX_MEASURED = 512;

const digest = z
  .string()
  .regex(/^[0-9a-f]{96}$/u, 'must be 96 lowercase hexadecimal digits: the SHA-384 digest of an event');

const ONE_OF_THEM = `must be one of ${EVENT_REGISTERS.map((name) => `"${name}"`).join(', ')}`;
const PARTITIONS = `must be "any", for ${PARTITION_REGISTER} only, or left out`;

export const tdxEvents = z
  .array(
    z
      .strictObject({
        register: z.enum(EVENT_REGISTERS, { error: ONE_OF_THEM }),
        measured: z
          .array(digest)
          .min(1, 'must name at least one event')
          .max(MAX_MEASURED, `must not have more than ${MAX_MEASURED} digests`)
          .refine((digests) => eventSetOf(digests) !== '', {
            error: 'names nothing but separators and the like, which do not count: name what was loaded',
          }),
        partition_tables: z.literal('any', { error: PARTITIONS }).optional(),
      })
      .refine((entry) => entry.partition_tables === undefined || entry.register === PARTITION_REGISTER, {
        error: PARTITIONS,
        path: ['partition_tables'],
      }),
  )
  .min(1, 'must name the events of at least one register, or be left out');

type EventEntry = z.output<typeof tdxEvents>[number];
type Fields = Readonly<Record<string, readonly string[] | undefined>>;

/** The fields of a match with those of its events. */
export function withEvents(
  fields: Fields,
  events: readonly EventEntry[],
  context: z.core.$RefinementCtx,
): Fields {
  const sets: Record<string, string[]> = {};
  for (const { register, measured, partition_tables } of events) {
    const field = eventField(register, partition_tables === 'any');
    sets[field] = [...(sets[field] ?? []), eventSetOf(measured)];
  }
  const both = [false, true].every((any) => Object.hasOwn(sets, eventField(PARTITION_REGISTER, any)));
  if (both) {
    context.addIssue({
      code: 'custom',
      path: ['events'],
      message: `has entries for ${PARTITION_REGISTER} with and without partition tables: split them over two versions`,
    });
  }
  return { ...fields, ...sets };
}
