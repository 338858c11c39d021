/** Where the service listens, and whose word about addresses it takes. */
import { isIP } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, an IPv6 address in brackets; null for anything else. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? null : { host, port };
}

/** `localhost` is both loopback addresses, whatever the machine's resolver makes of it. */
export function listenAddresses(bound: Address): readonly Address[] {
  if (bound.host !== 'localhost') return [bound];
  return ['127.0.0.1', '::1'].map((host) => ({ host, port: bound.port }));
}

/** An IP address or a CIDR block; a block of everybody is none. */
export function isProxyRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : 0;
  return bits >= 1 && bits <= (family === 4 ? 32 : 128);
}
