// A model behind TLS, inside the attested workload: it holds its key, and serves beside its content whose key that is.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    key: { type: 'string' },
    cert: { type: 'string' },
    document: { type: 'string' },
    port: { type: 'string', default: '9443' },
  },
});

async function answer(request, response) {
  if (request.url === '/.well-known/assay-endpoint') {
    // Read each time: the agent puts another in its place before the token ends, and takes it away when it cannot.
    const document = await readFile(values.document).catch(() => null);
    if (document === null) return response.writeHead(503, { 'retry-after': '5' }).end();
    return response.writeHead(200, { 'content-type': 'application/vnd.assay.endpoint+json' }).end(document);
  }
  if (request.method !== 'POST' || request.url !== '/v1/chat') return response.writeHead(404).end();
  const prompt = await text(request);
  response
    .writeHead(200, { 'content-type': 'text/plain' })
    .end(`The model has read ${prompt.length} characters.\n`);
}

const server = createServer(
  { key: await readFile(values.key), cert: await readFile(values.cert), minVersion: 'TLSv1.3' },
  (request, response) => {
    answer(request, response).catch(() => response.destroy());
  },
);
server.listen(Number(values.port), 'localhost', () =>
  console.log(`serving at https://localhost:${values.port}`),
);
