/**
 * A miniature AMD: mints roots, chains, revocation lists and signed reports for any date, each guest with at
 * most one deliberate fault. Nothing that verifies knows of it: only the trust anchors differ.
 */
export type { Authority, ProductAuthorities, SigningKeyKind } from './authorities.js';
export type { SimulatedCrl } from './crl.js';
export type { Fault, PolicyDocument } from './fault.js';
export { FAULTS, faultOf } from './faults.js';
export { lineNeededBy, mintGuest, type SimulatedGuest } from './guest.js';
export { describeGuest, referenceValueOf, writeGuest } from './guest-files.js';
export {
  ENVELOPES,
  type GuestEnvelope,
  type GuestOptions,
  type GuestSettings,
  PLATFORM_BITS,
  POLICY_BITS,
} from './guest-options.js';
export {
  type Cpuid,
  cpuidKey,
  type FirmwareVersion,
  PRODUCTS,
  type ProductName,
  type TcbVersion,
} from './product-line.js';
export {
  anchorsOf,
  crlDocuments,
  type ListRequest,
  mintList,
  mintVendor,
  type SimulatedAmd,
  type VendorOptions,
} from './vendor.js';
export { ensureVendor, loadVendor, saveVendor } from './vendor-store.js';
