import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Ended } from '../ended.js';
import { guestWith, prepare, register, tdWith } from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';
import { localhostCertificate } from '../localhost-certificate.js';
import { describeInEachShell, runScript } from './shells.js';
import { type Blobs, openTsmFolder, type TsmOptions } from './tsm-folder.js';

const SCRIPT = fileURLToPath(new URL('../../../examples/boot/attest.sh', import.meta.url));
const REPORT_LENGTH = 1184;

const snp: TsmOptions = { provider: 'sev_guest', sign: (reportData) => snpBlobs(reportData) };
const tdx: TsmOptions = {
  provider: 'tdx_guest',
  sign: async (reportData) => ({ outblob: (await tdWith(reportData)).evidence, auxblob: new Uint8Array() }),
};

async function snpBlobs(
  reportData: Uint8Array,
  options: Parameters<typeof guestWith>[1] = {},
): Promise<Blobs> {
  const { evidence } = await guestWith(reportData, { envelope: 'extended', ...options });
  return { outblob: evidence.subarray(0, REPORT_LENGTH), auxblob: evidence.subarray(REPORT_LENGTH) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function listen(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${portOf(server)}`, server };
}

let service: TestService;
let bare: TestService;
let url: string;
let bareUrl: string;
let home: string;
const servers: Server[] = [];

const serve = async (listener: RequestListener): Promise<string> => {
  const { url: at, server } = await listen(listener);
  servers.push(server);
  return at;
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-boot-'));
  service = await startTestService();
  await prepare(service);
  bare = await startTestService();
  await register(bare);
  url = await serve(service.app);
  bareUrl = await serve(bare.app);
});

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await service.close();
  await bare.close();
  await rm(home, { recursive: true, force: true });
});

describeInEachShell('attest.sh', (shell) => {
  /** With an empty folder for temporary files, which must be empty again. */
  const run = async (
    args: readonly string[],
    tsm: TsmOptions = snp,
  ): Promise<Ended & { requests: readonly string[] }> => {
    const folder = await openTsmFolder(tsm);
    const scratch = await mkdtemp(join(home, 'tmp-'));
    try {
      const ended = await runScript(shell, SCRIPT, ['--tsm', folder.path, ...args], {
        ...folder.env,
        TMPDIR: scratch,
      });
      expect(await folder.leftBehind()).toEqual([]);
      expect(await readdir(scratch)).toEqual([]);
      return { ...ended, requests: folder.requests };
    } finally {
      await folder.close();
    }
  };
  const to = (server: string, audience = 'open') => ['--server', server, '--audience', audience];
  const issuer = () => `${url}/simulated`;

  test.each([
    ['SEV-SNP', snp, 'sev-snp'],
    ['TDX', tdx, 'tdx'],
  ])('a token for %s, alone on standard output', async (_name, tsm, tee) => {
    const { code, out, err, requests } = await run(to(issuer()), tsm);
    expect({ code, err: err.replace(/attest\.sh: token for .*\n/u, '') }).toEqual({ code: 0, err: '' });
    expect(requests).toHaveLength(1);
    const token = out.trimEnd();
    expect(out).toBe(`${token}\n`);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'JWT' });
    expect(decodeJwt(token)).toMatchObject({ aud: 'open', ear_status: 'affirming', att: { tee } });
    expect(decodeJwt(token).cnf).toBeUndefined();
  });

  test('into a file that only its owner reads', async () => {
    const file = join(home, `token-${shell.name}`);
    await writeFile(file, 'an older one', { mode: 0o644 });
    const { code, out, err } = await run([...to(issuer()), '-o', file, '--workload', 'llm-serving']);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const token = await readFile(file, 'utf8');
    // Some clients of brokers send the file as it is.
    expect(token).toMatch(/^[\w.-]+$/u);
    expect(decodeJwt(token).aud).toBe('open');
    expect(err).not.toContain(token);
  });

  test('with a command instead of the kernel', async () => {
    const evidence = join(home, `evidence-${shell.name}`);
    const signer = await serve(async (request: IncomingMessage, response: ServerResponse) => {
      const data = Buffer.from((request.url ?? '').slice(1), 'hex');
      response.end(Buffer.from((await guestWith(data, { envelope: 'extended' })).evidence));
    });
    const command = `curl -s -o ${evidence} ${signer}/"$1" && cat ${evidence}`;
    const { code, out } = await run([...to(issuer()), '--evidence-command', command]);
    expect(code).toBe(0);
    expect(decodeJwt(out.trim()).aud).toBe('open');
    const failing = await run([...to(issuer()), '--evidence-command', 'exit 7']);
    expect(failing).toMatchObject({ code: 2, out: '' });
    expect(failing.err).toContain('the evidence command ended with 7');
  });

  test.each([
    ['an audience that is unknown', 2, 'audience_unknown', () => to(issuer(), 'nobody')],
    ['an audience that wants a key', 2, 'key_binding_required', () => to(issuer(), 'vault')],
    ['a workload that is unknown', 2, 'workload_unknown', () => [...to(issuer()), '--workload', 'none']],
  ])('%s', async (_name, expected, refusal, args) => {
    const { code, out, err } = await run(args());
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toContain(`${refusal} (HTTP `);
    expect(err).toContain('what to do: ');
  });

  test.each([
    ['genuine and not registered', 3, 'measurement_not_allowed', { measurement: Buffer.alloc(48, 0x11) }],
    ['genuine and open to debugging', 3, 'snp_policy_debug', { policy: { debug: true } }],
    ['not over the challenge', 1, 'report_data_mismatch', { reportData: Buffer.alloc(64, 1) }],
  ])('evidence that is %s', async (_name, expected, refusal, options) => {
    const sign = (reportData: Uint8Array) => snpBlobs(reportData, options);
    const { code, out, err } = await run(to(issuer()), { provider: 'sev_guest', sign });
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toContain(`no token: ${refusal} (HTTP `);
    expect(err).toContain('what to do: ');
  });

  test('evidence that was altered', async () => {
    const sign = async (reportData: Uint8Array) => {
      const blobs = await snpBlobs(reportData);
      const outblob = Uint8Array.from(blobs.outblob);
      outblob[0x90] = (outblob[0x90] ?? 0) ^ 1;
      return { ...blobs, outblob };
    };
    const { code, err } = await run(to(issuer()), { provider: 'sev_guest', sign });
    expect(code).toBe(1);
    expect(err).toContain('snp_signature_invalid');
  });

  test('another writer in the kernel’s folder', async () => {
    const { code, out, err } = await run(to(issuer()), { ...snp, otherWrites: 1 });
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toContain('generation 3, not 2');
  });

  test('a provider that is not known', async () => {
    const { code, err } = await run(to(issuer()), { ...snp, provider: 'arm_cca_guest' });
    expect(code).toBe(2);
    expect(err).toContain('arm_cca_guest');
  });

  test('no confidential guest', async () => {
    const { code, err } = await run([...to(issuer()), '--tsm', join(home, 'absent')]);
    expect(code).toBe(2);
    expect(err).toContain('not a confidential guest');
  });

  test('a service that cannot decide: as many tries as were asked for, with what is missing', async () => {
    const { code, out, err } = await run([
      ...to(`${bareUrl}/simulated`),
      '--retries',
      '1',
      '--max-wait',
      '0',
    ]);
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err.match(/no token: collateral_unavailable \(HTTP 503\)/gu)).toHaveLength(2);
    expect(err).toContain('what to do: ');
    expect(err).toContain('given up after 2 tries');
  });

  test('a service that is busy: the pause is the one that it names, and then there is a token', async () => {
    let busy = 2;
    const front = await serve((request, response) => {
      busy -= 1;
      if (busy < 0) {
        service.app(request, response);
        return;
      }
      response.writeHead(503, { 'Content-Type': 'application/problem+json', 'Retry-After': '1' });
      response.end('{"code":"overloaded","detail":"As many run as there is room for.","retryable":true}');
    });
    const { code, out, err } = await run(to(`${front}/simulated`));
    expect(code).toBe(0);
    expect(err.match(/another try in 1 s/gu)).toHaveLength(2);
    expect(decodeJwt(out.trim()).aud).toBe('open');
  });

  test('over TLS: the authority that is named, and no other', async () => {
    const { key, cert } = await localhostCertificate();
    const server = createHttpsServer({ key, cert }, service.app).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const file = join(home, 'authority.pem');
    await writeFile(file, cert);
    const args = to(`https://localhost:${portOf(server)}/simulated`);
    const { code, out } = await run([...args, '--ca-file', file]);
    expect(code).toBe(0);
    expect(decodeJwt(out.trim()).aud).toBe('open');
    const stranger = await run(args);
    expect(stranger).toMatchObject({ code: 4, out: '', requests: [] });
    expect(stranger.err).toContain('is not secure');
  });

  test('nobody there', async () => {
    const { url: gone, server } = await listen(() => undefined);
    server.close();
    const { code, out, err } = await run([...to(gone), '--retries', '1', '--max-wait', '0']);
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toContain('does not answer');
  });

  const hex = '00'.repeat(64);
  const good = {
    challenge: 'abc.def',
    nonce: 'n',
    issuer: 'i',
    audience: 'open',
    binding: 'raw-nonce',
    expires_at: 't',
  };
  test.each([
    ['garbage', '<html>'],
    ['nothing', ''],
    [
      'a command as report data',
      JSON.stringify({ ...good, report_data: '$(touch owned)`touch owned`;touch owned' }),
    ],
    ['a format as report data', JSON.stringify({ ...good, report_data: '%s%n\\x41' })],
    ['report data that is short', JSON.stringify({ ...good, report_data: '00' })],
    [
      'report data twice',
      JSON.stringify({ ...good, report_data: hex }).replace('}', `,"report_data":"${hex}"}`),
    ],
    [
      'an option and a new parameter as challenge',
      JSON.stringify({ ...good, report_data: hex, challenge: 'x&audience=vault' }),
    ],
    ['another audience', JSON.stringify({ ...good, report_data: hex, audience: 'vault' })],
    ['another binding', JSON.stringify({ ...good, report_data: hex, binding: 'v1' })],
    ['an object inside', `{"x":${JSON.stringify({ ...good, report_data: hex })}}`],
    ['several lines', `${JSON.stringify({ ...good, report_data: hex })}\n{}`],
  ])('a challenge that is %s', async (_name, body) => {
    const hostile = await serve((_request, response) => response.writeHead(201).end(body));
    const { code, out, requests } = await run(to(hostile));
    expect({ code, out, requests }).toEqual({ code: 4, out: '', requests: [] });
  });

  test.each([
    ['a redirect', 302, '', 4],
    [
      'a problem in terminal codes',
      422,
      '{"code":"x_y","detail":"\u001b[2J\u009b31m$(touch owned)","remedy":"\u0007"}',
      1,
    ],
    ['no problem document', 403, 'Forbidden', 4],
  ])('a refusal that is %s', async (_name, status, body, expected) => {
    const hostile = await serve((_request, response) => {
      response
        .writeHead(status, { Location: `${url}/simulated/v1/challenges`, 'Retry-After': '$(touch owned)' })
        .end(body);
    });
    const { code, out, err } = await run(to(hostile));
    expect({ code, out }).toEqual({ code: expected, out: '' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u);
  });

  test.each([['no.token'], ['a.b.c.d'], ['a.b.c\nSet-Cookie: x'], ['..'], [''], ['{"token":"a.b.c"}']])(
    'a token that is none: %j',
    async (token) => {
      const hostile = await serve((request, response) => {
        if (request.url?.startsWith('/v1/attest') === true) response.writeHead(200).end(token);
        else response.writeHead(201).end(JSON.stringify({ ...good, report_data: hex }));
      });
      const { code, out } = await run(to(hostile));
      expect({ code, out }).toEqual({ code: 4, out: '' });
    },
  );

  test.each([
    [[]],
    [['--server', 'https://a.example']],
    [['--server', 'http://a.example', '--audience', 'a']],
    [['--server', 'http://localhost.a.example', '--audience', 'a']],
    [['--server', 'http://localhost:x@a.example', '--audience', 'a']],
    [['--server', 'http://127.0.0.1@a.example', '--audience', 'a']],
    [['--server', 'ftp://localhost', '--audience', 'a']],
    [['--server', '-K/etc/passwd', '--audience', 'a']],
    [['--server', 'https://a.example/?x', '--audience', 'a']],
    [['--server', 'https://a.example', '--audience', 'a","binding":"v1']],
    [['--server', 'https://a.example', '--audience', 'a b']],
    [['--server', 'https://a.example', '--audience', 'a', '--workload', 'A&B']],
    [['--server', 'https://a.example', '--audience', 'a', '--retries', '-1']],
    [['--server', 'https://a.example', '--audience', 'a', '--retries', '99999']],
    [['--server', 'https://a.example', '--audience', 'a', '--ca-file', '/absent']],
    [['--server', 'https://a.example', '--audience']],
    [['--token', 'x']],
  ])('usage: %j', async (args) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^attest\.sh: [^\n]+\n$/u);
  });

  test('an audience with signs of its own reaches the service as it is', async () => {
    const audience = 'https://broker.example/a?b=c&d=%20+e';
    const open = { name: audience, workloads: '*', key_binding: 'optional' };
    await service.post('/simulated/v1/audiences', open, service.adminKey);
    const { code, out } = await run(to(issuer(), audience));
    expect(code).toBe(0);
    expect(decodeJwt(out.trim()).aud).toBe(audience);
  });
});
