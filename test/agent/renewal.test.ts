import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { EXIT } from '../../src/agent/ending.js';
import { runAgent } from '../../src/agent/main.js';
import { BOOT_EVENTS, composeEventLog } from '../../src/simulator/index.js';
import { TD, tdWith } from '../http/guest.js';
import { SIMULATED_ISSUER } from '../http/service.js';
import { type FakeTsmOptions, fakeTsm, SNP, snpBlobs, TDX } from './fake-tsm.js';
import { problem, type Served, startServed } from './serving.js';
import { type TestWorld, testWorld, type WorldOptions } from './test-world.js';

// Vendors are minted first, and a machine that does other things as well takes its time for that.
jest.setTimeout(240_000);

let served: Served;
let home: string;

beforeAll(async () => {
  served = await startServed();
});

afterAll(() => served.close());

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-agent-'));
});

afterAll(() => rm(home, { recursive: true, force: true }));

afterEach(async () => {
  served.front(null);
  for (const name of await readdir(home)) await rm(join(home, name), { force: true, recursive: true });
});

const file = (name: string) => join(home, name);

function world(tsm: FakeTsmOptions = SNP, options: Omit<WorldOptions, 'tsm'> = {}): TestWorld {
  return testWorld({ tsm: fakeTsm(tsm), clock: served.service.clock, ...options });
}

/** Nothing that is secret or was submitted stands in what the agent wrote. */
function expectNothingSecret(at: TestWorld, secrets: readonly string[]): void {
  const written = at.logLines.join('\n');
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(written).not.toContain(secret);
  }
  expect(written).not.toMatch(/eyJ|BEGIN/u);
}

test.each([
  ['SEV-SNP', SNP, 'sev-snp'],
  ['TDX', TDX, 'tdx'],
])('one token for %s, bound to the key in the file', async (_name, tsm, tee) => {
  const at = world(tsm);
  const args = [...served.args(), '--once', '--key-file', file('key.pem'), '--token-file', file('token')];
  expect(await runAgent(args, at)).toBe(EXIT.token);
  const token = await readFile(file('token'), 'utf8');
  expect((await stat(file('token'))).mode & 0o777).toBe(0o600);
  expect((await stat(file('key.pem'))).mode & 0o777).toBe(0o600);
  const claims = decodeJwt(token);
  expect(claims).toMatchObject({ aud: 'vault', ear_status: 'affirming', att: { tee } });
  expect(at.outLines).toEqual([]);
  const att = claims.att as { readonly decision: string };
  expect(at.logged()).toMatchObject([
    { level: 'info', msg: 'token', workload: 'llm-serving', decision: att.decision },
  ]);
  expectNothingSecret(at, [token, await readFile(file('key.pem'), 'utf8')]);

  // The same key again, and so the same binding.
  const again = world(tsm);
  expect(await runAgent(args, again)).toBe(EXIT.token);
  expect(decodeJwt(await readFile(file('token'), 'utf8')).cnf).toEqual(claims.cnf);
  expect((await readdir(home)).sort()).toEqual(['key.pem', 'token']);
});

test('a token without a key goes to standard output, alone', async () => {
  const at = world();
  expect(await runAgent([...served.args('open'), '--once', '--no-key'], at)).toBe(EXIT.token);
  expect(at.outLines).toHaveLength(1);
  const claims = decodeJwt(at.outLines[0] ?? '');
  expect(claims).toMatchObject({ aud: 'open' });
  expect(claims.cnf).toBeUndefined();
});

test('the workload and the encryption key that are named take part', async () => {
  const at = world();
  const keys = ['--key-file', file('sig.pem'), '--enc-key-file', file('enc.pem')];
  const args = [...served.args(), ...keys, '--once', '--workload', 'llm-serving'];
  expect(await runAgent(args, at)).toBe(EXIT.token);
  expect(decodeJwt(at.outLines[0] ?? '').aud).toBe('vault');
  const one = ['--key-file', file('sig.pem'), '--enc-key-file', file('sig.pem')];
  expect(await runAgent([...served.args(), ...one, '--once'], at)).toBe(EXIT.usage);
});

