/**
 * The document by which a TLS server shows whose key it uses: beside its content, under a fixed path (RFC 8615), lies the token
 * that its key was attested with. Agent and client share its form.
 */

export const ENDPOINT_PATH = '/.well-known/assay-endpoint';
export const ENDPOINT_TYPE = 'application/vnd.assay.endpoint+json';
/** Bytes: a token of the longest kind and what stands around it. */
export const MAX_ENDPOINT_DOCUMENT = 10 * 1024;
/** Of its form. */
export const ENDPOINT_VERSION = 1;

/** Nothing in it is secret: a token that is bound to a key serves nobody else. */
export function endpointDocument(token: string): string {
  return `${JSON.stringify({ v: ENDPOINT_VERSION, token })}\n`;
}
