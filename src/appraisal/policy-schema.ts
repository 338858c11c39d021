/**
 * Policy documents: strict, and every absent member is that of policy `standard`, so a document says only what
 * it changes. Bits of the guest's POLICY can be tightened or set free; debugging is no member at all, because
 * no policy may permit it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../rats/binding.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import { refuse } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import { schemaWords } from '../rats/schema-words.js';

/** A feature that exposes: forbid it or not. */
const exposing = z.enum(['forbidden', 'any']);
/** A protection: ask for it or not. */
const protective = z.enum(['required', 'any']);
const either = z.enum(['required', 'forbidden', 'any']);

const byte = z.int().min(0).max(255);
const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `${digits} lowercase hex digits`);
const distinct = <Item extends z.ZodType>(
  item: Item,
  key: (value: z.output<Item>) => unknown = (value) => value,
) => z.array(item).refine((list) => new Set(list.map(key)).size === list.length, 'every value once');

const chip = z.string().regex(/^([0-9a-f]{16}|[0-9a-f]{128})$/, '128 lowercase hex digits, on Turin also 16');

const tcbFloor = z
  .strictObject({
    bootloader: byte.optional(),
    tee: byte.optional(),
    snp: byte.optional(),
    microcode: byte.optional(),
    fmc: byte.optional(),
  })
  .refine((floor) => Object.keys(floor).length > 0, 'at least one component');

const cpuidFloor = z.strictObject({
  cpuid: z
    .string()
    .regex(/^[0-9a-f]{2}\/[0-9a-f]{2}\/(0|[1-9a-f][0-9a-f]?)$/, 'family/model/stepping in hex, e.g. 19/01/1'),
  tcb: tcbFloor,
});

const policyBits = z.strictObject({
  smt: exposing.default('any'),
  migrate_ma: exposing.default('forbidden'),
  single_socket: protective.default('any'),
  cxl_allow: exposing.default('forbidden'),
  mem_aes_256_xts: protective.default('any'),
  rapl_dis: protective.default('any'),
  ciphertext_hiding_dram: protective.default('any'),
  page_swap_disable: protective.default('any'),
});

const platformBits = z.strictObject({
  smt_en: either.default('any'),
  tsme_en: either.default('any'),
  ecc_en: either.default('any'),
  rapl_dis: either.default('any'),
  ciphertext_hiding_dram_en: either.default('any'),
  alias_check_complete: protective.default('required'),
  iommu_write_safe: either.default('any'),
  tio_en: either.default('forbidden'),
});

/**
 * Provisional firmware is allowed because genuine AWS and Azure hosts run it. AMD-SB-3027 is accepted because
 * its full fix is SMT off, and nearly every cloud runs SMT.
 */
const snpPolicy = z.strictObject({
  report_versions: distinct(z.int().min(2).max(5)).min(1).default([2, 3, 4, 5]),
  products: distinct(z.enum(['Milan', 'Genoa', 'Turin']))
    .min(1)
    .default(['Milan', 'Genoa', 'Turin']),
  vmpl: distinct(z.int().min(0).max(3)).min(1).default([0]),
  policy_bits: policyBits.prefault({}),
  platform_bits: platformBits.prefault({}),
  allow_unknown_platform_bits: z.boolean().default(false),
  accepted_tcb_statuses: distinct(
    z.enum(['UpToDate', 'NotShown', 'ConfigurationNeeded', 'Unknown', 'OutOfDate']),
  )
    .min(1)
    .default(['UpToDate', 'NotShown']),
  accepted_advisories: distinct(z.string().regex(/^AMD-SB-\d{4}$/, 'a bulletin, e.g. AMD-SB-3027')).default([
    'AMD-SB-3027',
  ]),
  tcb_floors: distinct(cpuidFloor, ({ cpuid }) => cpuid).default([]),
  minimum_firmware: z
    .string()
    .regex(/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){2}$/, 'major.minor.build, decimal')
    .refine((text) => text.split('.').every((part) => Number(part) <= 255), 'every part at most 255')
    .nullable()
    .default(null),
  allow_provisional_firmware: z.boolean().default(true),
  mitigation_bits: distinct(z.int().min(0).max(63)).default([]),
  allow_masked_chip_id: z.boolean().default(false),
  chips_allowed: distinct(chip).nullable().default(null),
  chips_denied: distinct(chip).default([]),
  csp_ids: distinct(z.string().min(1)).nullable().default(null),
  trusted_id_keys: distinct(hex(96)).nullable().default(null),
  trusted_author_keys: distinct(hex(96)).nullable().default(null),
  minimum_guest_svn: z.int().min(0).max(0xffffffff).default(0),
});

const policyDocument = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lowercase letters, digits and hyphens, at most 63'),
  version: z.int().min(1).default(1),
  snp: snpPolicy.prefault({}),
});

/** Refuses (`policy_invalid`) with path and reason of everything that is wrong. */
export function parsePolicy(json: unknown): AppraisalPolicy {
  const parsed = policyDocument.safeParse(json, { error: schemaWords });
  if (!parsed.success) {
    const detail = parsed.error.issues.map(issueText).join('; ');
    refuse('policy_invalid', 'request', `The policy is not valid: ${detail}.`);
  }
  return { ...parsed.data, digest: digestOf(parsed.data) };
}

/** SHA-256 over the canonical JSON of the whole policy, defaults written out; lowercase hex. */
function digestOf(policy: Omit<AppraisalPolicy, 'digest'>): string {
  const plain: JsonObject = JSON.parse(JSON.stringify(policy));
  return createHash('sha256').update(canonicalJson(plain), 'utf8').digest('hex');
}

function issueText(issue: z.core.$ZodIssue): string {
  const place = (path: readonly PropertyKey[]) =>
    path.length === 0 ? 'the document' : path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${place([...issue.path, key])}: unknown member`).join('; ');
  }
  return `${place(issue.path)}: ${issue.message}`;
}