describe('an event log', () => {
  const service = () => served.service;
  const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const measured = (index: number) =>
    BOOT_EVENTS.filter((event) => event.index === index).map(({ digest }) => hexOf(digest));
  const logged: FakeTsmOptions = {
    ...TDX,
    sign: async (reportData) => ({
      outblob: (await tdWith(reportData, { rtmrs: undefined, eventLog: BOOT_EVENTS })).evidence,
      auxblob: new Uint8Array(),
    }),
  };

  beforeAll(async () => {
    const admin = (path: string, body: object) =>
      service().post(`/simulated/v1${path}`, body, service().adminKey).expect(201);
    await admin('/workloads', { name: 'logged' });
    const events = [
      { register: 'rtmr1', measured: measured(2) },
      { register: 'rtmr2', measured: measured(3) },
    ];
    const match = { mrtd: hexOf(TD.mrtd), events };
    await admin('/workloads/logged/reference-values', { tee: 'tdx', match, activate: true });
    await admin('/audiences', { name: 'logged', workloads: ['logged'], key_binding: 'optional' });
  });

  test('goes with the quote, and what it names counts', async () => {
    await writeFile(file('ccel'), composeEventLog(BOOT_EVENTS));
    const args = [...served.args('logged'), '--once', '--no-key'];
    const at = world(logged);
    expect(await runAgent([...args, '--event-log', file('ccel')], at)).toBe(EXIT.token);
    expect(decodeJwt(at.outLines[0] ?? '')).toMatchObject({ att: { workload: 'logged' } });
    const without = world(logged);
    expect(await runAgent(args, without)).toBe(EXIT.denied);
    expect(without.outLines).toEqual([]);
  });

  test('that is not there ends the agent', async () => {
    const at = world(logged);
    const args = [...served.args('logged'), '--once', '--no-key', '--event-log', file('absent')];
    expect(await runAgent(args, at)).toBe(EXIT.usage);
    expect(at.logged()).toMatchObject([{ msg: expect.stringContaining('there is no such file') }]);
  });
});

test('authorities that cannot be read end the agent before anything is asked', async () => {
  const at = world();
  const args = [...served.args('open'), '--once', '--no-key', '--ca-file', file('absent')];
  expect(await runAgent(args, at)).toBe(EXIT.usage);
  expect(at.logged()).toMatchObject([{ msg: expect.stringContaining('absent cannot be read') }]);
});

/** Runs on until so many pauses have passed. */
const stopAfter =
  (pauses: number, seen: (count: number) => void | Promise<void> = () => undefined) =>
  async (count: number, at: TestWorld): Promise<void> => {
    await seen(count);
    if (count === pauses) at.end();
  };

test('renewal at two thirds of the life, spread, each time another token; gone when the agent ends', async () => {
  const tokens: string[] = [];
  const spread = [0, 0.5, 0.999];
  const at = world(SNP, {
    random: () => spread[tokens.length] ?? 0,
    paused: stopAfter(3, async () => {
      tokens.push(await readFile(file('token'), 'utf8'));
    }),
  });
  const args = [...served.args(), '--key-file', file('key.pem'), '--token-file', file('token')];
  expect(await runAgent(args, at)).toBe(EXIT.token);
  // Of 300 s.
  expect(at.pauses).toEqual([200_000, 185_000, 170_030]);
  expect(new Set(tokens).size).toBe(3);
  expect(new Set(tokens.map((token) => JSON.stringify(decodeJwt(token).cnf))).size).toBe(1);
  expect(existsSync(file('token'))).toBe(false);
  expect(at.logged().map(({ level }) => level)).toEqual(['info', 'info', 'info']);
});

