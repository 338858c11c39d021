import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Listening, listen } from '../../src/http/server.js';
import { createLog } from '../../src/platform/log.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function listenOn(
  hosts: readonly string[],
  port = 0,
): Promise<{ listening: Listening; lines: string[] }> {
  const lines: string[] = [];
  const listening = await listen((_request, response) => response.end('here'), {
    addresses: hosts.map((host) => ({ host, port })),
    tls: null,
    log: createLog({ write: (line) => void lines.push(line) }),
  });
  open.push(listening);
  return { listening, lines };
}

describe('listening', () => {
  test('an address that this machine does not have is left out, if another exists', async () => {
    // TEST-NET-1 (RFC 5737): no machine has it.
    const { listening, lines } = await listenOn(['127.0.0.1', '192.0.2.1']);
    expect(await (await fetch(listening.url)).text()).toBe('here');
    expect(lines.join('')).toContain('192.0.2.1');
    await expect(listenOn(['192.0.2.1'])).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  test('a port that is taken is an error', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(listenOn(['127.0.0.1'], port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => taken.close(resolve));
  });

  test('closing lets a request finish and takes no more', async () => {
    let finish: () => void = () => {};
    let entered: () => void = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const listening = await listen(
      (_request, response) => {
        finish = () => response.end('done');
        entered();
      },
      { addresses: [{ host: '127.0.0.1', port: 0 }], tls: null, log: createLog({ write: () => {} }) },
    );
    const reply = fetch(listening.url);
    await inside;
    const closed = listening.close();
    await expect(fetch(listening.url)).rejects.toThrow();
    finish();
    const finished = await reply;
    expect(await finished.text()).toBe('done');
    // It was begun before anybody thought of closing, and still asks for another connection.
    expect(finished.headers.get('connection')).toBe('close');
    await closed;
  });
});
