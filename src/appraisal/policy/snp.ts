/**
 * Section `snp`. Bits of POLICY can be tightened or set free; debugging is no member at all, because no policy
 * may permit it.
 */
import { z } from 'zod';
import { byte, distinct, either, exposing, hex, protective } from './members.js';

/** Turin’s eight bytes are filled up with zeros, as the report has them. */
const chip = z
  .string()
  .regex(/^([0-9a-f]{16}|[0-9a-f]{128})$/, '128 lowercase hex digits, on Turin also 16')
  .overwrite((text) => text.padEnd(128, '0'));

const product = z.enum(['Milan', 'Genoa', 'Turin']);
const cpuid = z
  .string()
  .regex(/^[0-9a-f]{2}\/[0-9a-f]{2}\/(0|[1-9a-f][0-9a-f]?)$/, 'family/model/stepping in hex, e.g. 19/01/1');
const choice = { cpuid: cpuid.optional(), product: product.optional() };

interface Choice {
  readonly cpuid?: string | undefined;
  readonly product?: string | undefined;
}

const ONE_CHOICE = 'either a cpuid or a product';
const oneChoice = (chosen: Choice): boolean =>
  (chosen.cpuid === undefined) !== (chosen.product === undefined);
const choiceKey = (chosen: Choice): string => chosen.cpuid ?? chosen.product ?? '';

const tcbFloor = z
  .strictObject({
    bootloader: byte.optional(),
    tee: byte.optional(),
    snp: byte.optional(),
    microcode: byte.optional(),
    fmc: byte.optional(),
  })
  .refine((floor) => Object.keys(floor).length > 0, 'at least one component');

/** Milan-X 0x47 is newer microcode than Milan B1 0xa9: by product alone the number says nothing. */
const processorFloor = z
  .strictObject({ ...choice, tcb: tcbFloor })
  .refine(oneChoice, ONE_CHOICE)
  .refine((floor) => floor.product === undefined || floor.tcb.microcode === undefined, {
    path: ['tcb', 'microcode'],
    error: 'is numbered per stepping: ask for it by cpuid',
  });

const firmware = z
  .string()
  .regex(/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){2}$/, 'major.minor.build, decimal')
  .refine((text) => text.split('.').every((part) => Number(part) <= 255), 'every part at most 255');
const firmwareFloor = z.strictObject({ ...choice, minimum: firmware }).refine(oneChoice, ONE_CHOICE);

const mitigationBits = distinct(z.int().min(0).max(63));
const mitigationFloor = z
  .strictObject({ ...choice, bits: mitigationBits.min(1) })
  .refine(oneChoice, ONE_CHOICE);

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

/** Provisional firmware is allowed because genuine AWS and Azure hosts run it. */
export const snpPolicy = z.strictObject({
  report_versions: distinct(z.int().min(2).max(5)).min(1).default([2, 3, 4, 5]),
  products: distinct(product).min(1).default(['Milan', 'Genoa', 'Turin']),
  vmpl: distinct(z.int().min(0).max(3)).min(1).default([0]),
  policy_bits: policyBits.prefault({}),
  platform_bits: platformBits.prefault({}),
  allow_unknown_platform_bits: z.boolean().default(false),
  tcb_floors: distinct(processorFloor, choiceKey).default([]),
  minimum_firmware: firmware.nullable().default(null),
  firmware_floors: distinct(firmwareFloor, choiceKey).default([]),
  allow_provisional_firmware: z.boolean().default(true),
  mitigation_bits: mitigationBits.default([]),
  mitigation_floors: distinct(mitigationFloor, choiceKey).default([]),
  allow_masked_chip_id: z.boolean().default(false),
  chips_allowed: distinct(chip).nullable().default(null),
  chips_denied: distinct(chip).default([]),
  csp_ids: distinct(z.string().min(1).max(255)).nullable().default(null),
  trusted_id_keys: distinct(hex(96)).nullable().default(null),
  trusted_author_keys: distinct(hex(96)).nullable().default(null),
  minimum_guest_svn: z.int().min(0).max(0xffffffff).default(0),
});
