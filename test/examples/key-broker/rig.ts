/** A broker with a store of its own, an issuer that it trusts, and requests to it, sound ones unless told otherwise. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { createReplayMemory } from '../../../src/client/index.js';
import { type IssuerServer, startIssuerServer } from '../../client/issuer-server.js';
import { makeHolder, type SampleHolder } from '../../client/sample-holder.js';
import type { Changes } from '../../client/sample-issuer.js';
import { type Audit, type Json, load, type Releaser } from './modules.js';

/** Accepts what sample tokens say. */
export const SAMPLE_POLICY = {
  audience: 'vault-prod',
  workloads: ['llm-serving'],
  tees: ['sev-snp'],
  tcb_status: ['UpToDate'],
  max_token_age_seconds: 300,
};

export interface EncKey {
  readonly jwk: Json;
  readonly thumbprint: string;
  readonly privateKey: CryptoKey;
}

export async function makeEncKey(crv = 'P-256'): Promise<EncKey> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv, extractable: true });
  const jwk = await exportJWK(publicKey);
  return { jwk: { ...jwk }, thumbprint: await calculateJwkThumbprint(jwk), privateKey };
}

export interface Asked {
  /** Of the key; `model` is there. */
  readonly name?: string;
  /** In place of those of the token. */
  readonly claims?: Changes;
  /** The key that the workload made. */
  readonly enc?: EncKey;
  /** What arrives, where somebody changed the request on its way. */
  readonly body?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Of a refusal. */
  readonly code: string | null;
}

export interface Rig {
  readonly url: string;
  readonly issuer: IssuerServer;
  readonly holder: SampleHolder;
  readonly audit: Audit;
  readonly releaser: Required<Releaser>;
  readonly store: string;
  readonly unrecorded: ReadonlyMap<string, number>;
  readonly notes: readonly Json[];
  /** Headers of a request with a sound token and proof. */
  credentials(path: string, claims?: Changes): Promise<{ authorization: string; dpop: string }>;
  ask(asked?: Asked): Promise<Answer>;
  /** The lines so far, and the text that they stand in. */
  lines(): Promise<readonly Json[]>;
  text(): Promise<string>;
  /** Puts a policy in place of that of a key, as an editor would. */
  rewrite(name: string, changes: Json): Promise<void>;
  close(): Promise<void>;
}

/** `policies`: name → what differs from the sample. */
export async function startRig(policies: Readonly<Record<string, Json>> = { model: {} }): Promise<Rig> {
  const { createBroker } = await load('broker');
  const { createReleaser } = await load('release');
  const { addKey, createStore, loadKeys } = await load('key-store');
  const { openAudit } = await load('audit');
  const [issuer, holder] = await Promise.all([startIssuerServer(), makeHolder()]);
  const folder = await mkdtemp(join(tmpdir(), 'assay-broker-'));
  const store = join(folder, 'store');
  const documentOf = (changes: Json) =>
    `${JSON.stringify({ issuer: issuer.url, ...SAMPLE_POLICY, ...changes }, null, 1)}\n`;
  await createStore(store);
  for (const [name, changes] of Object.entries(policies)) {
    await addKey(store, name, Buffer.from(documentOf(changes)));
  }
  const notes: Json[] = [];
  const log = (note: Json) => void notes.push(note);
  const audit = await openAudit(join(store, 'audit.jsonl'));
  const replayStore = createReplayMemory(new Date(Date.now() - 60_000));
  const releaser = createReleaser({ keys: await loadKeys(store), audit, replayStore, log });
  const url = await freeUrl();
  const server = createBroker({ url, releaser, log });
  server.listen(Number(new URL(url).port), '127.0.0.1');
  await once(server, 'listening');

  const text = () => readFile(join(store, 'audit.jsonl'), 'utf8');
  const credentials = (path: string, claims: Changes = {}) =>
    issuer.credentials(holder, { method: 'POST', url: `${url}${path}` }, claims);
  return {
    ...{ url, issuer, holder, audit, releaser, store, notes, text, credentials },
    unrecorded: server.unrecorded,
    async ask({ name = 'model', claims, enc, body, path, headers } = {}) {
      const own = enc ?? (await makeEncKey());
      const meant = `/keys/${name}/to/${own.thumbprint}`;
      const reply = await fetch(`${url}${path ?? meant}`, {
        method: 'POST',
        headers: headers ?? (await credentials(meant, claims)),
        body: body ?? JSON.stringify({ enc: own.jwk }),
      });
      const answer = await reply.text();
      return {
        status: reply.status,
        text: answer,
        code: reply.status === 200 ? null : (JSON.parse(answer) as { code: string }).code,
      };
    },
    lines: async () =>
      (await text())
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Json),
    rewrite: (name, changes) => writeFile(join(store, `${name}.policy.json`), documentOf(changes)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await audit.close();
      await issuer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The secret of the released key and where it says that it belongs. */
export async function openReply(
  { text }: Answer,
  { privateKey }: EncKey,
): Promise<{ readonly jwk: Json; readonly header: Json }> {
  const { plaintext, protectedHeader } = await compactDecrypt(text, privateKey);
  return { jwk: JSON.parse(Buffer.from(plaintext).toString('utf8')) as Json, header: { ...protectedHeader } };
}

/** Of this machine, with a port that nobody listens on at this moment. */
export async function freeUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
