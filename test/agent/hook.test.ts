import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runHook } from '../../src/agent/hook.js';

const stop = new AbortController().signal;
const env = { PATH: process.env.PATH ?? '' };

test('how it ended', async () => {
  expect(await runHook({ command: 'exit 0', env, stop })).toBeNull();
  expect(await runHook({ command: 'exit 7', env, stop })).toBe('it ended with 7');
  expect(await runHook({ command: 'kill -TERM $$', env, stop })).toBe('it was ended by SIGTERM');
  expect(await runHook({ command: 'no-such-program-here 2>/dev/null', env, stop })).toBe('it ended with 127');
});

test('finds what it is given in its environment, and nothing else of the agent’s', async () => {
  const home = await mkdtemp(join(tmpdir(), 'assay-hook-'));
  try {
    const file = join(home, 'env');
    expect(
      await runHook({ command: 'env > "$OUT"', env: { ...env, OUT: file, ASSAY_TOKEN_FILE: '/t' }, stop }),
    ).toBeNull();
    const names = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(['ASSAY_TOKEN_FILE', 'OUT', 'PATH']));
    expect(names).not.toContain('HOME');
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('one that hangs ends with the agent', async () => {
  const home = await mkdtemp(join(tmpdir(), 'assay-hook-'));
  const path = join(home, 'started.sock');
  // The command says that it runs by connecting, and then waits for a line that never comes.
  const server = createServer().listen(path);
  await once(server, 'listening');
  try {
    const stopping = new AbortController();
    const script = `require('node:net').connect(${JSON.stringify(path)}).resume()`;
    const ended = runHook({
      command: 'exec "$NODE" -e "$SCRIPT"',
      env: { ...env, NODE: process.execPath, SCRIPT: script },
      stop: stopping.signal,
    });
    const [connection] = await once(server, 'connection');
    const closed = once(connection, 'close');
    connection.on('error', () => undefined).resume();
    stopping.abort();
    expect(await ended).toBe('it did not end in time');
    await closed;
  } finally {
    server.close();
    await once(server, 'close');
    await rm(home, { recursive: true, force: true });
  }
});
