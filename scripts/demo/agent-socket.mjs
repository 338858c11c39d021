// The guest's agent as its workloads see it: a Unix socket that gives token and proof for a request (`assay agent --socket`).
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { proofOf } from './parties.mjs';

export async function openAgentSocket(path, { token, key }) {
  const server = createServer(async (request, response) => {
    const { method, url } = await json(request);
    response.end(JSON.stringify({ token, proof: await proofOf({ method, url, token, key }) }));
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
