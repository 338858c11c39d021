// A user of the model: looks whose key the endpoint uses, and sends the prompt over connections to that key alone.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { TokenRefused, verifyEndpoint } from 'assay/client';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    issuer: { type: 'string' },
    audience: { type: 'string' },
    workload: { type: 'string' },
    ca: { type: 'string' },
    'allow-simulated': { type: 'boolean', default: false },
  },
});
const [url, prompt] = positionals;

async function ask() {
  const { agent, token } = await verifyEndpoint(url, {
    issuer: values.issuer,
    audience: values.audience,
    workload: values.workload,
    allowSimulated: values['allow-simulated'],
    ...(values.ca === undefined ? {} : { ca: await readFile(values.ca, 'utf8') }),
  });
  console.log(`served by ${token.att.workload}, version ${token.att.reference_version}`);
  // Whatever this agent cannot do over that key, it does not do: nothing of the prompt leaves before the handshake is right.
  const outgoing = request(`${url}/v1/chat`, { method: 'POST', agent });
  outgoing.end(prompt);
  const [reply] = await once(outgoing, 'response');
  process.stdout.write(await text(reply));
}

try {
  await ask();
} catch (error) {
  if (!(error instanceof TokenRefused)) throw error;
  console.log(`${error.code}: nothing was sent`);
  process.exitCode = 1;
}
