/** What the broker does when too much is asked of it, or something breaks. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type Json, load } from './modules.js';
import { freeUrl } from './rig.js';

describe('a broker in need', () => {
  /** One whose decisions are these. */
  async function serve(release: () => Promise<string>) {
    const { createBroker } = await load('broker');
    const url = await freeUrl();
    const notes: Json[] = [];
    const server = createBroker({ url, releaser: { release }, log: (note) => void notes.push(note) });
    server.listen(Number(new URL(url).port), '127.0.0.1');
    await once(server, 'listening');
    const path = `/keys/model/to/${'A'.repeat(43)}`;
    const ask = async () => {
      const reply = await fetch(url + path, { method: 'POST', body: '{}' });
      return { status: reply.status, text: await reply.text(), retry: reply.headers.get('retry-after') };
    };
    return { url, path, server, notes, ask };
  }

  test('decides on two hundred requests at a time, and no more', async () => {
    let decide: () => void = () => {};
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    let underWay = 0;
    let full: () => void = () => {};
    const filled = new Promise<void>((resolve) => {
      full = resolve;
    });
    const { ask, server } = await serve(async () => {
      underWay += 1;
      if (underWay === 200) full();
      await decided;
      return 'jwe';
    });
    const waiting = Array.from({ length: 200 }, ask);
    await filled;
    const refused = await ask();
    expect(refused).toMatchObject({ status: 503, retry: '5' });
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'too_busy' });
    expect(server.unrecorded.get('too_busy')).toBe(1);
    decide();
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await ask()).status).toBe(200);
    server.closeAllConnections();
    server.close();
  });

  test('says nothing of a fault but that there was one', async () => {
    const { ask, server, notes } = await serve(async () => {
      throw new Error('a secret of the broker');
    });
    const { status, text } = await ask();
    expect([status, JSON.parse(text).code]).toEqual([500, 'fault']);
    expect(text).not.toContain('secret');
    expect(notes).toEqual([{ event: 'fault', detail: 'a secret of the broker', cause: null }]);
    server.closeAllConnections();
    server.close();
  });

  test('counts requests that break off, and writes nothing', async () => {
    const { url, path, server, notes } = await serve(async () => 'jwe');
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf`);
    await once(server, 'request');
    socket.resetAndDestroy();
    while (server.unrecorded.get('request_unfinished') !== 1) await setImmediate();
    expect(notes).toEqual([]);
    server.closeAllConnections();
    server.close();
  });
});