test('a service that is busy: never sooner than it asks for, and then there is a token', async () => {
  served.front(problem(503, 'overloaded', 7));
  const at = world(SNP, {
    paused: (count) => {
      if (count === 1) served.front(problem(429, 'rate_limited', 1));
      if (count === 2) served.front(problem(409, 'nonce_replayed'));
      if (count === 3) served.front(null);
    },
  });
  expect(await runAgent([...served.args('open'), '--once', '--no-key'], at)).toBe(EXIT.token);
  // 7 s and an eighth of it; 1 s asked for, and twice the first pause by now; four times the first pause.
  expect(at.pauses).toEqual([7_875, 1_500, 3_000]);
  expect(at.logged()).toMatchObject([
    { level: 'warn', code: 'overloaded', status: 503, request_id: 'req_1', tries: 1, pause_ms: 7_875 },
    { level: 'warn', code: 'rate_limited', tries: 2 },
    { level: 'warn', code: 'nonce_replayed', tries: 3 },
    { level: 'info' },
  ]);
  expect(at.outLines).toHaveLength(1);
});

test('no answer until the deadline: undecided', async () => {
  served.front((request) => request.socket.destroy());
  const at = world();
  expect(await runAgent([...served.args('open'), '--once', '--no-key', '--deadline', '10'], at)).toBe(
    EXIT.undecided,
  );
  // Doubled each time, until ten seconds are over.
  expect(at.pauses).toEqual([750, 1_500, 3_000, 4_750]);
  expect(at.logged().at(-1)).toMatchObject({
    level: 'error',
    tries: 4,
    msg: expect.stringMatching(/^given up: /u),
  });
});

test('a pause that is asked for and goes beyond the deadline: the agent waits until then, and ends without asking again', async () => {
  let asked = 0;
  const busy = problem(503, 'collateral_unavailable', 600);
  served.front((request, response) => {
    asked += 1;
    busy(request, response);
  });
  const at = world();
  expect(await runAgent([...served.args('open'), '--once', '--no-key'], at)).toBe(EXIT.undecided);
  expect([at.pauses, asked]).toEqual([[300_000], 1]);
  expect(at.logged()).toMatchObject([
    { level: 'warn', code: 'collateral_unavailable', pause_ms: 300_000 },
    { level: 'error', code: 'collateral_unavailable', remedy: expect.any(String) },
  ]);
});

test('a driver that comes late is waited for', async () => {
  const late: FakeTsmOptions = {
    ...SNP,
    before: (operation, request) => {
      if (operation === 'make' && request < 3) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
    },
  };
  const at = world(late);
  expect(await runAgent([...served.args('open'), '--once', '--no-key'], at)).toBe(EXIT.token);
  expect(at.pauses).toEqual([750, 1_500]);
});

test.each<[string, Uint8Array, string]>([
  ['malformed', Buffer.alloc(40, 0xaa), 'snp_cert_table_malformed'],
  ['too long', Buffer.alloc(64 * 1024 + 1), 'evidence_too_large'],
])(
  'a certificate table of the host that is %s is left out, and the report judged without it',
  async (_name, auxblob, code) => {
    const badly: FakeTsmOptions = {
      provider: 'sev_guest',
      sign: async (reportData) => ({ ...(await snpBlobs(reportData)), auxblob }),
    };
    const at = world(badly);
    // The report alone is read, and its certificate is nowhere else here.
    expect(await runAgent([...served.args('open'), '--once', '--no-key'], at)).toBe(EXIT.undecided);
    expect(at.logged().slice(0, 2)).toMatchObject([
      { level: 'warn', code },
      { level: 'warn', status: 503, code: 'snp_kds_unavailable' },
    ]);
  },
);

const unregistered: FakeTsmOptions = {
  provider: 'sev_guest',
  sign: (reportData) => snpBlobs(reportData, { measurement: Buffer.alloc(48, 0x11) }),
};

