/**
 * The other side, inside the TEE: asks the broker for a data key, by the token and the proofs of `assay agent`, and opens a
 * sealed model with it, never holding more of the file than a few segments.
 */
import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { calculateJwkThumbprint, compactDecrypt, decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { createProgress } from './progress.mjs';
import { openStream, writeStream } from './streaming.mjs';

const USAGE = `Usage: node workload.mjs --broker URL --key NAME --agent SOCKET --model FILE --out FILE [--json]`;
/** Requests, before it gives up. */
const TRIES = 3;
const ALGORITHMS = {
  keyManagementAlgorithms: ['ECDH-ES+A256KW'],
  contentEncryptionAlgorithms: ['A256GCM'],
};

/**
 * The data key, 32 bytes. `prove({ method, url })` gives token and proof for a request, `{ token, proof }`. The key that the reply is
 * encrypted to is made here and forgotten here; the proof covers its thumbprint, since that stands in the path.
 */
export async function requestDataKey({ broker, name, prove }) {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-256' });
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const enc = { kty, crv, x, y };
  const thumbprint = await calculateJwkThumbprint(enc);
  const url = `${broker}/keys/${name}/to/${thumbprint}`;
  const { token, jwe } = await ask(url, { enc }, prove);
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey, ALGORITHMS);
  // For this token and this name: a reply to another question is none.
  const encoded = (value) => Buffer.from(value, 'utf8').toString('base64url');
  const { jti } = decodeJwt(token);
  if (protectedHeader.apu !== encoded(jti) || protectedHeader.apv !== encoded(name)) {
    throw new Error('the broker’s reply is to another request');
  }
  return Buffer.from(JSON.parse(Buffer.from(plaintext).toString('utf8')).k, 'base64url');
}

/** Each time with a new proof: one counts once, and a broker that began within this very second takes none of it. */
async function ask(url, body, prove) {
  for (let left = TRIES; ; left -= 1) {
    const { token, proof } = await prove({ method: 'POST', url });
    const reply = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      headers: { authorization: `DPoP ${token}`, dpop: proof, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = await reply.text();
    if (reply.status === 200) return { token, jwe: answer };
    const passes = [429, 503].includes(reply.status) || answer.includes('"reason":"time"');
    if (!passes || left === 1) throw new Error(`the broker answers ${reply.status}: ${answer}`);
    await setTimeout(1000 * Number(reply.headers.get('retry-after') ?? 1));
  }
}

/** Token and proof from the agent’s socket: the key that the token is bound to stays in the agent. */
export function proverOf(socketPath) {
  return async (target) => {
    const body = JSON.stringify(target);
    const reply = await new Promise((resolve, reject) => {
      request({ socketPath, path: '/proof', method: 'POST' }, resolve).on('error', reject).end(body);
    });
    const answer = await text(reply);
    if (reply.statusCode !== 200) throw new Error(`the agent answers ${reply.statusCode}: ${answer}`);
    return JSON.parse(answer);
  };
}

async function main(args) {
  const strings = ['broker', 'key', 'agent', 'model', 'out'].map((name) => [name, { type: 'string' }]);
  const { values } = parseArgs({
    args,
    options: { ...Object.fromEntries(strings), json: { type: 'boolean' } },
  });
  const { broker, key: name, agent, model, out, json } = values;
  if (strings.some(([option]) => values[option] === undefined)) throw new Error(USAGE);
  const dataKey = await requestDataKey({ broker, name, prove: proverOf(agent) });
  const { size } = await stat(model);
  const progress = createProgress(size);
  await writeStream(model, out, (pieces) => progress.follow(openStream(pieces, { dataKey, name })));
  const { megabytes, rate, grown } = progress.finish();
  if (json) console.log(JSON.stringify({ megabytes, rate, grown }));
  else console.log(`opened ${megabytes} MB at ${rate} MB/s; memory grew by ${grown} MB at most`);
}

if (process.argv[1] === import.meta.filename) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
