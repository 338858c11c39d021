/**
 * GET to the configured services and to nobody else. No redirect is followed, nothing is decompressed, and a reply has
 * limits of size and time, so that a vendor's service can be slow, wrong or somebody else's without doing harm. What
 * comes is signed by the vendor or refused later; here it is only kept from being too much.
 */
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { Client, type Dispatcher, ProxyAgent } from 'undici';
import { isPublicAddress } from './public-address.js';
import { BrokenTunnel, failureOf, RefusedAddress } from './transport-failure.js';
import type { TransportFault, TransportOutcome, VendorTransport } from './vendor-answer.js';

export interface ServiceBase {
  readonly name: string;
  /** https, or http on loopback; a path may follow, without a slash at the end. */
  readonly base: string;
  /** The operator chose it and answers for its address; a vendor's own name must lead to a public one. */
  readonly chosen: boolean;
}

/** Where requests go and how. */
export interface VendorNetwork {
  readonly services: readonly ServiceBase[];
  /**
   * Everything goes through it, in tunnels (CONNECT); null: directly. It looks names up itself, so that addresses are
   * then in its hands.
   */
  readonly proxy: string | null;
  /** PEM of authorities that are believed beside those of Node.js; null: none. */
  readonly authorities: string | null;
  readonly userAgent: string;
}

/** What a name stands for at this moment. */
export type Resolve = (name: string) => Promise<readonly ResolvedAddress[]>;

interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Milliseconds for a connection with TLS, and for all of a reply. */
const CONNECT_MS = 3_000;
const TOTAL_MS = 10_000;
/** Bytes. TCB info has some kilobytes, lists some ten; a header holds a chain of two certificates. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;
const MAX_HEADER_BYTES = 32 * 1024;

/** A path and a query of unreserved characters; no second slash at its start, which some take for a host. */
const PATH = /^\/(?!\/)[A-Za-z0-9._~/-]*(?:\?[A-Za-z0-9._~=&-]*)?$/;

/** What tests put in the place of the machine's resolver and of the patience with a reply. */
export interface TransportWorld {
  readonly resolve?: Resolve;
  readonly totalMs?: number;
}

export function createTransport(
  network: VendorNetwork,
  { resolve = resolveName, totalMs = TOTAL_MS }: TransportWorld = {},
): VendorTransport {
  const services = new Map(network.services.map((service) => [service.name, service]));
  const underWay = new Set<Dispatcher>();
  const lookUp = onceAtATime(resolve);
  return {
    async get(service, path) {
      const target = services.get(service);
      if (target === undefined) throw new TypeError(`${service} is not a configured service`);
      if (!PATH.test(path) || path.split(/[/?]/).includes('..')) {
        throw new TypeError('a path begins with one slash, stays below it and has unreserved characters');
      }
      const url = new URL(target.base);
      if (!target.chosen && isPrivateLiteral(url)) return failureOf(new RefusedAddress());
      const allowed = target.chosen ? () => true : isPublicAddress;
      // Nothing of one exchange is there in the next: no connection, no half-read reply, no queue.
      const line = openLine(url, network, (may = allowed) => lookupWith(lookUp, may));
      underWay.add(line);
      const over = new AbortController();
      const late = wait(totalMs, failed('timeout', 'no whole reply in time'), { signal: over.signal });
      try {
        return await Promise.race([exchange(line, url, path, network.userAgent), late]);
      } catch (error) {
        return failureOf(error);
      } finally {
        over.abort();
        underWay.delete(line);
        void line.destroy();
      }
    },
    async close() {
      await Promise.all([...underWay].map((line) => line.destroy()));
    },
  };
}

/** What an exchange is made with, straight or through the proxy, which may be anywhere. */
function openLine(
  url: URL,
  { proxy, authorities }: VendorNetwork,
  looking: (allowed?: (address: string) => boolean) => LookupFunction,
): Dispatcher {
  const tls = {
    rejectUnauthorized: true,
    timeout: CONNECT_MS,
    ...(authorities === null ? {} : { ca: [...rootCertificates, authorities] }),
  };
  const limits = { maxHeaderSize: MAX_HEADER_BYTES };
  if (proxy === null) return new Client(url.origin, { ...limits, connect: { ...tls, lookup: looking() } });
  const toProxy = { ...tls, lookup: looking(() => true) };
  return new ProxyAgent({ ...limits, uri: proxy, requestTls: tls, proxyTls: toProxy, factory: openOnce });
}