test.each<[string, number, string, readonly string[], FakeTsmOptions]>([
  ['genuine and not wanted', EXIT.denied, 'measurement_not_allowed', ['open'], unregistered],
  [
    'not over the challenge',
    EXIT.refused,
    'report_data_mismatch',
    ['open'],
    { provider: 'sev_guest', sign: () => snpBlobs(Buffer.alloc(64, 1)) },
  ],
  ['for an audience that is unknown', EXIT.usage, 'audience_unknown', ['nobody'], SNP],
  ['without the key that the audience wants', EXIT.usage, 'key_binding_required', ['vault'], SNP],
])('evidence that is %s', async (_name, expected, code, [audience = ''], tsm) => {
  const at = world(tsm);
  expect(await runAgent([...served.args(audience), '--once', '--no-key'], at)).toBe(expected);
  expect(at.outLines).toEqual([]);
  expect(at.pauses).toEqual([]);
  expect(at.logged()).toMatchObject([
    { level: 'error', code, msg: expect.stringContaining(`: ${code}: `), remedy: expect.any(String) },
  ]);
});

test('no longer wanted at renewal: the token is taken away at once, and the agent says why', async () => {
  let revoked = false;
  const tsm: FakeTsmOptions = {
    provider: 'sev_guest',
    sign: (reportData) => (revoked ? unregistered : SNP).sign(reportData),
  };
  const at = world(tsm, {
    paused: () => {
      expect(existsSync(file('token'))).toBe(true);
      revoked = true;
    },
  });
  const args = [...served.args('open'), '--no-key', '--token-file', file('token')];
  expect(await runAgent(args, at)).toBe(EXIT.denied);
  expect(existsSync(file('token'))).toBe(false);
  expect(at.pauses).toHaveLength(1);
});

test('a service that is away for longer than a token lives: none is handed out that has ended, and one comes back', async () => {
  const existed: boolean[] = [];
  const at = world(SNP, {
    paused: stopAfter(20, (count) => {
      existed.push(existsSync(file('token')));
      served.front(count >= 1 && count < 12 ? (request) => request.socket.destroy() : null);
    }),
  });
  const args = [...served.args('open'), '--no-key', '--token-file', file('token'), '--deadline', '3600'];
  expect(await runAgent(args, at)).toBe(EXIT.token);
  const ended = at.logged().findIndex(({ msg }) => msg === 'the token has ended, and there is no other');
  expect(ended).toBeGreaterThan(0);
  expect(
    at
      .logged()
      .slice(ended)
      .some(({ msg }) => msg === 'token'),
  ).toBe(true);
  // There, gone, there again.
  expect(existed.join()).toMatch(/^(true,)+(false,)+true/u);
  expect(existsSync(file('token'))).toBe(false);
});

test('a token that ends while evidence for the next one is made is taken away in time', async () => {
  const existed: boolean[] = [];
  const slow: FakeTsmOptions = {
    provider: 'sev_guest',
    sign: async (reportData) => {
      // Asked for after 185 s of 300.
      if (at.pauses.length === 1) await at.pass(120);
      existed.push(existsSync(file('token')));
      return snpBlobs(reportData);
    },
  };
  const at = world(slow, { paused: stopAfter(2) });
  const args = [...served.args('open'), '--no-key', '--token-file', file('token')];
  expect(await runAgent(args, at)).toBe(EXIT.token);
  expect(existed).toEqual([false, false]);
  expect(at.logged().map(({ msg }) => msg)).toEqual([
    ...['token', 'the token has ended, and there is no other', 'token'],
  ]);
});

