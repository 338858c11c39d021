/** The program of docs/clients.md, run as it stands there: only the issuer's address is another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type IssuerServer, startIssuerServer } from '../client/issuer-server.js';
import { makeHolder, type SampleHolder } from '../client/sample-holder.js';
import { blocksOf, ROOT, readPage } from './markdown.js';

/** Listens, and says where. */
const LISTEN = "server.listen(0, '127.0.0.1', () => console.log(server.address().port));\n";

let issuer: IssuerServer;
let holder: SampleHolder;
let folder: string;
let program: ChildProcess;
let port: string;
beforeAll(async () => {
  [issuer, holder] = await Promise.all([startIssuerServer(), makeHolder()]);
  const [example, ...more] = blocksOf((await readPage('docs/clients.md')).text).filter(
    ({ language }) => language === 'js',
  );
  expect(more).toEqual([]);
  const source = example?.content.replace('https://attest.example', issuer.url) ?? '';
  expect(source).toContain(issuer.url);
  // Inside the package, where its own name means itself.
  folder = await mkdtemp(join(ROOT, 'build', 'clients-example-'));
  await writeFile(join(folder, 'broker.mjs'), source + LISTEN);
  program = spawn(process.execPath, [join(folder, 'broker.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (program.stdout === null) throw new Error('the program has no output');
  const [line] = (await once(createInterface(program.stdout), 'line')) as [string];
  port = line;
});
afterAll(async () => {
  const exited = once(program, 'exit');
  program.kill();
  await exited;
  await issuer.close();
  await rm(folder, { recursive: true, force: true });
});

const REQUEST = { method: 'POST', url: 'https://broker.example/keys/model' };

async function ask(headers: Readonly<Record<string, string>>): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}/keys/model`, { method: 'POST', headers });
  return [response.status, await response.text()];
}

describe('the program of the page about clients', () => {
  test('releases to who shows token and proof, once per proof', async () => {
    const headers = await issuer.credentials(holder, REQUEST, { aud: 'key-broker' });
    expect(await ask(headers)).toEqual([200, 'the key of llm-serving, version 42\n']);
    const [status, body] = await ask(headers);
    expect([status, JSON.parse(body).code]).toEqual([401, 'proof_replayed']);
  });

  test('refuses a stolen token, and one for another audience', async () => {
    const { authorization, dpop } = await issuer.credentials(holder, REQUEST, { aud: 'key-broker' });
    const [stolen, body] = await ask({ authorization });
    expect([stolen, JSON.parse(body).code]).toEqual([401, 'proof_missing']);
    const other = await issuer.credentials(holder, REQUEST, { aud: 'another' });
    expect(JSON.parse((await ask(other))[1]).code).toBe('token_audience');
    expect((await ask({ authorization, dpop }))[0]).toBe(200);
  });
});
