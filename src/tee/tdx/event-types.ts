/** Event types by name (TCG PC Client Platform Firmware Profile, section 10.4.1), and what their data are worth. */

export const EV_NO_ACTION = 0x0000_0003;
const EV_EFI_GPT_EVENT = 0x8000_0006;

/** Types whose digest is SHA-384 over the whole event data, in every genuine log seen. */
const DATA_HASHED_TYPES = {
  EV_SEPARATOR: 0x0000_0004,
  EV_EFI_VARIABLE_DRIVER_CONFIG: 0x8000_0001,
  EV_EFI_GPT_EVENT,
  EV_EFI_ACTION: 0x8000_0007,
  EV_EFI_VARIABLE_AUTHORITY: 0x8000_00e0,
};

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    EV_PREBOOT_CERT: 0x0000_0000,
    EV_POST_CODE: 0x0000_0001,
    EV_NO_ACTION,
    EV_ACTION: 0x0000_0005,
    EV_EVENT_TAG: 0x0000_0006,
    EV_S_CRTM_CONTENTS: 0x0000_0007,
    EV_S_CRTM_VERSION: 0x0000_0008,
    EV_CPU_MICROCODE: 0x0000_0009,
    EV_PLATFORM_CONFIG_FLAGS: 0x0000_000a,
    EV_TABLE_OF_DEVICES: 0x0000_000b,
    EV_COMPACT_HASH: 0x0000_000c,
    EV_IPL: 0x0000_000d,
    EV_IPL_PARTITION_DATA: 0x0000_000e,
    EV_NONHOST_CODE: 0x0000_000f,
    EV_NONHOST_CONFIG: 0x0000_0010,
    EV_NONHOST_INFO: 0x0000_0011,
    EV_OMIT_BOOT_DEVICE_EVENTS: 0x0000_0012,
    EV_EFI_VARIABLE_BOOT: 0x8000_0002,
    EV_EFI_BOOT_SERVICES_APPLICATION: 0x8000_0003,
    EV_EFI_BOOT_SERVICES_DRIVER: 0x8000_0004,
    EV_EFI_RUNTIME_SERVICES_DRIVER: 0x8000_0005,
    EV_EFI_PLATFORM_FIRMWARE_BLOB: 0x8000_0008,
    EV_EFI_HANDOFF_TABLES: 0x8000_0009,
    EV_EFI_PLATFORM_FIRMWARE_BLOB2: 0x8000_000a,
    EV_EFI_HANDOFF_TABLES2: 0x8000_000b,
    EV_EFI_VARIABLE_BOOT2: 0x8000_000c,
    EV_EFI_GPT_EVENT2: 0x8000_000d,
    EV_EFI_HCRTM_EVENT: 0x8000_0010,
    EV_EFI_SPDM_FIRMWARE_BLOB: 0x8000_00e1,
    EV_EFI_SPDM_FIRMWARE_CONFIG: 0x8000_00e2,
    ...DATA_HASHED_TYPES,
  }).map(([name, type]) => [type, name]),
);

const DATA_HASHED: readonly number[] = Object.values(DATA_HASHED_TYPES);

/** The name, or the number in hex. */
export function eventTypeText(type: number): string {
  return NAMES.get(type) ?? `0x${type.toString(16).padStart(8, '0')}`;
}

/**
 * True: the digest is that of the event data, so that data whose digest is another one were edited. Of all other
 * types the data describe what was hashed (an image, a file, part of a variable), and prove nothing.
 */
export function hashesItsData(type: number): boolean {
  return DATA_HASHED.includes(type);
}

const GPT_SIGNATURE = Buffer.from('EFI PART', 'ascii');
const GPT_REVISION = 0x0001_0000;
const GPT_HEADER_LENGTH = 92;
const GPT_ENTRY_LENGTH = 128;

/**
 * True for the data of EV_EFI_GPT_EVENT: a header of its form, a count, as many entries (UEFI 2.10, section 5.3.2; PFP,
 * UEFI_GPT_DATA). What else goes into that register begins otherwise: an image with `MZ`.
 */
export function isPartitionTable(type: number, data: Uint8Array): boolean {
  const head = GPT_HEADER_LENGTH + 8;
  if (type !== EV_EFI_GPT_EVENT || data.length < head) return false;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const entries = view.getBigUint64(GPT_HEADER_LENGTH, true);
  return (
    GPT_SIGNATURE.equals(data.subarray(0, GPT_SIGNATURE.length)) &&
    view.getUint32(8, true) === GPT_REVISION &&
    view.getUint32(12, true) === GPT_HEADER_LENGTH &&
    view.getUint32(84, true) === GPT_ENTRY_LENGTH &&
    BigInt(data.length) === BigInt(head) + entries * BigInt(GPT_ENTRY_LENGTH)
  );
}