describe('a command that takes its time', () => {
  /** Runs an agent whose command ends when so many seconds have passed; resolves to what the file was like then. */
  async function withCommand(at: TestWorld, seconds: number): Promise<readonly boolean[]> {
    const existed: boolean[] = [];
    const path = file('slow.sock');
    const server = createServer(async (connection) => {
      await at.pass(seconds);
      existed.push(existsSync(file('token')));
      connection.end();
    }).listen(path);
    await once(server, 'listening');
    try {
      await writeFile(file('slow.cjs'), `require('node:net').connect(${JSON.stringify(path)}).resume()`);
      const command = `exec ${process.execPath} ${file('slow.cjs')}`;
      const args = [...served.args('open'), '--no-key', '--token-file', file('token'), '--exec', command];
      expect(await runAgent(args, at)).toBe(EXIT.token);
    } finally {
      server.close();
      await once(server, 'close');
    }
    return existed;
  }

  test('does not put off the renewal', async () => {
    const at = world(SNP, { paused: stopAfter(2) });
    expect(await withCommand(at, 100)).toEqual([true, true]);
    expect(at.pauses).toEqual([85_000, 85_000]);
  });

  test('outlives its token, which is taken away in time', async () => {
    const at = world(SNP, { paused: stopAfter(2) });
    expect(await withCommand(at, 400)).toEqual([false, false]);
    expect(at.pauses).toEqual([0, 0]);
  });
});

test('gives up when there was no token for so long as the deadline says, counted from the end of the last', async () => {
  const at = world(SNP, {
    paused: () => served.front((request) => request.socket.destroy()),
  });
  const begun = served.service.clock.now().getTime();
  const args = [...served.args('open'), '--no-key', '--token-file', file('token'), '--deadline', '120'];
  expect(await runAgent(args, at)).toBe(EXIT.undecided);
  const lasted = (served.service.clock.now().getTime() - begun) / 1_000;
  // 300 s of the token and 120 s without.
  expect(lasted).toBe(300 + 120);
  expect(existsSync(file('token'))).toBe(false);
});

test('a kernel that is busy is asked again after a pause of the service’s kind', async () => {
  let busy = 5;
  const tsm: FakeTsmOptions = {
    ...SNP,
    before: (operation) => {
      if (operation === 'read outblob' && busy > 0) {
        busy -= 1;
        throw Object.assign(new Error('busy'), { code: 'EBUSY' });
      }
    },
  };
  const at = world(tsm);
  expect(await runAgent([...served.args('open'), '--once', '--no-key'], at)).toBe(EXIT.token);
  expect(at.pauses).toEqual([75, 150, 300, 600, 750]);
});

test('the command runs after each renewal, finds the token’s file, and its failures do not end the agent', async () => {
  const at = world(SNP, { paused: stopAfter(2) });
  const command = `cat "$1" >> ${file('ran')}; echo >> ${file('ran')}; exit 3`;
  const args = [...served.args('open'), '--no-key', '--token-file', file('token'), '--exec', command];
  expect(await runAgent(args, at)).toBe(EXIT.token);
  const tokens = (await readFile(file('ran'), 'utf8')).trimEnd().split('\n');
  expect(tokens).toHaveLength(2);
  for (const token of tokens) expect(decodeJwt(token).aud).toBe('open');
  expect(at.logged().filter(({ level }) => level === 'warn')).toMatchObject([
    { msg: 'the command of --exec failed: it ended with 3' },
    { msg: 'the command of --exec failed: it ended with 3' },
  ]);
});

test('with --once a command that fails is told by the exit code', async () => {
  const at = world();
  const args = [
    ...served.args('open'),
    '--no-key',
    '--once',
    '--token-file',
    file('token'),
    '--exec',
    'exit 3',
  ];
  expect(await runAgent(args, at)).toBe(EXIT.usage);
  expect(existsSync(file('token'))).toBe(true);
});

test('asked to stop before there was the one token', async () => {
  served.front(problem(503, 'overloaded'));
  const at = world(SNP, { paused: stopAfter(1) });
  expect(await runAgent([...served.args('open'), '--no-key', '--once'], at)).toBe(EXIT.undecided);
  expect(at.logged().at(-1)).toMatchObject({ level: 'error', msg: 'asked to stop before there was a token' });
});

