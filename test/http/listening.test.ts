/** A service that listens, and relying parties who know its issuer's URL and nothing else. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { readConfig } from '../../src/config.js';
import { createLog } from '../../src/platform/log.js';
import { startService } from '../../src/service.js';
import { readTemplate } from '../database-template.js';
import { watchServersHere } from './contract/in-jest.js';
import {
  evidenceOf,
  guestWith,
  intelArchive,
  listsArchive,
  referenceBody,
  tdReferenceBody,
  tdWith,
} from './guest.js';
import { simulatedAnchors, testClock } from './service.js';

const clock = testClock();
let dir = '';
let issuer = '';
let key = '';
let running: Awaited<ReturnType<typeof startService>> | null = null;

beforeAll(async () => {
  watchServersHere();
  dir = await mkdtemp(join(tmpdir(), 'assay-listen-'));
  const port = await freePort();
  running = await startService(
    readConfig({
      ASSAY_DATABASE_URL: 'pglite:memory',
      ASSAY_DATA_DIR: dir,
      ASSAY_LISTEN: `127.0.0.1:${port}`,
      ASSAY_ISSUER: `http://127.0.0.1:${port}`,
      ASSAY_SIMULATED_VENDORS: '1',
    }),
    {
      clock,
      log: createLog({ write: () => {} }),
      simulatedAnchors: await simulatedAnchors(),
      databaseDump: await readTemplate(),
    },
  );
  issuer = `http://127.0.0.1:${port}/simulated`;
  key = (await readFile(join(dir, 'admin-key'), 'utf8')).trim();
  for (const archive of [await listsArchive(), await intelArchive()]) {
    await send('/v1/endorsements/import', archive, 'application/x-tar');
  }
  await send('/v1/workloads', { name: 'w' });
  await send('/v1/workloads/w/reference-values', referenceBody());
  await send('/v1/workloads/w/reference-values', tdReferenceBody());
  await send('/v1/audiences', { name: 'raw', workloads: ['w'], key_binding: 'optional' });
});
afterAll(async () => {
  await running?.close();
  await rm(dir, { recursive: true, force: true });
});

async function send(
  path: string,
  body: unknown,
  type = 'application/json',
): Promise<Readonly<Record<string, string>>> {
  const reply = await fetch(`${issuer}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': type, Authorization: `Bearer ${key}` },
    body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
  });
  return (await reply.json()) as Record<string, string>;
}

describe('a listening service', () => {
  test.each([
    ['sev-snp', guestWith, 1],
    ['tdx', tdWith, 2],
  ] as const)('its tokens verify with jose: %s', async (tee, mint, version) => {
    const discovered = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    expect(discovered).toMatchObject({ issuer });
    const { jwks_uri } = discovered as { jwks_uri: string };
    const sealed = await send('/v1/challenges', { audience: 'raw', binding: 'raw-nonce' });
    const evidence = evidenceOf(await mint(Buffer.from(sealed.nonce ?? '', 'base64url')));
    const reply = await send('/v1/attest', { challenge: sealed.challenge, audience: 'raw', evidence });
    const { payload } = await jwtVerify(reply.token ?? '', createRemoteJWKSet(new URL(jwks_uri)), {
      issuer,
      audience: 'raw',
      currentDate: clock.now(),
    });
    expect(payload).toMatchObject({
      ear_status: 'affirming',
      att: { tee, simulated: true, workload: 'w', reference_version: version },
    });
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
