/**
 * Loaded into a service that is a process of its own (`--import`): an exchange that the API description does not
 * allow is said on standard error, and makes the process end with a status of its own.
 */
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BROKEN, STATUS } from './child.js';
import { type Exchange, exchangeFaults } from './exchange.js';
import { watchExchange } from './watch.js';

const exchanges: Exchange[] = [];
let broken = false;

function judge(): void {
  for (const fault of exchanges.splice(0).flatMap(exchangeFaults)) {
    broken = true;
    process.stderr.write(`${BROKEN} ${fault}\n`);
  }
}

channel('http.server.request.start').subscribe((message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  watchExchange(request, response, (exchange) => {
    exchanges.push(exchange);
    setImmediate(judge);
  });
});
process.on('exit', () => {
  judge();
  if (broken) process.exitCode = STATUS;
});
