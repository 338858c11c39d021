/** Forms that members of several sections have. */
import { z } from 'zod';

/** A feature that exposes: forbid it or not. */
export const exposing = z.enum(['forbidden', 'any']);
/** A protection: ask for it or not. */
export const protective = z.enum(['required', 'any']);
export const either = z.enum(['required', 'forbidden', 'any']);

export const byte = z.int().min(0).max(255);

export const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `${digits} lowercase hex digits`);

/** A list in which nothing stands twice, at most `LONGEST` long. */
export const distinct = <Item extends z.ZodType>(
  item: Item,
  key: (value: z.output<Item>) => unknown = (value) => value,
) =>
  z
    .array(item)
    .max(LONGEST)
    .refine((list) => new Set(list.map(key)).size === list.length, 'every value once');

/** Longer lists of machines belong into the register of platforms, which is looked up by index. */
const LONGEST = 1000;

export const bulletin = z.string().regex(/^AMD-SB-\d{4}$/, 'a bulletin, e.g. AMD-SB-3027');
export const advisory = z
  .string()
  .regex(
    /^(AMD-SB-\d{4}|INTEL-[A-Z]+-\d{5})$/,
    'an advisory or a bulletin, e.g. INTEL-SA-00960 or AMD-SB-3027',
  );
