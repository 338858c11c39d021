/**
 * The forms that tokens come in, each audience’s choice: which claims (profile), how the header names the signing key,
 * how it names the kind of token.
 */

/**
 * `ear`: draft-ietf-rats-ear-04. `ear-compat`: the same, and what readers of the older dotted names and a Trustee key
 * broker look for. `ear-legacy`: the dotted names alone, for Veraison’s libraries.
 */
export const TOKEN_PROFILES = ['ear', 'ear-compat', 'ear-legacy'] as const;
export type TokenProfile = (typeof TOKEN_PROFILES)[number];

/** `eat_profile` of each. Readers of the dotted names know the last one, and a tag of Trustee’s. */
export const PROFILE_TAGS: Readonly<Record<TokenProfile, string>> = {
  ear: 'tag:ietf.org,2026:rats/ear#04',
  'ear-compat': 'tag:ietf.org,2026:rats/ear#04',
  'ear-legacy': 'tag:github.com,2023:veraison/ear',
};

/**
 * Where a reader finds the key: `kid`, in the JWK set of the issuer; `x5c`, in the header itself, with a certificate under
 * an authority of the audience’s own.
 */
export const KEY_HEADERS = ['kid', 'x5c'] as const;
export type KeyHeader = (typeof KEY_HEADERS)[number];

/** `typ` of the header (RFC 7519, RFC 9068, RFC 9782). */
export const TOKEN_TYPS = ['JWT', 'at+jwt', 'eat+jwt'] as const;
export type TokenTyp = (typeof TOKEN_TYPS)[number];

/** Tokens travel in headers, a line of which many proxies end at 8 KiB. Bytes of the compact form. */
export const MAX_TOKEN_BYTES = 8192;
/** Below it not even the shortest token fits. */
export const MIN_TOKEN_BYTES = 1024;

/** What an audience without a choice takes: half of the limit; a certificate in the header needs the other half. */
export function usualTokenBytes(header: KeyHeader): number {
  return header === 'x5c' ? MAX_TOKEN_BYTES : MAX_TOKEN_BYTES / 2;
}
