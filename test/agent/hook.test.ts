import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runHook } from '../../src/agent/hook.js';

const stop = new AbortController().signal;

const run = (command: string, tokenFile: string | null = null) => runHook({ command, tokenFile, stop });

test('how it ended', async () => {
  expect(await run('exit 0')).toBeNull();
  expect(await run('exit 7')).toBe('it ended with 7');
  expect(await run('kill -TERM $$')).toBe('it was ended by SIGTERM');
  expect(await run('no-such-program-here 2>/dev/null')).toBe('it ended with 127');
});

test('the token’s file is one argument, whatever its name says', async () => {
  expect(await run('test $# = 1 && test "$1" = "$(printf "/a b;exit 3")"', '/a b;exit 3')).toBeNull();
  expect(await run('test $# = 0')).toBeNull();
});

test.each([
  ['itself', 'exec '],
  ['a program that its shell waits for', 'true && '],
  ['a program in the background', '( '],
])('one that hangs ends with the agent: %s', async (_name, before) => {
  const home = await mkdtemp(join(tmpdir(), 'assay-hook-'));
  const path = join(home, 'started.sock');
  // The command says that it runs by connecting, and then waits for a line that never comes.
  const server = createServer().listen(path);
  await once(server, 'listening');
  try {
    const stopping = new AbortController();
    const script = `require('node:net').connect(${JSON.stringify(path)}).resume()`;
    await writeFile(join(home, 'hang.cjs'), script);
    const ended = runHook({
      command: `${before}${process.execPath} ${join(home, 'hang.cjs')}${before === '( ' ? ' ) & wait' : '; true'}`,
      tokenFile: null,
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
