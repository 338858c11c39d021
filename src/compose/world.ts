/** The machine around a service, as far as tests put something else in its place. */
import type { VendorAccess } from '../endorsements/refresh-try.js';
import type { Log } from '../platform/log.js';
import type { TrustAnchors } from '../rats/endorsement.js';
import type { EndorsementSource } from '../verifier/endorsement-ports.js';
import type { Clock, Entropy, Stores } from '../verifier/ports.js';

/** For tests: the parts of the world that a service otherwise takes from its machine. */
export interface World {
  readonly clock?: Clock;
  readonly entropy?: Entropy;
  readonly log?: Log;
  /** What an embedded database begins as; otherwise empty. */
  readonly databaseDump?: Blob;
  /** Trust anchors of the simulated realm; otherwise those in the data directory. */
  readonly simulatedAnchors?: TrustAnchors;
  /** Vendors that a test answers for, over the service's stores. */
  readonly vendors?: (stores: Stores) => VendorAccess;
  /** Who is asked for vendor documents that are not at hand; otherwise the vendors. */
  readonly source?: EndorsementSource;
}
