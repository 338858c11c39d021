import { describe, expect, test } from '@jest/globals';
import { createSourceReader } from '../../src/http/source.js';

/** Whom a request counts against that comes from `remote` with these `X-Forwarded-For` headers. */
function sourceOf(trusted: readonly string[], remote: string | undefined, forwarded?: string): string {
  const request = {
    headers: {
      ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
      forwarded: 'for=198.51.100.99',
      'x-real-ip': '198.51.100.98',
    },
    socket: { remoteAddress: remote },
  };
  return createSourceReader(trusted)(request as never);
}

describe('without trusted proxies', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    [undefined, ''],
  ])('%p is %p, whatever it claims', (remote, source) => {
    expect(sourceOf([], remote)).toBe(source);
    expect(sourceOf([], remote, '203.0.113.7')).toBe(source);
    expect(sourceOf([], remote, '127.0.0.1, 203.0.113.7')).toBe(source);
  });
});

describe('with trusted proxies', () => {
  const proxies = ['10.0.0.0/8', '192.0.2.53', '2001:db8:ffff::/48'];
  const from = (forwarded: string | undefined, remote = '10.1.2.3') => sourceOf(proxies, remote, forwarded);

  test('a connection from elsewhere is what it is', () => {
    expect(from('203.0.113.7', '198.51.100.1')).toBe('198.51.100.1');
    expect(from('203.0.113.7', '2001:db8:fffe::1')).toBe('2001:db8:fffe:0');
    expect(from('203.0.113.7', '11.0.0.1')).toBe('11.0.0.1');
  });

  test.each([
    ['one hop', '203.0.113.7', '203.0.113.7'],
    ['invented hops to the left', '1.1.1.1, 2.2.2.2, 203.0.113.7', '203.0.113.7'],
    ['an invented proxy to the left', '10.9.9.9, 203.0.113.7', '203.0.113.7'],
    ['two proxies', '203.0.113.7, 192.0.2.53', '203.0.113.7'],
    ['three proxies and a spoof', '1.1.1.1, 203.0.113.7, 192.0.2.53, 10.0.0.2', '203.0.113.7'],
    ['no spaces', '1.1.1.1,203.0.113.7', '203.0.113.7'],
    ['many spaces', '  1.1.1.1 ,   203.0.113.7  ', '203.0.113.7'],
    ['a port', '203.0.113.7:51234', '203.0.113.7'],
    ['IPv6', '2001:DB8:1:2:3::4', '2001:db8:1:2'],
    ['IPv6 in brackets', '[2001:db8:1:2::4]', '2001:db8:1:2'],
    ['IPv6 with a port', '[2001:db8:1:2::4]:443', '2001:db8:1:2'],
    ['IPv4 as IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['an IPv6 proxy', '203.0.113.7, 2001:db8:ffff:1::1', '203.0.113.7'],
  ])('%s: the rightmost hop that is not trusted counts', (_what, forwarded, source) => {
    expect(from(forwarded)).toBe(source);
    expect(from(forwarded, '::ffff:10.1.2.3')).toBe(source);
    expect(from(forwarded, '2001:db8:ffff::1')).toBe(source);
  });

  test.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['a comma', ','],
    ['a word', 'unknown'],
    ['an obfuscated name', '_hidden'],
    ['a number', '3405803783'],
    ['octets out of range', '999.0.113.7'],
    ['a port alone', ':443'],
    ['an open bracket', '[2001:db8::1'],
    ['an address to the left of garbage', '203.0.113.7, garbage'],
    ['a key of another source', '2001:db8:1:2'],
    ['something long', 'x'.repeat(8000)],
  ])('%s from a proxy counts against the proxy itself', (_what, forwarded) => {
    expect(from(forwarded)).toBe('10.1.2.3');
  });

  test('trusted hops all the way to the left: the leftmost', () => {
    expect(from('10.0.0.9')).toBe('10.0.0.9');
    expect(from('10.0.0.9, 10.0.0.8')).toBe('10.0.0.9');
  });

  test('the bits of a block decide, not its text', () => {
    expect(sourceOf(['10.0.0.0/30'], '10.0.0.3', '203.0.113.7')).toBe('203.0.113.7');
    expect(sourceOf(['10.0.0.0/30'], '10.0.0.4', '203.0.113.7')).toBe('10.0.0.4');
    expect(sourceOf(['::1'], '127.0.0.1', '203.0.113.7')).toBe('127.0.0.1');
  });
});
