/** Which platforms stop passing, when, and why. */
import type { JsonObject } from '../../rats/result.js';
import type { CalendarRow, RowStanding } from '../../verifier/forecast/calendar.js';
import type { Forecast } from '../../verifier/forecast.js';
import { conform, jsonForm, jsonOf, objectMember } from '../body.js';
import { instantOf } from '../listing.js';
import { type Call, json, type Route } from '../route.js';
import {
  DEFAULT_DAYS,
  ForecastBody,
  ForecastQuery,
  ForecastReply,
  MAX_FORECAST_BODY,
  MOST_NAMED,
  MOST_ROWS,
} from '../schemas/forecast.js';

/** Judges many platforms: takes a place like a verification, and may take longer. */
const shared = {
  tag: 'Endorsements',
  access: ['publisher'],
  path: '/v1/endorsements/forecast',
  load: 'verifies',
  replyWithin: 110,
  replies: { 200: { description: 'The calendar', schema: ForecastReply } },
} as const;

const foresee: Route = {
  ...shared,
  id: 'getForecast',
  method: 'get',
  summary: 'Which platforms stop passing, when, and why',
  description:
    'Platforms in the decisions of the last 30 days are judged again under the policies in force: by Intel’s early documents from the day that they become the standard ones, by bulletins that have a date to come, after the end of a grace, of reference values and of certificates, and as if no document were fetched again. Nothing is recorded.',
  query: ForecastQuery,
  refuses: ['request_invalid'],
  async handle({ forecast }, call) {
    const { days } = conform(call.query, ForecastQuery);
    const request = { days: days === undefined ? DEFAULT_DAYS : Number(days), bulletins: null };
    return json(200, forecastJson(await forecast(call.tenant, request), call));
  },
};

const compareTable: Route = {
  ...shared,
  id: 'forecastBulletins',
  method: 'post',
  summary: 'What another table of AMD’s bulletins would make of platforms',
  description:
    'The same for SNP platforms with a table in place of the one in force: whose status changes with it, and on which dates.',
  bodies: [jsonForm(ForecastBody, MAX_FORECAST_BODY)],
  refuses: [],
  async handle({ forecast }, call) {
    const value = jsonOf(call);
    const { days = DEFAULT_DAYS } = conform(value, ForecastBody);
    const table = objectMember(value, 'bulletins');
    if (table === null) throw new TypeError('a body that conforms has a table');
    const bulletins = new Uint8Array(Buffer.from(JSON.stringify(table), 'utf8'));
    return json(200, forecastJson(await forecast(call.tenant, { days, bulletins }), call));
  },
};

export const FORECAST_ROUTES: readonly Route[] = [foresee, compareTable];

function forecastJson(foreseen: Forecast, { caller }: Call): JsonObject {
  const { now, until, platforms, unjudged, truncated, rows } = foreseen;
  return {
    now: now.toISOString(),
    until: until.toISOString(),
    platforms,
    unjudged,
    truncated: truncated || rows.length > MOST_ROWS,
    rows: rows.slice(0, MOST_ROWS).map((row) => rowJson(row, caller?.role === 'admin')),
  };
}

/** Chips are named to admins alone. */
function rowJson(row: CalendarRow, named: boolean): JsonObject {
  const { platforms } = row;
  const labels = platforms.flatMap(({ label }) => label ?? []).sort();
  const identities = platforms.flatMap(({ identity }) => identity ?? []);
  return {
    at: instantOf(row.at),
    cause: row.cause,
    what: row.what,
    presumes: row.presumes,
    tee: row.tee,
    policy: row.policy,
    from: standingJson(row.from),
    to: standingJson(row.to),
    fails: row.fails,
    audiences: [...row.audiences],
    workloads: [...row.workloads],
    platforms: platforms.length,
    labels: labels.slice(0, MOST_NAMED),
    platform_ids: named ? identities.slice(0, MOST_NAMED).map(({ kind, value }) => ({ kind, value })) : null,
    remedy: row.remedy,
  };
}

function standingJson({ status, tcbStatus, code }: RowStanding): JsonObject {
  return { status, tcb_status: tcbStatus, code };
}
