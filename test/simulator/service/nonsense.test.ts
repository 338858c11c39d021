import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type RunningVendor, startRunningVendor } from './running-vendor.js';

let vendor: RunningVendor;
beforeAll(async () => {
  vendor = await startRunningVendor();
});
afterAll(() => vendor.close());

/** The status of a request line written as it is; null: the connection ended without an answer. */
async function statusOf(target: string): Promise<number | null> {
  const { hostname, port } = new URL(vendor.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += Buffer.from(chunk).toString('latin1');
  const status = /^HTTP\/1\.1 (\d{3}) /u.exec(text)?.[1];
  return status === undefined ? null : Number(status);
}

describe('requests that nobody would send', () => {
  const part = fc.oneof(
    fc.constantFrom(
      'vcek',
      'vlek',
      'v1',
      'Milan',
      'Turin',
      'sgx',
      'tdx',
      'certification',
      'v4',
      'tcb',
      'pckcrl',
      '..',
    ),
    fc.string({ unit: fc.constantFrom(...'abAB09%/?&=:@[]#.-_'), maxLength: 12 }),
  );
  const targets = fc.array(part, { maxLength: 7 }).map((parts) => `/${parts.join('/')}`);

  test('are told so, and never make the look-alike fail', async () => {
    await fc.assert(
      fc.asyncProperty(targets, async (target) => {
        expect([200, 400, 401, 404, 410]).toContain(await statusOf(target));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    '*',
    'http://elsewhere.example/vcek/v1/Milan/crl',
    '//vcek/v1/Milan/crl',
    '/%',
    '/moved/',
    '/moved//',
  ])('%s is found nowhere', async (target) => {
    expect(await statusOf(target)).toBe(404);
  });
});
