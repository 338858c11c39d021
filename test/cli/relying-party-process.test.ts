/** The proxy as a process of its own: TLS to what stands behind it, and a signal to stop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type IssuerServer, startIssuerServer } from '../client/issuer-server.js';
import { makeHolder } from '../client/sample-holder.js';
import { SAMPLE_AUDIENCE } from '../client/sample-issuer.js';
import { mintTlsPair } from '../tls-pair.js';

const ASSAY = fileURLToPath(new URL('../../../bin/assay.js', import.meta.url));

let folder: string;
let authority: string;
let broker: Server;
let issuer: IssuerServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-proxy-'));
  const pair = await mintTlsPair();
  authority = join(folder, 'authority.pem');
  await writeFile(authority, pair.cert);
  broker = createServer(pair, (request, response) => response.end(request.headers.authorization));
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  issuer = await startIssuerServer();
});
afterAll(async () => {
  broker.close();
  broker.closeAllConnections();
  await issuer.close();
  await rm(folder, { recursive: true, force: true });
});

/** Until it is stopped by a signal; resolves to what the work gave and the exit code. */
async function withProxy<T>(
  env: NodeJS.ProcessEnv,
  work: (url: string) => Promise<T>,
): Promise<[T, number | null]> {
  const upstream = `https://localhost:${(broker.address() as AddressInfo).port}`;
  const given = ['--issuer', issuer.url, '--audience', SAMPLE_AUDIENCE, '--upstream', upstream];
  const proxy: ChildProcess = spawn(
    process.execPath,
    [ASSAY, 'relying-party', 'proxy', ...given, '--listen', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } },
  );
  const exited = once(proxy, 'exit');
  try {
    if (proxy.stdout === null) throw new Error('the proxy has no output');
    const [line] = (await once(createInterface(proxy.stdout), 'line')) as [string];
    const done = await work(/^listening on (\S+),/u.exec(line)?.[1] ?? line);
    proxy.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return [done, code];
  } finally {
    proxy.kill('SIGKILL');
  }
}

async function ask(
  url: string,
): Promise<{ readonly status: number; readonly text: string; readonly sent: string }> {
  const request = { method: 'GET', url: `${url}/v1/model` };
  const headers = await issuer.credentials(await makeHolder(), request, { aud: SAMPLE_AUDIENCE });
  const response = await fetch(request.url, { headers });
  return { status: response.status, text: await response.text(), sent: headers.authorization };
}

describe('the proxy as a process', () => {
  test('speaks TLS to whoever has a certificate that it trusts, and ends by a signal', async () => {
    const [{ status, text, sent }, code] = await withProxy({ NODE_EXTRA_CA_CERTS: authority }, ask);
    expect([status, text, code]).toEqual([200, sent.replace('DPoP', 'Bearer'), 0]);
  });

  test('sends nothing to whoever has another', async () => {
    const [{ status, text }, code] = await withProxy({}, ask);
    expect([status, JSON.parse(text).code, code]).toEqual([502, 'upstream_unreachable', 0]);
  });
});
