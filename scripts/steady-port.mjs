// A port for a server that goes and comes back. Not one of those that the system lends to outgoing connections
// (on Linux from 32768 on): such a one could be lent while the server is away, even to a client of that server.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const [LOWEST, HIGHEST] = [20_000, 29_999];
const ATTEMPTS = 50;

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function findSteadyPort() {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port between ${LOWEST} and ${HIGHEST} is free`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
