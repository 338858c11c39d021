/**
 * Whom a request counts against, for rates and for places: an IPv4 address, or the /64 of an IPv6 address, since
 * a subscriber has all of it to send from. Taken from the connection; `X-Forwarded-For` is read only when the
 * connection comes from a proxy that the operator named.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

export type SourceOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string;

/** `trusted`: addresses and CIDR blocks of proxies, as the configuration checked them. */
export function createSourceReader(trusted: readonly string[]): SourceOf {
  if (trusted.length === 0) return ({ socket }) => sourceKey(socket.remoteAddress ?? '');
  const isProxy = addressesIn(trusted);

  return ({ headers, socket }) => {
    let address = plainAddress(socket.remoteAddress ?? '');
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    // Each proxy appends whom it saw, so only what a trusted one wrote is believed: from the right, until the
    // first that is not trusted. What stands further left may be invented by the client.
    while (isProxy(address)) {
      const hop = hopAddress(hops.pop() ?? '');
      // A proxy that says nothing readable answers for its clients itself.
      if (hop === null) break;
      address = hop;
    }
    return sourceKey(address);
  };
}

/** Whether an address is one of these, or lies in one of these blocks. What is no address does not. */
export function addressesIn(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return (given) => {
    const address = plainAddress(given);
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}

function addRange(proxies: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (prefix === undefined) proxies.addAddress(address, family);
  else proxies.addSubnet(address, Number(prefix), family);
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. Null when it is no address. */
function hopAddress(hop: string): string | null {
  const text = hop.trim();
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? null : plainAddress(bare);
}

/** Without a zone; IPv4 as IPv4, also where a socket for both families reports it as an IPv6 address. */
function plainAddress(given: string): string {
  const address = given.replace(/%.*$/, '');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** What counts as one source; a text that is no address counts as it is. */
export function sourceKey(given: string): string {
  const address = plainAddress(given);
  if (isIP(address) !== 6) return address;
  // The form that a URL gives it is the shortest, always the same, and without an IPv4 tail.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<string>(zeros).fill('0'), ...back].slice(0, 4).join(':');
}
