/** `assay decisions replay` on decisions of a real service. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { attestBody, prepare, tdAttestBody } from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';
import { assay } from './run-assay.js';
import { startStubServer } from './stub-server.js';

let service: TestService;
let door: Server;
let dir = '';
let reach: readonly string[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-replay-'));
  service = await startTestService();
  await prepare(service);
  door = createServer(service.app).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  reach = ['--server', `http://127.0.0.1:${port}/simulated`, '--key', service.adminKey];
});
afterAll(async () => {
  door.close();
  door.closeAllConnections();
  await service.close();
  await rm(dir, { recursive: true, force: true });
});

/** A decision, and the flags that bring its evidence. */
async function attested(body: JsonObject): Promise<{ decision: string; flags: readonly string[] }> {
  const { decision } = (await service.post('/simulated/v1/attest', body).expect(200)).body;
  const { cpu } = body.evidence as { cpu: { bytes: string; certificates: readonly string[] } };
  const write = async (name: string, bytes: Buffer): Promise<string> => {
    const path = join(dir, `${decision}-${name}`);
    await writeFile(path, bytes);
    return path;
  };
  const evidence = await write('evidence', Buffer.from(cpu.bytes, 'base64url'));
  const certificates = await Promise.all(
    cpu.certificates.map((text, place) => write(`cert-${place}`, Buffer.from(text, 'base64'))),
  );
  return { decision, flags: ['--evidence', evidence, ...certificates.flatMap((path) => ['--cert', path])] };
}

describe('a decision judged again', () => {
  test.each([
    ['SNP', attestBody],
    ['TDX', tdAttestBody],
  ] as const)('is identical: %s', async (_tee, bodyOf) => {
    const { decision, flags } = await attested(await bodyOf(service));
    const run = await assay(['decisions', 'replay', decision, ...flags, ...reach]);
    expect([run.code, run.err]).toEqual([0, '']);
    expect(run.out).toBe('✓ Identical: judged again as of then, nothing of the record differs\n');
    const json = await assay(['decisions', 'replay', decision, ...flags, '--json', ...reach]);
    expect([json.code, JSON.parse(json.out)]).toMatchObject([0, { identical: true, differences: [] }]);
  });

  test('on other evidence is refused in words', async () => {
    const [one, other] = [
      await attested(await attestBody(service)),
      await attested(await attestBody(service)),
    ];
    const run = await assay(['decisions', 'replay', one.decision, ...other.flags, ...reach]);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toMatch(/request_invalid: This is other evidence than the decision was made on/u);
  });

  test('that differs names each member with both sides, and exits 1', async () => {
    const stub = await startStubServer();
    stub.answer(
      200,
      '{"identical":false,"differences":[{"path":"tcb.status","then":"OutOfDate","now":"UpToDate"}],"verdict":{}}',
    );
    const file = join(dir, 'any');
    await writeFile(file, 'evidence');
    const flags = ['--evidence', file, '--event-log', file, '--server', stub.url, '--key', 'k'];
    const run = await assay(['decisions', 'replay', 'dec_1', ...flags]);
    const asked = stub.onlyAsked();
    await stub.close();
    expect([asked.method, asked.path]).toEqual(['POST', '/v1/decisions/dec_1/replay']);
    const bytes = Buffer.from('evidence').toString('base64');
    expect(JSON.parse(asked.body.toString())).toEqual({ evidence: { cpu: { bytes, event_log: bytes } } });
    expect(run.code).toBe(1);
    expect(run.out.split('\n')).toEqual([
      '✗ Not identical: judged again as of then, the record would be another',
      'tcb.status',
      '  then   OutOfDate',
      '  now    UpToDate',
      '',
    ]);
  });
});