test('asked to stop while the service is away', async () => {
  served.front(problem(503, 'overloaded'));
  const at = world(SNP, { paused: stopAfter(2) });
  const args = [...served.args('open'), '--no-key', '--token-file', file('token')];
  expect(await runAgent(args, at)).toBe(EXIT.token);
  expect(await readdir(home)).toEqual([]);
});

test('a token file that cannot be written ends the agent', async () => {
  const at = world();
  const args = [...served.args('open'), '--no-key', '--token-file', join(home, 'absent', 'token')];
  expect(await runAgent(args, at)).toBe(EXIT.usage);
  expect(at.logged()).toMatchObject([{ msg: expect.stringContaining('cannot be written') }]);
});

describe('a token that an agent before left', () => {
  const args = () => [...served.args('open'), '--no-key', '--token-file', file('token')];
  const left = async (claims: object): Promise<void> => {
    const claimed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    await writeFile(file('token'), `e30.${claimed}.AA`, { mode: 0o600 });
  };
  const soon = (seconds: number) => served.service.clock.now().getTime() / 1_000 + seconds;
  const away: RequestListener = (request) => void request.socket.destroy();

  test('and that has ended is taken away before anything is asked', async () => {
    await left({ iss: SIMULATED_ISSUER, aud: 'open', exp: soon(-1) });
    const existed: boolean[] = [];
    served.front((request) => {
      existed.push(existsSync(file('token')));
      request.socket.destroy();
    });
    expect(await runAgent(args(), world(SNP, { paused: stopAfter(1) }))).toBe(EXIT.token);
    expect(existed).toEqual([false]);
  });

  test('and that lives is taken away when it ends', async () => {
    await left({ iss: SIMULATED_ISSUER, aud: 'open', exp: soon(2) });
    served.front(away);
    const existed: boolean[] = [];
    const paused = stopAfter(3, () => void existed.push(existsSync(file('token'))));
    // After 0.75, 2.25 and 5.25 s.
    expect(await runAgent(args(), world(SNP, { paused }))).toBe(EXIT.token);
    expect(existed).toEqual([true, false, false]);
  });

  test.each([
    ['for another audience', { iss: SIMULATED_ISSUER, aud: 'vault', exp: 1 }],
    ['of another issuer', { iss: 'https://other.example', aud: 'open', exp: 1 }],
    ['without an end', { iss: SIMULATED_ISSUER, aud: 'open' }],
  ])('%s stays', async (_name, claims) => {
    await left(claims);
    served.front(away);
    expect(await runAgent(args(), world(SNP, { paused: stopAfter(1) }))).toBe(EXIT.token);
    expect(existsSync(file('token'))).toBe(true);
  });
});

test('a token that cannot be taken away does not hide why the agent ends', async () => {
  const tsm: FakeTsmOptions = {
    provider: 'sev_guest',
    sign: async (reportData) => {
      if (at.pauses.length === 0) return snpBlobs(reportData);
      // Nothing can be removed under a name whose folder has become a file.
      await rename(file('folder'), file('moved'));
      await writeFile(file('folder'), '');
      return unregistered.sign(reportData);
    },
  };
  await mkdir(file('folder'));
  const at = world(tsm);
  const args = [...served.args('open'), '--no-key', '--token-file', join(file('folder'), 'token')];
  expect(await runAgent(args, at)).toBe(EXIT.denied);
  expect(at.logged().map(({ msg, code }) => code ?? msg)).toEqual([
    ...['token', 'the token cannot be taken away: ENOTDIR', 'measurement_not_allowed'],
  ]);
});

test('a fault of the agent is told without what it was about', async () => {
  const at = world({ ...SNP, sign: () => Promise.reject(new Error('eyJsecret')) });
  expect(await runAgent([...served.args('open'), '--no-key', '--once'], at)).toBe(EXIT.undecided);
  expect(at.logged()).toMatchObject([
    { level: 'error', fault: 'Error', at: expect.stringContaining('renewal.test') },
  ]);
  expect(at.logLines.join()).not.toContain('secret');
});