/**
 * A connection through the proxy, tried once: undici takes a tunnel that broke for an idle connection that was closed,
 * and would open the next without end.
 */
function openOnce(origin: string | URL, options: object): Dispatcher {
  const { connect, ...more } = options as Client.Options;
  if (typeof connect !== 'function') throw new TypeError('a proxy connects by a function of its own');
  return new Client(origin, {
    ...more,
    connect: (target, callback) =>
      connect(target, (error, socket) => {
        if (error === null) callback(null, socket);
        else callback(new BrokenTunnel(error), null);
      }),
  });
}

/** A literal address is connected to without a look-up. */
function isPrivateLiteral({ hostname }: URL): boolean {
  const literal = hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) !== 0 && !isPublicAddress(literal);
}

/** Throws what undici and Node throw, and RefusedAddress. */
async function exchange(
  line: Dispatcher,
  { origin, pathname }: URL,
  path: string,
  userAgent: string,
): Promise<TransportOutcome> {
  const { statusCode, headers, body } = await line.request({
    origin,
    path: `${pathname.replace(/\/$/, '')}${path}`,
    method: 'GET',
    headers: { 'accept-encoding': 'identity', 'user-agent': userAgent },
    reset: true,
  });
  // What is thrown away may still fail; nobody listens any more.
  body.on('error', () => {});
  const refused = headObjection(statusCode, headers);
  if (refused !== null) return refused;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return tooLarge();
    chunks.push(chunk);
  }
  return {
    kind: 'reply',
    reply: {
      status: statusCode,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, textOf(value)])),
      body: Uint8Array.from(Buffer.concat(chunks)),
    },
  };
}

/** What status and headers already tell; null: the body is worth reading. */
function headObjection(status: number, headers: Dispatcher.ResponseData['headers']): TransportOutcome | null {
  if (status >= 300 && status < 400) {
    return failed('redirect', `a redirect (${status}), which is not followed`);
  }
  const encoding = textOf(headers['content-encoding']);
  if (encoding !== '' && encoding.toLowerCase() !== 'identity') {
    return failed('encoded', 'a compressed body, which was not asked for');
  }
  return Number(textOf(headers['content-length'])) > MAX_BODY_BYTES ? tooLarge() : null;
}

function tooLarge(): TransportOutcome {
  return failed('too-large', `a body of more than ${MAX_BODY_BYTES} bytes`);
}

function failed(why: TransportFault, detail: string): TransportOutcome {
  return { kind: 'failed', why, detail };
}

/** A header that comes several times is one list (RFC 9110, section 5.2). */
function textOf(value: string | string[] | undefined): string {
  return value === undefined ? '' : [value].flat().join(', ');
}

/**
 * The look-up of a connection: what is checked is what is connected to, so that a name cannot mean one address to the
 * check and another to the socket. One address that is not allowed refuses the name.
 */
function lookupWith(resolve: Resolve, allowed: (address: string) => boolean): LookupFunction {
  return (name, options, callback) => {
    resolve(name).then(
      (found) => {
        const [first] = found;
        if (first === undefined || !found.every(({ address }) => allowed(address))) {
          callback(new RefusedAddress(), []);
        } else if (options.all === true) {
          callback(null, [...found]);
        } else {
          callback(null, first.address, first.family);
        }
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

/**
 * One look-up of a name at a time, which all share who want it meanwhile: while a name server is silent each one holds a
 * thread of Node's pool, long after its request was given up, and signatures are verified on the same few threads.
 */
function onceAtATime(resolve: Resolve): Resolve {
  const underWay = new Map<string, ReturnType<Resolve>>();
  return (name) => {
    const begun = underWay.get(name);
    if (begun !== undefined) return begun;
    const look = resolve(name);
    underWay.set(name, look);
    const end = (): void => void underWay.delete(name);
    look.then(end, end);
    return look;
  };
}

function resolveName(name: string): Promise<readonly ResolvedAddress[]> {
  return lookup(name, { all: true });
}
