/** What one connection, one request and what stands behind the proxy may take; an end to every wait. */

/** Times in milliseconds. docs/clients.md names these figures. */
export interface ProxyLimits {
  /** To the end of a request's header. */
  readonly headers: number;
  /** To the end of its body. */
  readonly request: number;
  /** Between two looks at both: Node’s own 30 seconds would be added to each. */
  readonly look: number;
  /** Between two requests of a connection. */
  readonly keepAlive: number;
  /** Without a byte in either direction: of what stands behind. */
  readonly silence: number;
  /** The same of the caller: longer, so that it learns why nothing comes. */
  readonly callerSilence: number;
  /** For a connection to what stands behind, with TLS. */
  readonly connect: number;
  /** Bytes of a header: token and proof have up to 8 KiB each. */
  readonly headerBytes: number;
  readonly headerLines: number;
  readonly bodyBytes: number;
  readonly connections: number;
}

export const PROXY_LIMITS: ProxyLimits = {
  headers: 10_000,
  request: 60_000,
  look: 1_000,
  keepAlive: 15_000,
  silence: 60_000,
  callerSilence: 90_000,
  connect: 5_000,
  headerBytes: 32 * 1024,
  headerLines: 100,
  bodyBytes: 16 * 1024 * 1024,
  connections: 1024,
};
