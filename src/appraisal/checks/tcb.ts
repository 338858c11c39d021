/** What the TCB status lets the result say at best, for every TEE. */
import type { TcbAssessment, TrustTier } from '../../rats/result.js';

/**
 * A platform whose status nobody has a source for, or that the source does not know, is never more than a
 * warning, whatever a TEE's own checks made of it.
 */
export function tcbCap(tcb: TcbAssessment): Exclude<TrustTier, 'none' | 'contraindicated'> {
  return tcb.source === '' || tcb.status === '' || tcb.status === 'Unknown' ? 'warning' : 'affirming';
}
