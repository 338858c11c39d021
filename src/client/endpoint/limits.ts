/** What looking at an endpoint may take; an end to every wait. */
import { MAX_ENDPOINT_DOCUMENT } from '../../rats/endpoint-document.js';

/** docs/clients.md names these figures. */
export interface EndpointLimits {
  /** Milliseconds for one connection with TLS. */
  readonly connect: number;
  /** Milliseconds from the request for the document to its last byte. */
  readonly document: number;
  /** Bytes of the document. */
  readonly documentBytes: number;
  /** Bytes of the header before it. */
  readonly headerBytes: number;
}

export const ENDPOINT_LIMITS: EndpointLimits = {
  connect: 5_000,
  document: 5_000,
  documentBytes: MAX_ENDPOINT_DOCUMENT,
  headerBytes: 16 * 1024,
};
