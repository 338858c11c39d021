/** What a worker and the primary process tell each other. Both ends are this very build, started together. */
import type { RateState } from '../http/rate-count.js';
import type { Exposition, MetricSnapshot } from '../platform/metrics.js';

export type FromWorker =
  /** It serves, at this URL of the machine. */
  | { readonly kind: 'listening'; readonly url: string }
  /** It cannot start, for a reason that the operator can mend. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Counts a request of the address for the whole service; answered with `rate`. */
  | { readonly kind: 'count'; readonly id: number; readonly address: string }
  /** Wants the metrics of all workers; answered with `exposition`. */
  | { readonly kind: 'expose'; readonly id: number }
  /** The worker's own metrics: asked for, or its last before it ends. */
  | { readonly kind: 'snapshot'; readonly metrics: MetricSnapshot };

export type ToWorker =
  /** End: after serving on until proxies have noticed, or when what has begun is finished. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'close' }
  /** Look at the TLS files now. */
  | { readonly kind: 'reload' }
  /** Send your metrics. */
  | { readonly kind: 'measure' }
  | { readonly kind: 'rate'; readonly id: number; readonly state: RateState }
  | { readonly kind: 'exposition'; readonly id: number; readonly exposition: Exposition };
