/** What is foreseen: the calendar of platforms that will be judged otherwise. */
import { z } from 'zod';
import { FORECAST_CAUSES } from '../../verifier/forecast/timeline.js';
import {
  AnyJson,
  AudienceName,
  Instant,
  orNull,
  RefusalName,
  TeeName,
  TrustTier,
  WorkloadName,
} from './common.js';

/** Genuine tables have less than 32 KiB. */
export const MAX_FORECAST_BODY = 256 * 1024;
/** Platforms that a row names; it counts all of them. */
export const MOST_NAMED = 50;
export const MOST_ROWS = 500;
const DAYS = { least: 1, most: 366 };
export const DEFAULT_DAYS = 90;

const daysWords = `must be a number from ${DAYS.least} to ${DAYS.most}`;
const DaysText = z
  .string()
  .regex(/^([1-9]|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])$/, daysWords)
  .openapi({ description: `How far to look; ${DEFAULT_DAYS} when left out`, example: '90' });

export const ForecastQuery = z.strictObject({ days: DaysText.optional() });

export const ForecastBody = z
  .strictObject({
    days: z
      .int(daysWords)
      .min(DAYS.least, daysWords)
      .max(DAYS.most, daysWords)
      .optional()
      .openapi({ description: `How far to look; ${DEFAULT_DAYS} when left out`, example: 90 }),
    bulletins: z.record(z.string(), AnyJson).openapi({
      description: 'A table of AMD’s bulletins, of the form that ships with the service',
      example: {
        revision: '2027-01',
        gathered: '2027-01',
        about: 'Where it comes from',
        confidence: {},
        processors: {},
        bulletins: [],
        not_covered: [],
      },
    }),
  })
  .openapi('ForecastQuestion');

const Standing = z
  .strictObject({
    status: TrustTier,
    tcb_status: z
      .string()
      .nullable()
      .openapi({ description: 'Null where no level is reached', example: 'UpToDate' }),
    code: orNull(RefusalName).openapi({ description: 'Of the first check that fails' }),
  })
  .openapi('ForecastStanding');

const Row = z
  .strictObject({
    at: Instant.nullable().openapi({
      description: 'Null: announced without a date, or on the day that somebody does it',
    }),
    cause: z.enum(FORECAST_CAUSES).openapi({ example: 'tcb-recovery' }),
    what: z.string().openapi({
      description: 'What happens then, and how the date is known',
      example: 'the grace of standard@2 ends',
    }),
    presumes: z
      .string()
      .nullable()
      .openapi({ description: 'What has to have happened before; null: nothing', example: null }),
    tee: TeeName,
    policy: z.string().openapi({ description: 'The version in force', example: 'standard@1' }),
    from: Standing,
    to: Standing,
    fails: z.boolean().openapi({ description: 'Somebody who takes these platforms takes them no longer' }),
    audiences: z.array(AudienceName).openapi({ description: 'That will not take them any more' }),
    workloads: z.array(WorkloadName),
    platforms: z.int().min(1).openapi({ description: 'How many', example: 12 }),
    labels: z
      .array(z.string())
      .max(MOST_NAMED)
      .openapi({
        description: 'Of those that are registered',
        example: ['rack 7, slot 3'],
      }),
    platform_ids: z
      .array(z.strictObject({ kind: z.string(), value: z.string() }))
      .max(MOST_NAMED)
      .nullable()
      .openapi({ description: 'For admins; null for everybody else', example: null }),
    remedy: z
      .string()
      .nullable()
      .openapi({ description: 'Null when there is nothing to do', example: 'Update the firmware.' }),
  })
  .openapi('ForecastRow');

export const ForecastReply = z
  .strictObject({
    now: Instant,
    until: Instant,
    platforms: z
      .int()
      .min(0)
      .openapi({ description: 'Seen in the last 30 days and judged again', example: 40 }),
    unjudged: z.int().min(0).openapi({
      description: 'Seen, and not judged: documents that decide are not at hand, or no policy is in force',
      example: 0,
    }),
    truncated: z.boolean().openapi({ description: 'There was more than is looked at, or shown' }),
    rows: z.array(Row).max(MOST_ROWS).openapi({ description: 'By date, those without one first' }),
  })
  .openapi('Forecast');
