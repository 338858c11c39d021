/** The issuer's URL: relying parties compare it as text, so it has one spelling. */

/** It stands in every token several times, and the whole of a token has a limit. Characters. */
export const MAX_ISSUER_LENGTH = 255;

/** True for a host that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127(\.\d+){3}$/.test(bare)
  );
}

/** Why a text cannot be an issuer; null when it can. */
export function issuerFault(text: string, demonstration: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'must be an https URL, for example https://attest.example.';
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !demonstration) {
    return 'must be an https URL: over plain http anybody on the way could replace the keys that tokens are checked with.';
  }
  const canonical = url.pathname === '/' ? url.origin : `${url.origin}${url.pathname}`;
  if (text !== canonical || text.endsWith('/')) {
    return `must be spelt as ${canonical.replace(/\/+$/, '')}: no trailing slash, query, fragment, user name or uppercase host.`;
  }
  if (text.length > MAX_ISSUER_LENGTH) return `has more than ${MAX_ISSUER_LENGTH} characters.`;
  if (!/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(url.pathname))
    return 'has a path with other characters than A-Z a-z 0-9 . _ ~ -.';
  return null;
}

/** Of a URL that is an issuer. */
export function hostOf(issuer: string): string {
  return new URL(issuer).hostname;
}
