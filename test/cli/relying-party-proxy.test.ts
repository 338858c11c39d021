import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startBroker, type TestBroker } from '../client/broker.js';
import { type IssuerServer, startIssuerServer } from '../client/issuer-server.js';
import { makeHolder } from '../client/sample-holder.js';
import { type Changes as Claims, SAMPLE_ATT, SAMPLE_AUDIENCE } from '../client/sample-issuer.js';
import { assay, type Run } from './run-assay.js';

let broker: TestBroker;
let issuer: IssuerServer;
beforeAll(async () => {
  broker = await startBroker();
  issuer = await startIssuerServer();
});
afterAll(async () => {
  await broker.close();
  await issuer.close();
});

const command = (changes: Readonly<Record<string, string | null>> = {}) => {
  const options = {
    ...{ '--issuer': issuer.url, '--audience': SAMPLE_AUDIENCE, '--upstream': broker.url },
    ...{ '--listen': '127.0.0.1:0', '--workload': 'llm-serving', ...changes },
  };
  const given = Object.entries(options).filter(([, value]) => value !== null);
  return [
    'relying-party',
    'proxy',
    ...given.flatMap(([name, value]) => (value === '' ? [name] : [name, value ?? ''])),
  ];
};

/** Runs the command until the work is done with the address where it listens. */
async function during<T>(args: readonly string[], work: (url: string) => Promise<T>): Promise<[T, Run]> {
  let stop: () => void = () => {};
  const interrupted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let running: Promise<Run> = Promise.reject(new Error('not started'));
  running.catch(() => {});
  const url = await new Promise<string>((resolve, reject) => {
    const reading = (text: string) => {
      const found = /^listening on (\S+),/u.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    running = assay(args, { reading, interrupted });
    running.then(({ err }) => reject(new Error(err)), reject);
  });
  try {
    const done = await work(url);
    stop();
    return [done, await running];
  } finally {
    stop();
  }
}

/** Of a good request, with members of the token replaced. */
async function credentials(url: string, path: string, claims: Claims = {}) {
  const holder = await makeHolder();
  return issuer.credentials(
    holder,
    { method: 'GET', url: `${url}${path}` },
    { aud: SAMPLE_AUDIENCE, ...claims },
  );
}

describe('assay relying-party proxy', () => {
  test('lets through who shows token and proof, and nobody else, until it is stopped', async () => {
    const [statuses, run] = await during(command(), async (url) => {
      const headers = await credentials(url, '/v1/model');
      const first = await fetch(`${url}/v1/model`, { headers });
      const again = await fetch(`${url}/v1/model`, { headers });
      const bearer = headers.authorization.replace('DPoP', 'Bearer');
      const stolen = await fetch(`${url}/v1/model`, { headers: { authorization: bearer } });
      expect(await first.text()).toBe('released');
      return [first.status, again.status, stolen.status];
    });
    expect(statuses).toEqual([200, 401, 401]);
    expect(
      broker.reached.map(({ url, headers }) => [url, headers.authorization?.[0]?.split(' ')[0]]),
    ).toEqual([['/v1/model', 'Bearer']]);
    expect(run.code).toBe(0);
    expect(run.out).toMatch(
      /^listening on http:\/\/127\.0\.0\.1:\d+, before http:\/\/127\.0\.0\.1:\d+\nstopped\n$/u,
    );
    const lines = run.err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ msg, code }) => [msg, code])).toEqual([
      ['passed on', null],
      ['refused', 'proof_replayed'],
      ['refused', 'proof_missing'],
    ]);
  });

  test('serves what it was told to', async () => {
    const [status] = await during(command({ '--workload': 'other' }), async (url) => {
      const response = await fetch(`${url}/`, { headers: await credentials(url, '/') });
      return response.status;
    });
    expect(status).toBe(403);
  });

  test.each<[string, Readonly<Record<string, string>>, number]>([
    ['--tee', { '--tee': 'tdx' }, 403],
    ['--tee', { '--tee': 'sev-snp' }, 200],
    ['--tcb-status', { '--tcb-status': 'NotShown' }, 403],
    ['--tcb-status', { '--tcb-status': 'UpToDate' }, 200],
    ['--minimum-reference-version', { '--minimum-reference-version': '43' }, 403],
    ['--minimum-reference-version', { '--minimum-reference-version': '42' }, 200],
    ['--audience', { '--audience': 'other' }, 401],
  ])('asks by %s', async (_name, changes, expected) => {
    const [status] = await during(command(changes), async (url) => {
      const response = await fetch(`${url}/`, { headers: await credentials(url, '/') });
      return response.status;
    });
    expect(status).toBe(expected);
  });

  test.each<[string, Claims, Readonly<Record<string, string>>]>([
    ['--allow-simulated', { att: { ...SAMPLE_ATT, simulated: true } }, { '--allow-simulated': '' }],
    [
      '--minimum-status',
      { ear_status: 'warning', submods: { cpu0: { ear_status: 'warning' } } },
      { '--minimum-status': 'warning' },
    ],
  ])('takes less by %s alone', async (_name, claims, flags) => {
    const ask = async (url: string) => {
      const response = await fetch(`${url}/`, { headers: await credentials(url, '/', claims) });
      return response.status;
    };
    expect((await during(command(), ask))[0]).toBe(403);
    expect((await during(command(flags), ask))[0]).toBe(200);
  });

  test('names the public address in its place', async () => {
    const publicUrl = 'https://keys.example/vault';
    const [statuses] = await during(command({ '--public-url': publicUrl }), async (url) => {
      const outside = await fetch(`${url}/a`, { headers: await credentials(publicUrl, '/a') });
      const inside = await fetch(`${url}/a`, { headers: await credentials(url, '/a') });
      return [outside.status, inside.status];
    });
    expect(statuses).toEqual([200, 401]);
  });

  test('starts without the issuer, says so, and is undecided', async () => {
    const [status, run] = await during(command({ '--issuer': `${issuer.url}/other` }), async (url) => {
      const response = await fetch(`${url}/`, { headers: await credentials(url, '/') });
      return response.status;
    });
    expect(status).toBe(503);
    expect(run.err).toContain('"no keys yet"');
    expect(run.err).toContain('speaks for another issuer');
  });

  test.each<[string, Readonly<Record<string, string | null>>, string]>([
    ['an issuer without TLS', { '--issuer': 'http://attest.example' }, '--issuer must be an https URL'],
    ['a broker without TLS elsewhere', { '--upstream': 'http://broker.example' }, '--upstream must be'],
    ['a broker that is no URL', { '--upstream': 'broker' }, '--upstream must be'],
    ['an address without port', { '--listen': '127.0.0.1' }, '--listen takes HOST:PORT'],
    ['a port that there is not', { '--listen': '127.0.0.1:70000' }, '--listen takes HOST:PORT'],
    ['all addresses without a public one', { '--listen': '0.0.0.0:0' }, '--public-url'],
    ['a public address without TLS', { '--public-url': 'http://keys.example' }, '--public-url must be'],
    ['a version that is none', { '--minimum-reference-version': 'x' }, 'a whole number from 1'],
    ['no issuer', { '--issuer': null }, "required option '--issuer"],
    ['an unknown status', { '--minimum-status': 'none' }, 'Allowed choices are affirming, warning'],
  ])('refuses %s in words', async (_name, changes, words) => {
    const run = await assay(command(changes));
    expect([run.code, run.err]).toEqual([2, expect.stringContaining(words)]);
  });

  test('refuses an address that is taken', async () => {
    const taken = new URL(broker.url).host;
    const run = await assay(command({ '--listen': taken }));
    expect([run.code, run.err]).toEqual([2, expect.stringContaining('EADDRINUSE')]);
  });
});
