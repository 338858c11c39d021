/** One spelling for each HTTP URI (RFC 3986, section 6.2), and none for what is no such URI. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalHttpUri } from '../../src/token/http-uri.js';

describe('canonicalHttpUri', () => {
  test.each([
    ['scheme and host are of no case', 'HTTPS://Attest.EXAMPLE/t/Acme', 'https://attest.example/t/Acme'],
    ['the default port goes', 'https://attest.example:443/v1', 'https://attest.example/v1'],
    ['so does an empty one', 'http://attest.example:/v1', 'http://attest.example/v1'],
    ['another port stays', 'https://attest.example:8443/v1', 'https://attest.example:8443/v1'],
    ['an empty path is a slash', 'https://attest.example', 'https://attest.example/'],
    ['a slash at the end stays', 'https://attest.example/v1/', 'https://attest.example/v1/'],
    ['dot segments are resolved', 'https://a.example/x/../v1/./renew', 'https://a.example/v1/renew'],
    ['encoded dots too', 'https://a.example/x/%2e%2E/v1', 'https://a.example/v1'],
    ['needless encodings go', 'https://a.example/%7euser/%41', 'https://a.example/~user/A'],
    ['needed ones are in upper case', 'https://a.example/a%2fb%c3%a9', 'https://a.example/a%2Fb%C3%A9'],
    [
      'what was decoded is not decoded again',
      'https://a.example/%252e%252e/b',
      'https://a.example/%252e%252e/b',
    ],
    ['query and fragment go', 'https://a.example/v1?x=/../#y', 'https://a.example/v1'],
    ['an address in brackets', 'http://[::1]:8080/v1', 'http://[::1]:8080/v1'],
  ])('%s', (_what, text, expected) => {
    expect(canonicalHttpUri(text)).toBe(expected);
  });

  test.each([
    'attest.example/v1',
    '/v1/tokens/renew',
    'ftp://attest.example/',
    'https:/attest.example/',
    'https://',
    'https://user@attest.example/v1',
    'https://user:word@attest.example/v1',
    'https://attest.example\\v1',
    'https://attest.example/a b',
    ' https://attest.example/',
    'https://attest.example/\n',
    'https://attest.example/%zz',
    'https://attest.example/%4',
    'https://attest.example:99999/',
    'https://%61ttest.example/',
    'https://attést.example/',
    'https://attest.example/é',
    `https://attest.example/${'a'.repeat(2048)}`,
  ])('is null for %j', (text) => {
    expect(canonicalHttpUri(text)).toBeNull();
  });

  test('the normal form is its own, whatever it came from', () => {
    const segment = fc.stringMatching(/^(?:[a-zA-Z0-9._~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2}){0,8}$/);
    fc.assert(
      fc.property(fc.constantFrom('http', 'HTTPS'), fc.domain(), fc.array(segment), (scheme, host, path) => {
        const once = canonicalHttpUri(`${scheme}://${host}/${path.join('/')}`);
        expect(once).toMatch(/^https?:\/\//u);
        expect(canonicalHttpUri(once ?? '')).toBe(once);
        expect(canonicalHttpUri(`${once}?a=b#c`)).toBe(once);
      }),
    );
  });
});
