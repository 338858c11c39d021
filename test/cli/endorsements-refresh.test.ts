import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assay } from './run-assay.js';
import { type StubServer, startStubServer } from './stub-server.js';

let server: StubServer;
let reach: readonly string[];

beforeAll(async () => {
  server = await startStubServer();
  reach = ['--server', server.url, '--key', 'ak_test'];
});
afterAll(() => server.close());

function outcome(changes: object): object {
  return { kind: 'snp-vcek-crl', subject: 'Milan', result: 'kept', state: 'current', why: null, ...changes };
}

describe('assay endorsements refresh', () => {
  test('asks for everything in use and says in words how each ended', async () => {
    server.answer(200, {
      asked: [
        outcome({}),
        outcome({ subject: 'Genoa', state: 'known' }),
        outcome({ subject: 'Turin', result: 'queued', state: null }),
      ],
    });
    const { code, out } = await assay(['endorsements', 'refresh', ...reach]);
    expect(code).toBe(0);
    expect(out).toContain('✓ snp-vcek-crl Milan is now the current one');
    expect(out).toContain('✓ snp-vcek-crl Genoa is the one that is there');
    expect(out).toContain('✓ snp-vcek-crl Turin will be asked for in the background');
    const { method, path, body } = server.onlyAsked();
    expect([method, path, String(body)]).toEqual(['POST', '/v1/endorsements/refresh', '{}']);
  });

  test('a document that did not come is exit status 4, with the reason', async () => {
    const failed = outcome({ result: 'unavailable', state: null, why: 'amd-kds answered 500' });
    server.answer(200, { asked: [outcome({}), failed] });
    const { code, out } = await assay(['endorsements', 'refresh', ...reach]);
    expect(code).toBe(4);
    expect(out).toContain('✗ snp-vcek-crl Milan unavailable: amd-kds answered 500');
    expect(out).toContain('stays in use until it lapses');
    server.onlyAsked();
  });

  test('names a kind and a subject, and prints the reply as it came', async () => {
    const reply = { asked: [] };
    server.answer(200, reply);
    const args = ['tdx-tcb-info', '--subject', '00806f050000/standard', '--json'];
    const { code, out } = await assay(['endorsements', 'refresh', ...args, ...reach]);
    expect([code, JSON.parse(out)]).toEqual([0, reply]);
    expect(JSON.parse(String(server.onlyAsked().body))).toEqual({
      kind: 'tdx-tcb-info',
      subject: '00806f050000/standard',
    });
  });

  test('nothing in use is said', async () => {
    server.answer(200, { asked: [] });
    const { code, out } = await assay(['endorsements', 'refresh', ...reach]);
    expect([code, out]).toEqual([0, expect.stringContaining('Nothing to ask for')]);
    server.onlyAsked();
  });

  test('a subject alone is a mistake', async () => {
    const { code, err } = await assay(['endorsements', 'refresh', '--subject', 'Milan', ...reach]);
    expect([code, err]).toEqual([2, expect.stringContaining('needs the kind before it')]);
  });
});
