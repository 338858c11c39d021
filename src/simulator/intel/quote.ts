/**
 * Writing a quote (DCAP quoting library API, appendix A) and signing it. Offsets are this file's own: an
 * independent witness. Integers are little endian, ECDSA values big endian.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { pointOf, signEcdsa } from '../key-pair.js';
import { QE_MR_SIGNER, QE_PRODUCT_ID } from './qe-identity.js';
import type { TdSettings } from './td-options.js';
import { composeTdReport } from './td-report.js';

/** What the quoting enclave says of itself. Byte strings raw. */
export interface QePlan {
  readonly cpuSvn: Uint8Array;
  readonly miscSelect: number;
  readonly attributes: Uint8Array;
  readonly mrEnclave: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly authData: Uint8Array;
  /** null: the hash of attestation key and auth data, then zeros. */
  readonly reportData: Uint8Array | null;
  /** The PCK key; another one only in a forged report. */
  readonly signingKey: KeyObject;
  /** r and s over the report; null: signed with `signingKey`, anew for each quote. */
  readonly signature: Uint8Array | null;
}

/** A quote before it is signed. */
export interface QuotePlan {
  /** 48 bytes. */
  readonly header: Uint8Array;
  /** Version 5: u16 body type, u32 body size. Version 4: empty. */
  readonly descriptor: Uint8Array;
  readonly body: Uint8Array;
  /** Its public half goes into the quote. */
  readonly attestationKey: KeyObject;
  /** Differs from `attestationKey` only in a forged quote. */
  readonly signingKey: KeyObject;
  readonly qe: QePlan;
  /** Certification data types: 6 outside, 5 inside. */
  readonly outerType: number;
  readonly innerType: number;
  /** Inner certification data: the PCK chain in PEM and a NUL. */
  readonly inner: Uint8Array;
}

const QE_VENDOR_ID = Buffer.from('939a7233f79c4ca9940a0db3957f0607', 'hex');

export interface QuoteKeys {
  readonly pck: KeyObject;
  readonly attestation: KeyObject;
}

/** The quote of a TD whose PCK chain, PEM, is `chain`. */
export function planQuote(td: TdSettings, keys: QuoteKeys, chain: string): QuotePlan {
  const body = composeTdReport(td);
  return {
    header: headerOf(td),
    descriptor: td.quoteVersion === 4 ? new Uint8Array() : descriptorOf(td.bodyType, body.length),
    body,
    attestationKey: keys.attestation,
    signingKey: keys.attestation,
    qe: {
      cpuSvn: Uint8Array.from(td.components),
      miscSelect: 0,
      attributes: Buffer.from('1500000000000000e700000000000000', 'hex'),
      mrEnclave: createHash('sha256').update(`Assay simulated QE ${td.qeIsvSvn}`).digest(),
      mrSigner: QE_MR_SIGNER,
      isvProdId: QE_PRODUCT_ID,
      isvSvn: td.qeIsvSvn,
      authData: Uint8Array.from({ length: 32 }, (_, index) => index),
      reportData: null,
      signingKey: keys.pck,
      signature: null,
    },
    outerType: 6,
    innerType: 5,
    inner: Buffer.from(`${chain}\0`, 'utf8'),
  };
}

/** Signs and puts together. */
export async function composeQuote(plan: QuotePlan): Promise<Uint8Array> {
  const key = pointOf(plan.attestationKey);
  const signed = Buffer.concat([plan.header, plan.descriptor, plan.body]);
  const report = composeQeReport(plan.qe, key);
  const [signature, qeSignature] = await Promise.all([
    signEcdsa(signed, plan.signingKey, 'sha256'),
    plan.qe.signature ?? signQeReport(plan),
  ]);
  const outer = Buffer.concat([
    report,
    qeSignature,
    u16(plan.qe.authData.length),
    plan.qe.authData,
    u16(plan.innerType),
    u32(plan.inner.length),
    plan.inner,
  ]);
  const data = Buffer.concat([signature, key, u16(plan.outerType), u32(outer.length), outer]);
  return new Uint8Array(Buffer.concat([signed, u32(data.length), data]));
}

/** r and s, 32 bytes each, big endian. */
export function signQeReport({ qe, attestationKey }: QuotePlan): Promise<Uint8Array> {
  return signEcdsa(composeQeReport(qe, pointOf(attestationKey)), qe.signingKey, 'sha256');
}

/** 384 bytes (Intel SDM volume 3D, REPORTBODY). */
export function composeQeReport(qe: QePlan, attestationPoint: Uint8Array): Uint8Array {
  const report = Buffer.alloc(384);
  report.set(qe.cpuSvn, 0);
  report.writeUInt32LE(qe.miscSelect, 16);
  report.set(qe.attributes, 48);
  report.set(qe.mrEnclave, 64);
  report.set(qe.mrSigner, 128);
  report.writeUInt16LE(qe.isvProdId, 256);
  report.writeUInt16LE(qe.isvSvn, 258);
  const binding = createHash('sha256').update(attestationPoint).update(qe.authData).digest();
  report.set(qe.reportData ?? binding, 320);
  return report;
}

/** Version, key type 2, TEE type 0x81, vendor, and the QE’s id in the first 16 bytes of the user data. */
function headerOf(td: TdSettings): Uint8Array {
  const header = Buffer.alloc(48);
  header.writeUInt16LE(td.quoteVersion, 0);
  header.writeUInt16LE(2, 2);
  header.writeUInt32LE(0x81, 4);
  header.set(QE_VENDOR_ID, 12);
  header.set(createHash('sha256').update(td.ppid).digest().subarray(0, 16), 28);
  return header;
}

export function descriptorOf(bodyType: number, size: number): Uint8Array {
  return Buffer.concat([u16(bodyType), u32(size)]);
}

function u16(value: number): Uint8Array {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
