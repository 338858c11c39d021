import { describe, expect, test } from '@jest/globals';
import { isLoopback } from '../src/config/issuer.js';
import {
  type AskAboutFile,
  type Config,
  ConfigRefused,
  type Environment,
  readConfig,
  readCryptoConfig,
} from '../src/config.js';

const SECRET = 'ab'.repeat(32);
const LOCAL: Environment = { ASSAY_DATABASE_URL: 'pglite:./data/db' };
const PRODUCTION: Environment = {
  NODE_ENV: 'production',
  ASSAY_LISTEN: '0.0.0.0:8080',
  ASSAY_ISSUER: 'https://attest.example',
  ASSAY_DATABASE_URL: 'postgres://assay@db/assay',
  ASSAY_KEK_FILE: '/run/secrets/kek',
  ASSAY_CHALLENGE_SECRET: SECRET,
};

function mistakesOf(env: Environment, whyUnreadable?: AskAboutFile): readonly string[] {
  try {
    readConfig(env, whyUnreadable);
    return [];
  } catch (error) {
    if (error instanceof ConfigRefused) return error.mistakes;
    throw error;
  }
}

describe('one machine', () => {
  test('needs a database and nothing else; what it keeps to itself lies in the data directory', () => {
    const config: Config = readConfig({ ...LOCAL, ASSAY_SIMULATED_VENDORS: '1' });
    expect(config).toEqual({
      production: false,
      listen: [
        { host: '127.0.0.1', port: 8080 },
        { host: '::1', port: 8080 },
      ],
      issuer: 'http://localhost:8080',
      dataDir: './data',
      databaseUrl: 'pglite:./data/db',
      kek: { kind: 'file', path: 'data/kek', create: true },
      kekPrevious: null,
      keyRotation: 30,
      challengeSecret: { kind: 'file', path: 'data/challenge-secret', create: true },
      bundleKeysFile: null,
      adminKeyFile: 'data/admin-key',
      tls: null,
      rateLimit: 100,
      trustedProxies: [],
      workers: 1,
      simulatedVendors: true,
      crypto: 'auto',
      vendors: {
        fetch: true,
        bases: { 'amd-kds': null, 'intel-pcs': null },
        simulated: null,
        proxy: null,
        authoritiesFile: null,
      },
      unknownNames: [],
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('has another port and scheme with TLS files', () => {
    const config = readConfig({ ...LOCAL, ASSAY_TLS_CERT: 'c.pem', ASSAY_TLS_KEY: 'k.pem' });
    expect(config.issuer).toBe('https://localhost:8443');
    expect(config.tls).toEqual({ certFile: 'c.pem', keyFile: 'k.pem' });
  });

  test('verifies by the addon where there is one, unless told otherwise', () => {
    for (const choice of ['auto', 'node', 'native']) {
      expect(readConfig({ ...LOCAL, ASSAY_CRYPTO: choice }).crypto).toBe(choice);
      expect(readCryptoConfig({ ASSAY_CRYPTO: choice })).toEqual({ crypto: choice });
    }
    expect(mistakesOf({ ...LOCAL, ASSAY_CRYPTO: 'openssl' })).toEqual([
      'ASSAY_CRYPTO must be auto, node or native.',
    ]);
    expect(() => readCryptoConfig({ ASSAY_CRYPTO: 'yes' })).toThrow(ConfigRefused);
  });

  test('simulated vendors are off unless switched on', () => {
    expect(readConfig(LOCAL).simulatedVendors).toBe(false);
    expect(readConfig({ ...LOCAL, ASSAY_SIMULATED_VENDORS: '0' }).simulatedVendors).toBe(false);
  });
});

describe('production', () => {
  test('names everything itself; nothing is created', () => {
    const config = readConfig({
      ...PRODUCTION,
      ASSAY_RATE_LIMIT: 'off',
      ASSAY_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    });
    expect(config).toMatchObject({
      listen: [{ host: '0.0.0.0', port: 8080 }],
      kek: { kind: 'file', path: '/run/secrets/kek', create: false },
      challengeSecret: { kind: 'text', text: SECRET },
      adminKeyFile: null,
      rateLimit: null,
      trustedProxies: ['10.0.0.0/8', '::1'],
    });
  });

  test('takes the embedded database only from who accepts the loss of data', () => {
    const embedded = { ...PRODUCTION, ASSAY_DATABASE_URL: 'pglite:/data/db' };
    expect(mistakesOf(embedded)).toEqual([expect.stringMatching(/ASSAY_ACCEPT_DATA_LOSS=1/)]);
    expect(mistakesOf({ ...embedded, ASSAY_ACCEPT_DATA_LOSS: '1' })).toEqual([]);
  });

  test('simulated vendors off loopback have to be spelt out', () => {
    expect(mistakesOf({ ...PRODUCTION, ASSAY_SIMULATED_VENDORS: '1' })).toEqual([
      expect.stringMatching(/insecure-demo/),
    ]);
    expect(mistakesOf({ ...PRODUCTION, ASSAY_SIMULATED_VENDORS: 'insecure-demo' })).toEqual([]);
    expect(mistakesOf({ ...LOCAL, ASSAY_SIMULATED_VENDORS: 'yes' })).toHaveLength(1);
  });

  test('on loopback too, production makes no secrets of its own', () => {
    const mistakes = mistakesOf({ ...LOCAL, NODE_ENV: 'production', ASSAY_ACCEPT_DATA_LOSS: '1' });
    expect(mistakes).toEqual([
      expect.stringMatching(/^ASSAY_KEK_FILE/),
      expect.stringMatching(/^ASSAY_CHALLENGE_SECRET_FILE/),
    ]);
  });
});

describe('signing keys', () => {
  test.each([
    ['off', null],
    ['1', 1],
    ['3650', 3650],
  ])('ASSAY_KEY_ROTATION=%s', (text, days) => {
    expect(readConfig({ ...LOCAL, ASSAY_KEY_ROTATION: text }).keyRotation).toBe(days);
  });

  test.each(['0', '3651', '30d', '-1', '1.5', 'never'])('ASSAY_KEY_ROTATION=%s is none', (text) => {
    expect(mistakesOf({ ...LOCAL, ASSAY_KEY_ROTATION: text })).toEqual([
      expect.stringMatching(/^ASSAY_KEY_ROTATION must be `off` or/),
    ]);
  });

  test('a previous KEK is one secret from one place, and never made', () => {
    const text = readConfig({ ...LOCAL, ASSAY_KEK_PREVIOUS: SECRET });
    expect(text.kekPrevious).toEqual({ kind: 'text', text: SECRET });
    const file = readConfig({ ...LOCAL, ASSAY_KEK_PREVIOUS_FILE: '/run/secrets/old' });
    expect(file.kekPrevious).toEqual({ kind: 'file', path: '/run/secrets/old', create: false });
    expect(mistakesOf({ ...LOCAL, ASSAY_KEK_PREVIOUS: 'short' })).toHaveLength(1);
    const twice = { ...LOCAL, ASSAY_KEK_PREVIOUS: SECRET, ASSAY_KEK_PREVIOUS_FILE: '/run/secrets/old' };
    expect(mistakesOf(twice)).toEqual([expect.stringMatching(/not both/)]);
  });
});

describe('workers', () => {
  const workersOf = (env: Environment, cores?: number) => readConfig(env, undefined, cores).workers;

  test('are as many as there are cores, in production on PostgreSQL', () => {
    expect(workersOf(PRODUCTION, 8)).toBe(8);
    expect(workersOf({ ...PRODUCTION, NODE_ENV: '' }, 8)).toBe(1);
    const embedded = { ASSAY_DATABASE_URL: 'pglite:/data/db', ASSAY_ACCEPT_DATA_LOSS: '1' };
    expect(workersOf({ ...PRODUCTION, ...embedded }, 8)).toBe(1);
    expect(workersOf(PRODUCTION, 256)).toBe(64);
  });

  test('are as many as somebody says', () => {
    expect(workersOf({ ...PRODUCTION, ASSAY_WORKERS: '3' }, 8)).toBe(3);
    expect(workersOf({ ...PRODUCTION, ASSAY_WORKERS: '1' }, 8)).toBe(1);
    expect(workersOf({ ...LOCAL, ASSAY_WORKERS: '1' }, 8)).toBe(1);
    expect(workersOf({ ...LOCAL, ASSAY_DATABASE_URL: 'postgresql://db/x', ASSAY_WORKERS: '64' })).toBe(64);
  });
});

describe('a mistake', () => {
  test.each<[string, Environment, RegExp]>([
    ['no database', { ASSAY_DATABASE_URL: undefined }, /^ASSAY_DATABASE_URL is required/],
    ['another database', { ASSAY_DATABASE_URL: 'mysql://x' }, /^ASSAY_DATABASE_URL must begin/],
    ['an address without a port', { ASSAY_LISTEN: 'localhost' }, /^ASSAY_LISTEN/],
    ['a port that does not exist', { ASSAY_LISTEN: 'localhost:70000' }, /^ASSAY_LISTEN/],
    ['no issuer off loopback', { ASSAY_LISTEN: '[::]:8080' }, /^ASSAY_ISSUER is required/],
    [
      'no issuer for a port that nobody knows yet',
      { ASSAY_LISTEN: '127.0.0.1:0' },
      /^ASSAY_ISSUER is required/,
    ],
    [
      'an issuer with a slash at its end',
      { ASSAY_ISSUER: 'http://localhost:8080/' },
      /spelt as http:\/\/localhost:8080:/,
    ],
    ['an issuer with a query', { ASSAY_ISSUER: 'http://localhost:8080/a?b=c' }, /spelt as/],
    [
      'an issuer in uppercase',
      { ASSAY_ISSUER: 'http://LOCALHOST:8080' },
      /spelt as http:\/\/localhost:8080:/,
    ],
    ['an issuer without an end', { ASSAY_ISSUER: `https://${'a.'.repeat(130)}example` }, /255 characters/],
    ['an issuer that is no URL', { ASSAY_ISSUER: 'localhost:8080' }, /must be an https URL/],
    ['a plain issuer off loopback', { ASSAY_ISSUER: 'http://attest.example' }, /must be an https URL/],
    ['half of TLS', { ASSAY_TLS_CERT: 'c.pem' }, /go together/],
    ['a short KEK', { ASSAY_KEK: 'abcd' }, /^ASSAY_KEK must be 32 random bytes/],
    ['a secret twice', { ASSAY_KEK: SECRET, ASSAY_KEK_FILE: 'f' }, /not both/],
    ['a rate of nothing', { ASSAY_RATE_LIMIT: '0' }, /^ASSAY_RATE_LIMIT/],
    ['a rate in words', { ASSAY_RATE_LIMIT: 'ten' }, /^ASSAY_RATE_LIMIT/],
    ['a proxy by name', { ASSAY_TRUSTED_PROXIES: 'proxy.example' }, /"proxy\.example" is neither/],
    ['a proxy block too wide', { ASSAY_TRUSTED_PROXIES: '10.0.0.0/33' }, /is neither/],
    ['everybody as proxy', { ASSAY_TRUSTED_PROXIES: '0.0.0.0/0' }, /is neither/],
    ['a loss of data accepted in other words', { ASSAY_ACCEPT_DATA_LOSS: 'yes' }, /^ASSAY_ACCEPT_DATA_LOSS/],
    ['a loss of data accepted by a nought', { ASSAY_ACCEPT_DATA_LOSS: '0' }, /^ASSAY_ACCEPT_DATA_LOSS/],
    ['workers on the embedded database', { ASSAY_WORKERS: '2' }, /^ASSAY_WORKERS must be 1 on the embedded/],
    ['no worker', { ASSAY_WORKERS: '0' }, /^ASSAY_WORKERS must be a whole number from 1 to 64/],
    ['more workers than make sense', { ASSAY_WORKERS: '65' }, /^ASSAY_WORKERS must be a whole number/],
    ['half a worker', { ASSAY_WORKERS: '1.5' }, /^ASSAY_WORKERS must be a whole number/],
    ['workers in words', { ASSAY_WORKERS: 'auto' }, /^ASSAY_WORKERS must be a whole number/],
  ])('%s', (_what, env, words) => {
    expect(mistakesOf({ ...LOCAL, ...env })).toEqual([expect.stringMatching(words)]);
  });

  test('is reported together with all others', () => {
    const mistakes = mistakesOf({
      NODE_ENV: 'production',
      ASSAY_LISTEN: '0.0.0.0:8080',
      ASSAY_TLS_KEY: 'k.pem',
      ASSAY_WORKERS: 'four',
      ASSAY_RATE_LIMIT: '-1',
    });
    expect(mistakes).toHaveLength(7);
    expect(() => readConfig({ ASSAY_WORKERS: 'four' })).toThrow(/2 mistakes:\n {2}- /);
  });

  test('in files is found before any is opened, each under the variable that names it', () => {
    const env = {
      ...PRODUCTION,
      ASSAY_CHALLENGE_SECRET: undefined,
      ASSAY_CHALLENGE_SECRET_FILE: '/secrets/challenge',
      ASSAY_TLS_CERT: '/tls/cert',
      ASSAY_TLS_KEY: '/tls/key',
      ASSAY_WORKERS: '-2',
    };
    expect(mistakesOf(env, (path) => (path === '/tls/cert' ? null : 'there is no such file'))).toEqual([
      'ASSAY_TLS_KEY names /tls/key, which cannot be read: there is no such file.',
      'ASSAY_KEK_FILE names /run/secrets/kek, which cannot be read: there is no such file.',
      'ASSAY_CHALLENGE_SECRET_FILE names /secrets/challenge, which cannot be read: there is no such file.',
      expect.stringMatching(/^ASSAY_WORKERS/),
    ]);
  });

  test('does not lie in a file that the service is about to make', () => {
    expect(mistakesOf(LOCAL, () => 'there is no such file')).toEqual([]);
  });

  test('comes with the names that may be misspelt', () => {
    expect(mistakesOf({ ASSAY_DATABASE: 'pglite:./data/db' })).toEqual([
      expect.stringMatching(/^ASSAY_DATABASE_URL is required/),
      'ASSAY_DATABASE is no setting; is it misspelt?',
    ]);
  });

  test('of spelling alone is a warning, since platforms put variables of their own there', () => {
    const config = readConfig({
      ...LOCAL,
      ASSAY_LISTN: 'x',
      ASSAY_SERVICE_HOST: '10.0.0.1',
      ASSAY_SERVER: 'http://x',
    });
    expect(config.unknownNames).toEqual(['ASSAY_LISTN', 'ASSAY_SERVICE_HOST']);
  });
});

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['[::1]', true],
  ['app.localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['localhost.example', false],
  ['127.0.0.1.example', false],
])('%s is loopback: %p', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
