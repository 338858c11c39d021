/** What authentic evidence says of itself, TEE by TEE: the members of `claims`, all of them always there. */
import { z } from 'zod';
import { hexText } from './common.js';

/** A word of flags or a mitigation vector. */
const WordText = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .openapi({ example: '0x3001f' });
const Byte = z.int().min(0).max(255);
const Firmware = z
  .string()
  .regex(/^\d+\.\d+\.\d+$/)
  .openapi({ example: '1.55.22' });

const SnpTcb = z
  .strictObject({
    fmc: Byte.optional().openapi({ description: 'Turin only' }),
    bootloader: Byte,
    tee: Byte,
    snp: Byte,
    microcode: Byte,
    raw: hexText(8),
  })
  .openapi('SnpTcb');

export const SnpClaims = z
  .strictObject({
    version: z.int(),
    product: z.enum(['Milan', 'Genoa', 'Turin']),
    measurement: hexText(48),
    report_data: hexText(64),
    host_data: hexText(32),
    policy: z.strictObject({
      abi_minor: Byte,
      abi_major: Byte,
      smt: z.boolean(),
      migrate_ma: z.boolean(),
      debug: z.boolean(),
      single_socket: z.boolean(),
      cxl_allow: z.boolean(),
      mem_aes_256_xts: z.boolean(),
      rapl_dis: z.boolean(),
      ciphertext_hiding_dram: z.boolean(),
      page_swap_disable: z.boolean(),
      raw: WordText,
    }),
    platform_info: z.strictObject({
      smt_en: z.boolean(),
      tsme_en: z.boolean(),
      ecc_en: z.boolean(),
      rapl_dis: z.boolean(),
      ciphertext_hiding_dram_en: z.boolean(),
      alias_check_complete: z.boolean(),
      iommu_write_safe: z.boolean(),
      tio_en: z.boolean(),
      raw: WordText,
    }),
    vmpl: z.int(),
    guest_svn: z.int(),
    family_id: hexText(16),
    image_id: hexText(16),
    report_id: hexText(32),
    report_id_ma: hexText(32),
    chip_id: hexText(64),
    id_key_digest: hexText(48),
    author_key_digest: hexText(48),
    author_key_enabled: z.boolean(),
    signing_key: z.string().openapi({ example: 'vcek' }),
    csp_id: z.string().nullable(),
    cpuid: z.strictObject({ family: z.int(), model: z.int(), stepping: z.int() }).nullable(),
    reported_tcb: SnpTcb,
    current_tcb: SnpTcb,
    committed_tcb: SnpTcb,
    launch_tcb: SnpTcb,
    current_version: Firmware,
    committed_version: Firmware,
    launch_mit_vector: WordText.nullable(),
    current_mit_vector: WordText.nullable(),
  })
  .openapi('SnpClaims', { description: 'An AMD SEV-SNP report, its words decoded bit by bit.' });

export const TdxClaims = z
  .strictObject({
    quote_version: z.union([z.literal(4), z.literal(5)]),
    body_type: z.int().nullable().openapi({ description: 'Null in version 4, which has one body' }),
    mrtd: hexText(48),
    rtmr0: hexText(48),
    rtmr1: hexText(48),
    rtmr2: hexText(48),
    rtmr3: hexText(48),
    mrseam: hexText(48),
    mrsignerseam: hexText(48),
    seam_attributes: hexText(8),
    mrconfigid: hexText(48),
    mrowner: hexText(48),
    mrownerconfig: hexText(48),
    mrservicetd: hexText(48).nullable(),
    tee_tcb_svn: hexText(16),
    tee_tcb_svn_2: hexText(16).nullable(),
    td_attributes: hexText(8),
    xfam: hexText(8),
    report_data: hexText(64),
    fmspc: hexText(6).nullable(),
    pce_id: hexText(2).nullable(),
    pck: z
      .strictObject({
        platform_instance_id: hexText(16).optional(),
        dynamic_platform: z.boolean().nullable(),
        cached_keys: z.boolean().nullable(),
        smt_enabled: z.boolean().nullable(),
      })
      .nullable(),
  })
  .openapi('TdxClaims', { description: 'An Intel TDX quote, hex in the byte order of the evidence.' });

export const AnyClaims = z.union([SnpClaims, TdxClaims]);
