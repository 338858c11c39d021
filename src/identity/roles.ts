/** Who may do what: roles of a caller within one tenant. */

import { refuseRole } from '../rats/shared-refusals.js';
import type { Role } from '../verifier/key-ports.js';

export interface Caller {
  /** Id of the API key; safe to log. */
  readonly id: string;
  readonly tenant: string;
  readonly role: Role;
}

/** An admin may do all in its tenant; anybody else what names its role. Refuses `role_missing`. */
export function requireRole(caller: Caller, allowed: readonly Role[]): void {
  if (caller.role === 'admin' || allowed.includes(caller.role)) return;
  const wanted = allowed.length === 0 ? 'admin' : `admin or ${allowed.join(' or ')}`;
  refuseRole(`This needs the role ${wanted}; the key has the role ${caller.role}.`);
}
