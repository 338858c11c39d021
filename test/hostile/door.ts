/**
 * The composed service behind a real socket, and what every hostile shape is held to: an answer without anything that
 * was sent, in under a second, a log that holds nothing of it, and a process that goes on serving.
 */
import { createHash, randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { type Listening, listen } from '../../src/http/server.js';
import { createLog } from '../../src/platform/log.js';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import { attestBody, prepare, tdAttestBody } from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';
import { type Exchange, exchange, type Piece, requestOf, type Sending } from './wire.js';

export interface Door {
  readonly service: TestService;
  readonly port: number;
  /** Text to plant in what is sent: neither reply nor log may ever hold it. */
  mark(): string;
  /** The same for bytes that are sent anyway; left out where they are too few or too plain to be told from others. */
  plant(bytes: Uint8Array): void;
  /** Sends, and holds the answer to what is said above. */
  send(pieces: readonly Piece[], sending?: Sending): Promise<Exchange>;
  /** A genuine guest and a genuine TD get their tokens, and the log has nothing of what was sent. */
  expectUntouched(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds that a service may take to open. */
export const OPENING = 180_000;

/** Milliseconds that any answer may take. */
const SOON = 1_000;

export async function openDoor(group: string): Promise<Door> {
  const service = await startTestService();
  await prepare(service);
  const noise: string[] = [];
  const listening: Listening = await listen(service.app, {
    addresses: [{ host: '127.0.0.1', port: 0 }],
    tls: null,
    log: createLog({ write: (line) => void noise.push(line) }),
  });
  const port = Number(new URL(listening.url).port);
  const planted = new Set<string>();
  let sent = 0;
  let examined = 0;
  let slowest = { elapsed: 0, shape: '' };

  const plant = (bytes: Uint8Array): void => {
    if (new Set(bytes).size < 8) return;
    for (const text of formsOf(bytes)) planted.add(text);
  };
  const expectNothingOf = (text: string, where: string): void => {
    const found = [...planted].find((form) => text.includes(form));
    if (found !== undefined) throw new Error(`the ${where} holds ${found}`);
  };
  return {
    service,
    port,
    plant,
    mark() {
      const mark = `Zq${randomBytes(9).toString('hex')}`;
      plant(Buffer.from(mark));
      return mark;
    },
    async send(pieces, sending) {
      let answer = await exchange(port, pieces, sending);
      // Other work on the machine may have come between: what takes long takes long every time.
      for (let again = 0; answer.elapsed >= SOON && again < 4; again += 1) {
        answer = await exchange(port, pieces, sending);
      }
      sent += 1;
      if (answer.elapsed > slowest.elapsed) {
        slowest = { elapsed: answer.elapsed, shape: expect.getState().currentTestName ?? '' };
      }
      expect(answer.elapsed).toBeLessThan(SOON);
      expectNothingOf(answer.text, 'answer');
      return answer;
    },
    async expectUntouched() {
      for (const body of [await attestBody(service), await tdAttestBody(service)]) {
        const headers = { 'Content-Type': 'application/json', Connection: 'close' };
        const pieces = requestOf('POST', '/simulated/v1/attest', headers, JSON.stringify(body));
        const { replies } = await exchange(port, pieces);
        expect(replies.map(({ status }) => status)).toEqual([200]);
        expect(JSON.parse(replies[0]?.body ?? '')).toMatchObject({ status: 'affirming' });
      }
      const log = [...service.logLines.slice(examined), ...noise].join('');
      expectNothingOf(log, 'log');
      expect(log).not.toMatch(/"level":"(?:error|fatal)"/);
      examined = service.logLines.length;
      planted.clear();
      const { elapsed, shape } = slowest;
      if (sent > 0)
        process.stdout.write(
          `[hostile] ${group}: ${sent} sent, slowest ${Math.ceil(elapsed)} ms (${shape})\n`,
        );
    },
    async close() {
      await listening.close();
      await service.close();
    },
  };
}

/** As they are, in hex and in base64 of both alphabets, wherever they begin in it. */
function formsOf(bytes: Uint8Array): readonly string[] {
  const plain = Buffer.from(bytes);
  const shifted = [0, 1, 2].flatMap((lead) => {
    const text = Buffer.concat([Buffer.alloc(lead), plain])
      .toString('base64')
      .replaceAll('=', '');
    // What shares a group with neighbours depends on them.
    const own = text.slice(lead === 0 ? 0 : 4, -4);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [plain.toString('latin1'), plain.toString('hex'), ...shifted];
}

/** The one refusal that an exchange ends in: status and code belong together. */
export function refusedWith({ replies, text }: Exchange): string {
  const [reply, ...more] = replies;
  if (reply === undefined || more.length > 0)
    throw new Error(`${replies.length} replies: ${text.slice(0, 80)}`);
  const body = JSON.parse(reply.body) as JsonObject;
  const code = body.code as RefusalCode;
  if (reply.status === 200) {
    // The verdict that a relying party asked for.
    expect(body).toMatchObject({ authentic: false, status: 'none', claims: null, decision: null });
    return code;
  }
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect({ code, status: refusalEntry(code).status }).toEqual({ code, status: reply.status });
  expect(body.status).toBe(reply.status);
  return code;
}

/** Node's own refusal, below the application: a status line, the end of the connection, and not a word more. */
export function expectBareRefusal({ text, closed }: Exchange, status: number): void {
  expect({ text, closed }).toEqual({
    text: expect.stringMatching(
      new RegExp(`^HTTP/1\\.1 ${status} [A-Za-z ]+\\r\\nConnection: close\\r\\n\\r\\n$`),
    ),
    closed: true,
  });
}

/** Bytes without a pattern, the same in every run. */
export function noise(seed: string, length: number): Uint8Array {
  return new Uint8Array(createHash('shake256', { outputLength: length }).update(seed).digest());
}

/** A request with a body of JSON text or an object; with a key where the route wants one. */
export function jsonTo(path: string, body: Piece | object, key?: string): Piece[] {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const authorization = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  return requestOf('POST', path, { 'Content-Type': 'application/json', ...authorization }, bytes);
}
