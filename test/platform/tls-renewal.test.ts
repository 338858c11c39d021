import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../../src/platform/log.js';
import { readTlsPair } from '../../src/platform/tls-files.js';
import { renewTls } from '../../src/platform/tls-renewal.js';
import { mintTlsPair, placePair } from '../tls-pair.js';

const ENDED = new Date('2026-02-01T00:00:00Z');
const lines: string[] = [];
const parts = {
  apply: () => {
    throw new Error('nothing is to be applied');
  },
  clock: { now: () => new Date('2026-03-01T00:00:00Z') },
  log: createLog({ write: (line) => void lines.push(JSON.parse(line)) }),
};

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-tls-renewal-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('a service that starts with a certificate that has ended serves it, and says so', async () => {
  const files = await placePair(dir, await mintTlsPair(new Date('2026-01-01T00:00:00Z'), ENDED));
  const renewal = renewTls(files, await readTlsPair(files), parts);
  expect(renewal?.expiresAt).toEqual(ENDED);
  await renewal?.stop();
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'warn',
      reason: 'The certificate ended on 2026-02-01T00:00:00.000Z.',
      msg: 'clients will refuse the TLS certificate',
    }),
  ]);
});

test('nothing is renewed without TLS, nor from what can be read once', async () => {
  expect(renewTls(null, null, parts)).toBeNull();
  const files = await placePair(dir, await mintTlsPair(new Date('2026-01-01T00:00:00Z')));
  const serving = await readTlsPair(files);
  expect(renewTls({ ...files, keyFile: '/dev/null' }, serving, parts)).toBeNull();
});
