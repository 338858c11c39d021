// A man in the middle: he has a certificate for the name, passes everything on, and reads it.
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    key: { type: 'string' },
    cert: { type: 'string' },
    to: { type: 'string' },
    ca: { type: 'string' },
    port: { type: 'string', default: '9444' },
  },
});
const ca = await readFile(values.ca);

async function relay(incoming, response) {
  const { method, url } = incoming;
  const body = await buffer(incoming);
  if (body.length > 0) console.log(`the man in the middle reads: ${body}`);
  const outgoing = request(`${values.to}${url}`, { method, ca }, (reply) => {
    response.writeHead(reply.statusCode, { 'content-type': reply.headers['content-type'] ?? 'text/plain' });
    reply.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  outgoing.end(body);
}

const server = createServer(
  { key: await readFile(values.key), cert: await readFile(values.cert) },
  (incoming, response) => {
    relay(incoming, response).catch(() => response.destroy());
  },
);
server.listen(Number(values.port), 'localhost', () =>
  console.log(`serving at https://localhost:${values.port}`),
);
