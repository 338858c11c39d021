// HTTP as a client lives it: every request ends with an answer, without one, or was never sent at all.

const LIMIT_MS = 60_000;

/**
 * Resolves to `{ status, body, retryAfter }`, or to `{ status: null }` when no answer came, with `sent: false`
 * when nobody took the connection, so that nothing can have happened.
 */
export async function ask(url, { method = 'GET', key, json, tar } = {}) {
  const type = tar === undefined ? 'application/json' : 'application/x-tar';
  const body = tar ?? (json === undefined ? undefined : JSON.stringify(json));
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      body,
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    // The kill may come between the head and the body: then there was no answer.
    const text = await response.text();
    const retryAfter = response.headers.get('retry-after');
    return { sent: true, status: response.status, body: readJson(text), retryAfter };
  } catch (error) {
    return { sent: !isRefused(error), status: null, body: {}, retryAfter: null };
  }
}

/** An answer that is whole and not JSON is a finding, not a lost answer. */
function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { code: `not JSON: ${text.slice(0, 100)}` };
  }
}

function isRefused(error) {
  const cause = error?.cause ?? error;
  return [cause, ...(cause?.errors ?? [])].some(({ code } = {}) => code === 'ECONNREFUSED');
}
