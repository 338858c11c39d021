/** One request and its whole answer. No redirect is followed, no proxy asked, and no answer is read without end. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { systemCodeOf } from '../platform/file-access.js';
import { TryAgain } from './ending.js';

export interface Request {
  readonly method: 'POST';
  readonly url: string;
  readonly json: object;
  readonly accept: string;
}

export interface Answer {
  readonly status: number;
  /** Seconds of Retry-After; null when there are none. */
  readonly retryAfter: number | null;
  readonly body: Uint8Array;
}

export interface ExchangeOptions {
  /** PEM; null: the authorities that Node knows. */
  readonly authorities: string | null;
  readonly stop: AbortSignal;
}

export type Exchange = (request: Request) => Promise<Answer>;

/** Milliseconds, first byte to last. */
const WHOLE_WITHIN = 60_000;
/** Bytes of an answer; the longest is a problem document with its checks. */
const LONGEST = 256 * 1024;

/** What came is no answer; the message says why, in words of this file. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Throws TryAgain when there is no whole answer, with the system’s code and never what was sent. */
export function createExchange({ authorities, stop }: ExchangeOptions): Exchange {
  return async ({ method, url, json, accept }) => {
    const text = JSON.stringify(json);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(WHOLE_WITHIN)]);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      accept,
      'user-agent': 'assay-agent',
    };
    const options = { method, headers, signal, agent: false };
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = url.startsWith('https:')
          ? requestHttps(url, { ...options, ...(authorities === null ? {} : { ca: authorities }) })
          : requestHttp(url, options);
        request.once('response', resolve).on('error', reject);
        // Status 101 ends a request without an answer and without an error.
        request.once('close', () => reject(new NoAnswer('it speaks another protocol'))).end(text);
      });
      return await readWhole(answer);
    } catch (error) {
      throw new TryAgain(`the service does not answer: ${systemCodeOf(error) ?? nameOf(error)}`);
    }
  };
}

async function readWhole(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > LONGEST) throw new NoAnswer(`its answer is longer than ${LONGEST} bytes`);
    chunks.push(bytes);
  }
  return {
    status: answer.statusCode ?? 0,
    retryAfter: secondsOf(answer.headers['retry-after']),
    body: new Uint8Array(Buffer.concat(chunks)),
  };
}

/** RFC 9110, 10.2.3; the service sends seconds, never a date. */
function secondsOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,9}$/u.test(header) ? Number(header) : null;
}

/** `TimeoutError`, say; the message only where it is this file’s own. */
function nameOf(error: unknown): string {
  if (error instanceof NoAnswer) return error.message;
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : typeof error;
}
