/** Refusal codes: Intel TDX. Order is the order in which several denials are reported. */
import { TDX_ENDORSEMENT_REFUSALS } from './tdx-endorsement.js';
import { TDX_POLICY_REFUSALS } from './tdx-policy.js';
import { TDX_QUOTE_REFUSALS } from './tdx-quote.js';
import { TDX_SIGNATURE_REFUSALS } from './tdx-signature.js';

export const TDX_REFUSALS = [
  ...TDX_QUOTE_REFUSALS,
  ...TDX_ENDORSEMENT_REFUSALS,
  ...TDX_SIGNATURE_REFUSALS,
  ...TDX_POLICY_REFUSALS,
] as const;
