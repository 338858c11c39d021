/** Starts the broker from the environment; prints its address. */
import { readFileSync } from 'node:fs';
import { createBroker } from './broker.mjs';

function required(name) {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is required`);
  process.exit(2);
}

/** 32 bytes, raw, in a file that only this broker reads. */
function modelKey(path) {
  const key = readFileSync(path);
  if (key.length === 32) return key;
  console.error(`${path} must hold exactly 32 bytes`);
  process.exit(2);
}

const server = await createBroker({
  issuer: required('BROKER_ISSUER'),
  audience: required('BROKER_AUDIENCE'),
  acceptSimulated: process.env.BROKER_ACCEPT_SIMULATED === 'yes',
  keys: new Map([
    [
      required('BROKER_KEY_NAME'),
      { key: modelKey(required('BROKER_KEY_FILE')), workload: required('BROKER_WORKLOAD') },
    ],
  ]),
});
server.listen(Number(process.env.BROKER_PORT ?? 8090), '127.0.0.1', () => {
  console.log(`broker listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => server.close());
