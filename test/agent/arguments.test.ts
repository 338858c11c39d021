import { expect, test } from '@jest/globals';
import { HELP, readArguments, TSM_ROOT } from '../../src/agent/arguments.js';
import { EXIT } from '../../src/agent/ending.js';
import { runAgent } from '../../src/agent/main.js';
import { EXIT as VERIFY_EXIT } from '../../src/cli/exit.js';
import { fakeTsm, SNP } from './fake-tsm.js';
import { testWorld } from './test-world.js';

const BASE = ['--server', 'https://attest.example/t/acme/', '--audience', 'vault'];

test('defaults: an issuer as it is named, a key, five minutes', () => {
  expect(readArguments([...BASE, '--socket', '/run/assay/agent.sock'])).toEqual({
    server: 'https://attest.example/t/acme',
    issuer: 'https://attest.example/t/acme',
    audience: 'vault',
    workload: null,
    caFile: null,
    withKey: true,
    keyFile: null,
    publicKeyFile: null,
    encKeyFile: null,
    endpointFile: null,
    tokenFile: null,
    socket: '/run/assay/agent.sock',
    owner: null,
    exec: null,
    once: false,
    deadline: 300,
    eventLog: null,
    tsmRoot: TSM_ROOT,
  });
});

test.each([
  ['HTTPS://Attest.Example/t/acme', 'https://attest.example/t/acme'],
  ['https://attest.example:443//', 'https://attest.example'],
  ['HTTP://LOCALHOST:8080', 'http://localhost:8080'],
])('the issuer %s is %s', (given, meant) => {
  const options = readArguments(['--server', given, '--audience', 'vault', '--once', '--no-key']);
  expect([options?.server, options?.issuer]).toEqual([meant, meant]);
});

test('every option reaches its place', () => {
  const options = readArguments([
    ...['--server', 'http://[::1]:8080', '--issuer', 'https://attest.example', '--audience', 'vault'],
    ...[
      '--workload',
      'llm-serving',
      '--ca-file',
      'ca.pem',
      '--key-file',
      'key.pem',
      '--enc-key-file',
      'enc.pem',
    ],
    ...['--token-file', 'token', '--owner', '1000:1001', '--exec', 'reload', '--once', '--deadline', '60'],
    ...['--event-log', 'CCEL', '--tsm', '/tmp/tsm'],
  ]);
  expect(options).toMatchObject({
    server: 'http://[::1]:8080',
    issuer: 'https://attest.example',
    workload: 'llm-serving',
    caFile: 'ca.pem',
    keyFile: 'key.pem',
    encKeyFile: 'enc.pem',
    tokenFile: 'token',
    owner: { uid: 1000, gid: 1001 },
    exec: 'reload',
    once: true,
    deadline: 60,
    eventLog: 'CCEL',
    tsmRoot: '/tmp/tsm',
  });
  expect(readArguments([...BASE, '--token-file', 't', '--no-key', '--owner', '7'])).toMatchObject({
    withKey: false,
    owner: { uid: 7, gid: 7 },
  });
});

const OK = ['--token-file', 't', '--no-key'];

test.each<[readonly string[], string]>([
  [[], '--server is required'],
  [['--server', 'https://a.example'], '--audience is required'],
  [['--server', 'https://a.example', '--audience', '', ...OK], '--audience is required'],
  [['--server', 'attest.example', '--audience', 'a', ...OK], '--server takes a URL'],
  [['--server', 'http://a.example', '--audience', 'a', ...OK], '--server must be https'],
  [['--server', 'http://localhost.a.example', '--audience', 'a', ...OK], '--server must be https'],
  [['--server', 'http://localhost@a.example', '--audience', 'a', ...OK], '--server must be https'],
  [['--server', 'ftp://localhost', '--audience', 'a', ...OK], '--server must be https'],
  [['--server', 'https://user@a.example', '--audience', 'a', ...OK], 'no user, no query'],
  [['--server', 'https://a.example/?x', '--audience', 'a', ...OK], 'no user, no query'],
  [['--server', 'https://a.example/#', '--audience', 'a', ...OK], 'no user, no query'],
  [[...BASE, ...OK, '--issuer', 'http://b.example'], '--issuer must be https'],
  [[...BASE, ...OK, '--deadline', '0'], '--deadline takes'],
  [[...BASE, ...OK, '--deadline', '1e3'], '--deadline takes'],
  [[...BASE, ...OK, '--owner', 'root'], '--owner takes numbers'],
  [[...BASE, ...OK, '--owner', '1:2:3'], '--owner takes numbers'],
  [[...BASE, '--once', '--no-key', '--owner', '1'], '--owner says whose'],
  [[...BASE, ...OK, '--key-file', 'k'], '--no-key leaves out every key'],
  [[...BASE, ...OK, '--enc-key-file', 'k'], '--no-key leaves out every key'],
  [[...BASE, '--token-file', 't'], 'a key that nobody else has'],
  [[...BASE, '--once'], 'a key that nobody else has'],
  [[...BASE, '--once', '--socket', 's'], 'drop --once or --socket'],
  [[...BASE, '--no-key'], 'where does the token go?'],
  [[...BASE, '--once', '--key-file', 'k', '--public-key-file', 'p'], 'bound to one key'],
  [[...BASE, ...OK, '--public-key-file', 'p'], '--no-key leaves out every key'],
  [
    [...BASE, '--endpoint-file', 'e', '--socket', '/s'],
    '--endpoint-file is for a key that a TLS server uses',
  ],
  [[...BASE, '--no-key', '--once', '--endpoint-file', 'e'], '--endpoint-file is for a key'],
  [
    [...BASE, '--public-key-file', 'p', '--endpoint-file', 'e', '--token-file', 'e'],
    '--token-file and --endpoint-file are one file',
  ],
  [[...BASE, ...OK, '--tokn-file', 'x'], '--help lists the options'],
  [[...BASE, ...OK, 'positional'], '--help lists the options'],
  [[...BASE, ...OK, '--workload'], '--help lists the options'],
  [[...BASE, ...OK, '--once=yes'], '--help lists the options'],
])('%j is a mistake in words', async (args, words) => {
  const world = testWorld({ tsm: fakeTsm(SNP) });
  expect(await runAgent(args, world)).toBe(EXIT.usage);
  expect(world.logged()).toMatchObject([{ level: 'error', msg: expect.stringContaining(words) }]);
  expect(world.outLines).toEqual([]);
});

test('help names every option, and nothing else happens', async () => {
  const world = testWorld({ tsm: fakeTsm(SNP) });
  expect(await runAgent(['--once', '--help'], world)).toBe(EXIT.token);
  expect(world.outLines).toEqual([HELP.trimEnd()]);
  for (const option of ['--server', '--no-key', '--enc-key-file', '--event-log', '--deadline', '--tsm']) {
    expect(HELP).toContain(`\n  ${option} `);
  }
});

test('exit codes are those of assay verify', () => {
  expect(EXIT).toEqual({
    token: VERIFY_EXIT.affirming,
    refused: VERIFY_EXIT.refused,
    usage: VERIFY_EXIT.usage,
    denied: VERIFY_EXIT.contraindicated,
    undecided: VERIFY_EXIT.undecided,
  });
});
