/** Section `tdx`. DEBUG and the other bits of its group are no members: no policy may permit them. */
import { z } from 'zod';
import { byte, distinct, either, exposing, hex, protective } from './members.js';

const attributes = z.strictObject({
  icssd: either.default('any'),
  servtd_ext: exposing.default('forbidden'),
  lass: either.default('any'),
  sept_ve_disable: protective.default('required'),
  migratable: exposing.default('forbidden'),
  pks: either.default('any'),
  kl: either.default('any'),
  tpa: either.default('any'),
  perfmon: either.default('any'),
});

const bits = distinct(z.int().min(0).max(63)).default([]);
const xfam = z.strictObject({ required: bits, forbidden: bits });

const platform = z.strictObject({
  dynamic_platform: either.default('any'),
  cached_keys: either.default('any'),
  smt_enabled: either.default('any'),
});

export const tdxPolicy = z.strictObject({
  fmspcs: distinct(hex(12)).nullable().default(null),
  module_floors: distinct(z.strictObject({ major: byte, isvsvn: byte }), ({ major }) => major)
    .nullable()
    .default(null),
  attributes: attributes.prefault({}),
  xfam: xfam.prefault({}),
  service_tds: distinct(hex(96)).default([]),
  platform: platform.prefault({}),
  platform_instances_allowed: distinct(hex(32)).nullable().default(null),
  platform_instances_denied: distinct(hex(32)).default([]),
});
