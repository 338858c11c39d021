/** How long a service asks to be left alone (RFC 9110, section 10.2.3). */

/** No more is believed: a day is the longest that anybody waits for a vendor. */
const MOST_SECONDS = 24 * 3600;

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Seconds, at least one; from a number or a date. Null where there is no header or it cannot be read. */
export function retryAfterOf(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  const seconds = /^\d{1,9}$/.test(text)
    ? Number(text)
    : HTTP_DATE.test(text)
      ? Math.ceil((Date.parse(text) - now.getTime()) / 1000)
      : Number.NaN;
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 1), MOST_SECONDS);
}
