/**
 * What rules can speak of: the variables and their types. `claims` has the fields of every TEE; those of another
 * TEE than the one that made the evidence are not there, and a rule that asks for one fails.
 */
import { BOOL, type Fields, INT, listOf, objectOf, orNull, STRING, type Type } from './types.js';

const flags = (...names: readonly string[]): Fields => Object.fromEntries(names.map((name) => [name, BOOL]));
const texts = (...names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, STRING]));

/** `fmc` on Turin alone. */
const TCB = objectOf({
  fmc: INT,
  bootloader: INT,
  tee: INT,
  snp: INT,
  microcode: INT,
  raw: STRING,
});

const SNP_CLAIMS: Fields = {
  version: INT,
  product: STRING,
  policy: objectOf({
    abi_minor: INT,
    abi_major: INT,
    ...flags('smt', 'migrate_ma', 'debug', 'single_socket', 'cxl_allow', 'mem_aes_256_xts'),
    ...flags('rapl_dis', 'ciphertext_hiding_dram', 'page_swap_disable'),
    raw: STRING,
  }),
  platform_info: objectOf({
    ...flags('smt_en', 'tsme_en', 'ecc_en', 'rapl_dis', 'ciphertext_hiding_dram_en'),
    ...flags('alias_check_complete', 'iommu_write_safe', 'tio_en'),
    raw: STRING,
  }),
  vmpl: INT,
  guest_svn: INT,
  ...texts('measurement', 'report_data', 'host_data', 'family_id', 'image_id', 'report_id', 'report_id_ma'),
  ...texts('chip_id', 'id_key_digest', 'author_key_digest', 'signing_key'),
  author_key_enabled: BOOL,
  csp_id: orNull(STRING),
  cpuid: orNull(objectOf({ family: INT, model: INT, stepping: INT })),
  reported_tcb: TCB,
  current_tcb: TCB,
  committed_tcb: TCB,
  launch_tcb: TCB,
  ...texts('current_version', 'committed_version'),
  launch_mit_vector: orNull(STRING),
  current_mit_vector: orNull(STRING),
};

const TDX_CLAIMS: Fields = {
  quote_version: INT,
  body_type: orNull(INT),
  ...texts('mrtd', 'rtmr0', 'rtmr1', 'rtmr2', 'rtmr3', 'mrseam', 'mrsignerseam', 'seam_attributes'),
  ...texts('mrconfigid', 'mrowner', 'mrownerconfig', 'tee_tcb_svn', 'td_attributes', 'xfam', 'report_data'),
  mrservicetd: orNull(STRING),
  tee_tcb_svn_2: orNull(STRING),
  fmspc: orNull(STRING),
  pce_id: orNull(STRING),
  pck: orNull(
    objectOf({
      platform_instance_id: STRING,
      dynamic_platform: orNull(BOOL),
      cached_keys: orNull(BOOL),
      smt_enabled: orNull(BOOL),
    }),
  ),
};

const LEVEL: Fields = { status: STRING, date: STRING, advisories: listOf(STRING) };
const PART: Type = orNull(objectOf(LEVEL));

/** Every variable of an expression. */
export const VARIABLES: Fields = {
  tee: STRING,
  generation: STRING,
  measurement: STRING,
  debug: BOOL,
  workload: orNull(STRING),
  reference_version: orNull(INT),
  platform: orNull(objectOf({ label: STRING, owner: STRING })),
  tcb: objectOf({ ...LEVEL, source: STRING, platform: PART, module: PART, qe: PART }),
  claims: objectOf({ ...SNP_CLAIMS, ...TDX_CLAIMS }),
};

/** Words that a variable can have, where they are a closed set. */
export const KNOWN_WORDS: Readonly<Record<string, readonly string[]>> = {
  tee: ['sev-snp', 'az-sev-snp', 'tdx'],
  'claims.product': ['Milan', 'Genoa', 'Turin'],
  'claims.signing_key': ['VCEK', 'VLEK'],
};
