/** What a look-alike answers, before anything is spoilt. */

export interface Reply {
  readonly status: number;
  /** In the vendor's spelling. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A request that the vendor would not answer with a document. */
export interface Declined {
  readonly status: number;
  /** In the body, for people. */
  readonly why: string;
}

export function isDeclined(value: object): value is Declined {
  return 'why' in value;
}

/** PEM in a header: percent-encoded, line breaks too. */
export function inHeader(pem: string): string {
  return encodeURIComponent(pem);
}

export function textOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

/** A single value of a query; null: absent. Declined when it is there twice. */
export function single(query: URLSearchParams, name: string): string | null | Declined {
  const values = query.getAll(name);
  return values.length > 1 ? { status: 400, why: `${name} is there more than once` } : (values[0] ?? null);
}

export function documentReply(contentType: string, body: Uint8Array): Reply {
  return { status: 200, headers: { 'Content-Type': contentType }, body };
}

export function declinedReply({ status, why }: Declined): Reply {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: textOf(`${why}\n`) };
}
