import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { choosePort } from '../../src/http/free-port.js';

test('a chosen port can be listened on; an address that is not here has none', async () => {
  const port = await choosePort('127.0.0.1');
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
  // TEST-NET-1 (RFC 5737): no machine has it.
  await expect(choosePort('192.0.2.1')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
});
