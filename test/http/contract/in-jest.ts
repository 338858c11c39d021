/** For test files that run a service in their own process: an exchange that the API description does not allow fails. */
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { afterAll, afterEach, expect } from '@jest/globals';
import { type Exchange, exchangeFaults } from './exchange.js';
import { watchExchange, watched } from './watch.js';

const exchanges: Exchange[] = [];
const keep = (exchange: Exchange): void => void exchanges.push(exchange);

const expectNone = (): void => {
  const faults = exchanges.splice(0).flatMap(exchangeFaults);
  expect(faults).toEqual([]);
};
afterEach(expectNone);
// What was seen before the first test and after the last.
afterAll(expectNone);

/** The same service, watched. */
export function watchedHere(service: RequestListener): RequestListener {
  return watched(service, keep);
}

/** Every server of this process from now on; for files in which all servers are Assay's. */
export function watchServersHere(): void {
  channel('http.server.request.start').subscribe((message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    watchExchange(request, response, keep);
  });
}
