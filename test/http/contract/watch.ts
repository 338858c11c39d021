/** Looks over the shoulder of a service in this process, and hands on every exchange as it went over the wire. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Exchange } from './exchange.js';

/** Gets each exchange before the client gets the last of the reply; to be judged later, so that nobody waits. */
export type Keep = (exchange: Exchange) => void;

/** The same service, watched. */
export function watched(service: RequestListener, keep: Keep): RequestListener {
  return (request, response) => {
    watchExchange(request, response, keep);
    service(request, response);
  };
}

/** Before anything reads the request or writes the response. */
export function watchExchange(request: IncomingMessage, response: ServerResponse, keep: Keep): void {
  const { url = '', method = '' } = request;
  const received: Buffer[] = [];
  const sent: Buffer[] = [];
  // Every byte of the body passes here, whoever reads it and however.
  const push = request.push.bind(request);
  request.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk instanceof Uint8Array) received.push(Buffer.from(chunk));
    return push(chunk, encoding);
  };
  const take = (chunk: unknown): void => {
    if (typeof chunk === 'string') sent.push(Buffer.from(chunk, 'utf8'));
    else if (chunk instanceof Uint8Array) sent.push(Buffer.from(chunk));
  };
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  response.write = (...args: unknown[]) => {
    take(args[0]);
    return write(...args);
  };
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.end = (...args: unknown[]) => {
    take(args[0]);
    keep({
      method,
      url,
      requestHeaders: request.headers,
      requestBody: Buffer.concat(received),
      status: response.statusCode,
      headers: { ...response.getHeaders() },
      body: Buffer.concat(sent),
    });
    return end(...args);
  };
}
