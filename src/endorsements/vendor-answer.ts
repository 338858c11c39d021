/** How asking a vendor can end: on the way there, and with a document that has been looked at. */
import type { RefusalCode } from '../rats/refusal.js';
import type { KeptState } from '../verifier/endorsement-ports.js';

/** Header names in lower case. */
export interface VendorReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** `encoded`: a compressed body, which nobody asked for. `unreachable`: no connection, or it broke. */
export type TransportFault =
  | 'timeout'
  | 'unreachable'
  | 'too-large'
  | 'redirect'
  | 'encoded'
  | 'address-refused'
  | 'tls';

export type TransportOutcome =
  | { readonly kind: 'reply'; readonly reply: VendorReply }
  | {
      readonly kind: 'failed';
      readonly why: TransportFault;
      /** For people; nothing of the reply's content. */
      readonly detail: string;
    };

/** GET to one of the configured services; never throws for what the other side does. */
export interface VendorTransport {
  get(service: string, path: string): Promise<TransportOutcome>;
  close(): Promise<void>;
}

/** A document that was kept or was there already. */
export interface FetchedDocument {
  readonly kind: string;
  readonly subject: string;
  readonly sha256: string;
  readonly state: KeptState;
}

export type FetchResult =
  | { readonly kind: 'kept'; readonly documents: readonly FetchedDocument[] }
  /** The vendor has nothing for it: 404, or 410 for what it withdrew. */
  | { readonly kind: 'not-found'; readonly status: number }
  /** Seconds that the vendor asks for; null: it did not say. */
  | { readonly kind: 'rate-limited'; readonly retryAfter: number | null }
  | {
      readonly kind: 'unavailable';
      readonly why: string;
      /** The service is there and did not take this very request. */
      readonly answered?: true;
      /** The attempt failed in this service, which says nothing of the vendor's. */
      readonly ours?: true;
    }
  /** What came is not the vendor's, or not what was asked for. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly why: string }
  /** A generation before the one in the store: not kept, and worth a report. */
  | { readonly kind: 'older'; readonly why: string };

/** Nobody asked the vendor, and nothing failed: others come first, or another one asks at this moment. */
export interface UnderWay {
  readonly kind: 'under-way';
  /** For people. */
  readonly why: string;
}
