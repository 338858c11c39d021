/** Sends a reply as it should be, or as no server should. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Behaviour } from './behaviour.js';
import type { Reply } from './reply.js';

export type Transfer = Extract<Behaviour, { kind: 'transfer' }>;

const MEBIBYTE = 1024 * 1024;
const CHUNK = new Uint8Array(64 * 1024).fill(0x20);

/** Resolves when everything is handed over, or the other side has gone. */
export async function send(
  response: ServerResponse,
  { status, headers, body }: Reply,
  transfer: Transfer | null,
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  switch (transfer?.how) {
    case undefined:
      response.setHeader('Content-Length', body.length);
      response.end(body);
      return;
    case 'truncated':
      response.setHeader('Content-Length', body.length);
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
      return;
    case 'oversized': {
      const length = Math.max(body.length, transfer.mebibytes * MEBIBYTE);
      response.setHeader('Content-Length', length);
      response.write(body);
      await pad(response, length - body.length);
      response.end();
      return;
    }
    case 'endless':
      response.write(body);
      await pad(response, Number.POSITIVE_INFINITY);
      return;
  }
}

/** So many spaces, at the pace of the reader; fewer once it has gone. */
async function pad(response: ServerResponse, length: number): Promise<void> {
  const gone = once(response, 'close');
  for (let left = length; left > 0 && !response.destroyed; left -= CHUNK.length) {
    const chunk = CHUNK.subarray(0, Math.min(left, CHUNK.length));
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), gone]);
  }
}
