/**
 * A miniature AMD and a miniature Intel: they mint roots, chains, revocation lists, TCB documents and signed
 * evidence for any date, each guest with at most one deliberate fault. Nothing that verifies knows of them: only
 * the trust anchors differ.
 */
export type { ProductAuthorities, SigningKeyKind } from './amd/authorities.js';
export type { Fault } from './amd/fault.js';
export { FAULTS, faultOf } from './amd/faults.js';
export { lineNeededBy, type MintOptions, mintGuest, type SimulatedGuest } from './amd/guest.js';
export { describeGuest, referenceValueOf, writeGuest } from './amd/guest-files.js';
export {
  ENVELOPES,
  type GuestEnvelope,
  type GuestOptions,
  type GuestSettings,
  PLATFORM_BITS,
  POLICY_BITS,
} from './amd/guest-options.js';
export {
  type Cpuid,
  cpuidKey,
  type FirmwareVersion,
  PRODUCTS,
  type ProductName,
  type TcbVersion,
} from './amd/product-line.js';
export {
  anchorsOf,
  crlDocuments,
  type ListRequest,
  mintList,
  mintVendor,
  type SimulatedAmd,
  type VendorOptions,
} from './amd/vendor.js';
export { ensureVendor, loadVendor, saveVendor } from './amd/vendor-store.js';
export type { Authority } from './certificate.js';
export type { SimulatedCrl } from './crl.js';
export { type IntelAuthorities, PCK_CAS, type PckCa } from './intel/authorities.js';
export type { MintingWorld, TdChanges, TdDocuments } from './intel/changes.js';
export { BOOT_EVENTS, composeEventLog, type SimulatedEvent } from './intel/event-log.js';
export type { TdFault } from './intel/fault.js';
export { TD_FAULTS, tdFaultOf } from './intel/faults.js';
export type { PckPlan, PlatformConfiguration } from './intel/pck.js';
export type { QeIdentityPlan } from './intel/qe-identity.js';
export type { QePlan, QuotePlan } from './intel/quote.js';
export type { TcbInfoPlan } from './intel/tcb-info.js';
export {
  componentsAfter,
  LEVEL_STATUSES,
  type LevelStatus,
  type PlannedModuleIdentity,
  type PlannedPlatformLevel,
  type PlannedSvnLevel,
  SIMULATED_FMSPCS,
} from './intel/tcb-levels.js';
export { type MintTdOptions, mintTd, type SimulatedTd } from './intel/td.js';
export { describeTd, tdReferenceValueOf, writeTd } from './intel/td-files.js';
export {
  TD_ATTRIBUTE_BITS,
  TD_ENVELOPES,
  type TdAttribute,
  type TdEnvelope,
  type TdOptions,
  type TdSettings,
} from './intel/td-options.js';
export {
  type IntelFile,
  intelAnchorsOf,
  intelFiles,
  mintIntel,
  type SimulatedIntel,
} from './intel/vendor.js';
export { ensureIntel, hasIntel, loadIntel, saveIntel } from './intel/vendor-store.js';
export type { PolicyDocument } from './policy-document.js';
export { type PublishedFile, type PublishedVendors, publishVendors } from './published.js';
export { describeBehaviours, GENUINE_RATION } from './service/behaviour.js';
export type { Recovery } from './service/recovery.js';
export {
  type ServedRequest,
  startVendorService,
  type VendorService,
  type VendorServiceOptions,
} from './service/vendor-service.js';
