/** Writing a report (56860, table 23) and signing it. Offsets are this file's own: an independent witness. */
import type { KeyObject } from 'node:crypto';
import { signEcdsa } from '../key-pair.js';
import { type GuestSettings, PLATFORM_BITS, POLICY_BITS } from './guest-options.js';
import { bytesOf, encodeTcb, type FirmwareVersion } from './product-line.js';

export const REPORT_LENGTH = 0x4a0;
const SIGNED_LENGTH = 0x2a0;
const COMPONENT_LENGTH = 72;

/** Minimum ABI that the guest's POLICY demands: 0.31. */
const POLICY_ABI = 0x1fn;
const POLICY_ALWAYS = 1n << 17n;

/** 1184 bytes, little endian, signature area zero. Refuses (`request_invalid`) numbers beyond their field. */
export function composeReport(guest: GuestSettings): Uint8Array {
  const report = new Uint8Array(REPORT_LENGTH);
  const view = new DataView(report.buffer);
  view.setUint32(0x000, guest.reportVersion, true);
  view.setUint32(0x004, guest.guestSvn, true);
  view.setBigUint64(0x008, policyWord(guest.policy), true);
  report.set(guest.familyId, 0x010);
  report.set(guest.imageId, 0x020);
  view.setUint32(0x030, guest.vmpl, true);
  view.setUint32(0x034, 1, true);
  report.set(encodeTcb(guest.product, guest.currentTcb), 0x038);
  view.setBigUint64(0x040, wordOf(PLATFORM_BITS, guest.platformInfo), true);
  view.setUint32(0x048, keyInfo(guest), true);
  report.set(guest.reportData, 0x050);
  report.set(guest.measurement, 0x090);
  report.set(guest.hostData, 0x0c0);
  if (guest.idKeyDigest !== null) report.set(guest.idKeyDigest, 0x0e0);
  if (guest.authorKeyDigest !== null) report.set(guest.authorKeyDigest, 0x110);
  report.set(guest.reportId, 0x140);
  report.fill(0xff, 0x160, 0x180);
  report.set(encodeTcb(guest.product, guest.reportedTcb), 0x180);
  if (guest.reportVersion >= 3) {
    report.set([guest.cpuid.family, guest.cpuid.model, guest.cpuid.stepping], 0x188);
  }
  if (!guest.maskChipId) report.set(guest.chipId, 0x1a0);
  report.set(encodeTcb(guest.product, guest.committedTcb), 0x1e0);
  report.set(versionBytes(guest.currentVersion), 0x1e8);
  report.set(versionBytes(guest.committedVersion), 0x1ec);
  report.set(encodeTcb(guest.product, guest.launchTcb), 0x1f0);
  if (guest.reportVersion >= 5) {
    view.setBigUint64(0x1f8, guest.launchMitVector, true);
    view.setBigUint64(0x200, guest.currentMitVector, true);
  }
  return report;
}

/** Signs bytes 0..0x29F in place: R and S little endian in 72 bytes each. */
export async function signReport(report: Uint8Array, key: KeyObject): Promise<void> {
  const signature = await signEcdsa(report.subarray(0, SIGNED_LENGTH), key);
  const half = signature.length / 2;
  report.fill(0, SIGNED_LENGTH);
  report.set(signature.slice(0, half).reverse(), SIGNED_LENGTH);
  report.set(signature.slice(half).reverse(), SIGNED_LENGTH + COMPONENT_LENGTH);
}

/** The POLICY word: chosen bits, minimum ABI, and bit 17, which is always 1. */
export function policyWord(bits: GuestSettings['policy']): bigint {
  return POLICY_ABI | POLICY_ALWAYS | wordOf(POLICY_BITS, bits);
}

/** AUTHOR_KEY_EN in bit 0, SIGNING_KEY in bits 4:2. */
function keyInfo(guest: GuestSettings): number {
  return (guest.authorKeyDigest === null ? 0 : 1) | (guest.signingKey === 'VLEK' ? 1 << 2 : 0);
}

function wordOf<Bit extends string>(
  numbers: Readonly<Record<Bit, number>>,
  bits: Readonly<Record<Bit, boolean>>,
): bigint {
  let word = 0n;
  for (const bit of Object.keys(numbers) as Bit[]) {
    if (bits[bit]) word |= 1n << BigInt(numbers[bit]);
  }
  return word;
}

/** Build, minor, major. */
function versionBytes(version: FirmwareVersion): Uint8Array {
  return bytesOf('a firmware version', [version.build, version.minor, version.major]);
}
