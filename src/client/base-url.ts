/** Addresses that a program is configured with. They are compared as text, so each has one spelling. */

/** True for a host that only this machine reaches. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '::1' ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

/**
 * An https URL, or http on loopback, without user name, query, fragment and slash at the end. Throws TypeError, with
 * `what` in its words: whoever wrote the configuration is to change it.
 */
export function requireBaseUrl(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new TypeError(`${what} must be an https URL.`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new TypeError(`${what} must be an https URL: plain http is for loopback addresses alone.`);
  }
  const canonical = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  if (text !== canonical) throw new TypeError(`${what} must be spelt as ${canonical}.`);
  return url;
}
