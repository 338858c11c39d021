/** HTTP URIs as proofs of possession name them: without query and fragment, in one spelling (RFC 3986, section 6.2). */

/** Scheme, authority without user information, path; nothing that RFC 3986 has no place for, as a backslash or a space. */
const FORM =
  /^https?:\/\/(?:\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::\d{0,5})?(?:\/(?:[a-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?$/i;
const UNRESERVED = /[A-Za-z0-9._~-]/;
/** Longer ones name nothing of ours; what comes after a `?` counts too. */
const MAX_LENGTH = 2048;

/**
 * The URI in its normal form: scheme and host in lower case, no default port, dot segments resolved, percent-encodings in
 * upper case and only where they are needed, an empty path as `/`. Query and fragment are left out (RFC 9449, section
 * 4.3). Null: not an absolute HTTP URI.
 */
export function canonicalHttpUri(text: string): string | null {
  const [bare = ''] = text.split(/[?#]/, 1);
  if (text.length > MAX_LENGTH || !FORM.test(bare)) return null;
  try {
    // What is encoded without need is decoded first: it may be the dots of a segment.
    const { origin, pathname } = new URL(bare.replace(/%[0-9a-f]{2}/gi, decodedWhereNeedless));
    return origin + pathname;
  } catch {
    return null;
  }
}

function decodedWhereNeedless(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return UNRESERVED.test(character) ? character : encoded.toUpperCase();
}
