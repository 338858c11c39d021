import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPublicAddress } from '../../src/endorsements/public-address.js';

describe('an address is public', () => {
  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '64:ff9b::101:101',
    '64:ff9b::1.1.1.1',
  ])('%s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('an address is not public', () => {
  test.each([
    ['this host', '0.0.0.0'],
    ['private', '10.0.0.1'],
    ['shared by a carrier', '100.64.0.1'],
    ['shared by a carrier', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local, where clouds have their metadata', '169.254.169.254'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['documentation', '192.0.2.1'],
    ['private', '192.168.1.1'],
    ['benchmarks', '198.19.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['unique local', 'fd00::1'],
    ['unique local', 'fc00::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['IPv4 in IPv6, loopback', '::ffff:127.0.0.1'],
    ['IPv4 in IPv6 in hex', '::ffff:7f00:1'],
    ['IPv4 in IPv6, even public', '::ffff:1.1.1.1'],
    ['IPv4-compatible', '::1.1.1.1'],
    ['translated private', '64:ff9b::10.0.0.1'],
    ['translated loopback', '64:ff9b::7f00:1'],
    ['translated zero', '64:ff9b::'],
    ['translated by the network’s own rules', '64:ff9b:1::1.1.1.1'],
    ['6to4 of a private address', '2002:a00:1::'],
    ['Teredo', '2001::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['a name', 'kdsintf.amd.com'],
    ['nothing', ''],
    ['octal digits, which are no address here', '0177.0.0.1'],
    ['a number', '2130706433'],
  ])('%s: %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test('any private IPv4 address, plain, mapped and translated', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const privately = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    );
    fc.assert(
      fc.property(privately, (octets) => {
        const address = octets.join('.');
        for (const spelt of [address, `::ffff:${address}`, `64:ff9b::${address}`]) {
          expect([spelt, isPublicAddress(spelt)]).toEqual([spelt, false]);
        }
      }),
    );
  });

  test('a translated address is as public as the one in it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(isPublicAddress(address));
      }),
    );
  });
});
