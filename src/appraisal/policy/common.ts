/** Section `common`: what is asked of every TEE. */
import { z } from 'zod';
import { ENDORSEMENT_TRACKS } from '../../rats/endorsement.js';
import { LONGEST_GRACE_HOURS } from '../../rats/staleness.js';
import { advisory, bulletin, distinct } from './members.js';

/** Words of Intel’s results and of the AMD table. `Revoked` is none of them: no policy may accept it. */
export const TCB_STATUS_WORDS = [
  'UpToDate',
  'NotShown',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
  'Unknown',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
] as const;

const tcbStatus = z.enum(TCB_STATUS_WORDS);

/** Null: not an instant, e.g. 31 February, which the clock would move to March. */
function instantOf(text: string): Date | null {
  const match = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/.exec(text);
  const instant = new Date(text);
  if (match === null || Number.isNaN(instant.getTime())) return null;
  return isDay(match[1] ?? '') ? instant : null;
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

const grace = z
  .strictObject({
    statuses: distinct(tcbStatus).default([]),
    advisories: distinct(bulletin).default([]),
    until: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/, 'an instant, e.g. 2026-12-31T00:00:00Z')
      .refine((text) => instantOf(text) !== null, 'an instant that exists'),
  })
  .refine(
    ({ statuses, advisories }) => statuses.length + advisories.length > 0,
    'at least one status or advisory',
  );

/**
 * `NotShown` is a word of the AMD table alone, so that of Intel’s results `UpToDate` only is accepted, as by
 * Intel’s own default policy. AMD-SB-3027 is accepted because its full fix is SMT off, and nearly every cloud
 * runs SMT. Intel’s advisories cannot be accepted one by one: its status is a word of its own.
 */
export const commonPolicy = z.strictObject({
  accepted_tcb_statuses: distinct(tcbStatus).min(1).default(['UpToDate', 'NotShown']),
  accepted_advisories: distinct(bulletin).default(['AMD-SB-3027']),
  denied_advisories: distinct(advisory).default([]),
  grace: grace.nullable().default(null),
  minimum_tcb_date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'a date, e.g. 2026-02-10')
    .refine(isDay, 'a date that exists')
    .nullable()
    .default(null),
  minimum_evaluation_number: z.int().min(0).max(0xffffffff).default(0),
  stale_endorsements: z
    .strictObject({ hours: z.int().min(1).max(LONGEST_GRACE_HOURS) })
    .nullable()
    .default(null),
  tcb_track: z.enum(ENDORSEMENT_TRACKS).default('standard'),
  platforms: z.enum(['any', 'registered']).default('any'),
});
