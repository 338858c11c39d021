/** The line as a service has it: looked at by itself, and ended in order. */
import { describe, expect, test } from '@jest/globals';
import { type AskedVendors, openVendorQueue } from '../../src/compose/vendor-queue.js';
import { later } from '../../src/endorsements/patience.js';
import type { FetchResult } from '../../src/endorsements/vendor-answer.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { createLog } from '../../src/platform/log.js';
import { memoryBooks } from '../endorsements/memory-books.js';

const START = new Date('2026-11-20T12:00:00Z');
const SERVICES = [{ name: 'amd-kds', vendor: 'amd', base: 'https://kds.example', ration: 10 }] as const;
const KEPT: FetchResult = {
  kind: 'kept',
  documents: [{ kind: 'snp-vek', subject: 'x', sha256: '00', state: 'current' }],
};
const ASKER = { realm: 'genuine', tenant: 'default', known: false } as const;

function chip(subject: string) {
  return { kind: 'snp-vek', subject };
}

/** A queue over a vendor of the genuine realm alone. `answer`: what it gives for a subject. */
function open(answer: (subject: string) => Promise<FetchResult>, leads = true) {
  let now = START;
  const vendor: AskedVendors = {
    requestFor: (requirement) => ({
      service: 'amd-kds',
      path: `/${requirement.subject}`,
      requirement,
      track: 'standard',
      file: 'vcek.der',
      encoding: 'bytes',
      beside: [],
      rationed: true,
      witness: null,
    }),
    fetchDocument: ({ requirement }) => answer(requirement.subject),
  };
  const lines: string[] = [];
  const queue = openVendorQueue({
    stores: { vendorRequests: memoryBooks() },
    vendors: { of: (realm) => (realm === 'genuine' ? vendor : null) },
    services: SERVICES,
    clock: { now: () => now },
    entropy: systemEntropy,
    log: createLog({ write: (line) => void lines.push(line) }),
    leads,
  });
  const pass = (seconds: number): void => {
    now = later(now, seconds);
  };
  return { ...queue, pass, lines };
}

describe('the line of a service', () => {
  test('is worked off though nobody comes back, by the clock that the service goes by', async () => {
    let second: (subject: string) => void = () => {};
    const asked = new Promise<string>((resolve) => {
      second = resolve;
    });
    const { source, pass, stop, ledger } = open(async (subject) => {
      if (subject !== 'first') second(subject);
      return KEPT;
    });
    expect(await source.obtain([chip('first')], ASKER)).toEqual([]);
    const [absence] = await source.obtain([chip('second')], ASKER);
    expect(absence).toMatchObject({ reason: 'rate-limited', retryAfter: 10 });
    pass(10);
    expect(await asked).toBe('second');
    await stop();
    expect((await ledger.look('genuine', [chip('second')]))[0]?.state).toBe('kept');
  });

  test('a failure on our side is logged, and the line goes on', async () => {
    let tries = 0;
    let again: () => void = () => {};
    const retried = new Promise<void>((resolve) => {
      again = resolve;
    });
    const { ledger, pass, stop, lines } = open(async () => {
      tries += 1;
      if (tries === 1) throw new TypeError('a mistake');
      again();
      return KEPT;
    });
    const wish = { ...chip('x'), share: 'default', known: false, rationed: true };
    await ledger.claim('genuine', 'amd-kds', [{ ...wish, subject: 'before' }, wish], START);
    pass(10);
    while (tries === 0) await new Promise((resolve) => setImmediate(resolve));
    pass(10);
    await retried;
    await stop();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'warn', task: 'ask amd-kds (genuine)', fault: 'TypeError' }),
    ]);
  });

  test('leaves in the log why a vendor gave nothing, and not of which machine', async () => {
    const { source, stop, lines } = open(async () => ({
      kind: 'unavailable',
      why: 'amd-kds: TLS does not vouch for it (SELF_SIGNED_CERT_IN_CHAIN)',
    }));
    await source.obtain([chip('Milan/0badc0de/01')], ASKER);
    await stop();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'warn',
        vendor_service: 'amd-kds',
        kind: 'snp-vek',
        subject: null,
        result: 'unavailable',
        why: 'amd-kds: TLS does not vouch for it (SELF_SIGNED_CERT_IN_CHAIN)',
      }),
    ]);
    expect(lines.join('')).not.toContain('0badc0de');
  });

  test('is not looked at in a realm that asks nobody, where nothing is asked for either', async () => {
    const { source, stop } = open(async () => KEPT);
    expect(await source.obtain([chip('x')], { ...ASKER, realm: 'simulated' })).toEqual([]);
    await stop();
  });

  test('stopping waits for what is under way', async () => {
    let end: (result: FetchResult) => void = () => {};
    const { source, ledger, stop } = open(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
      false,
    );
    const obtained = source.obtain([chip('slow')], ASKER);
    while ((await ledger.look('genuine', [chip('slow')]))[0]?.state !== 'asked') await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    let stopped = false;
    const stopping = stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    end(KEPT);
    await stopping;
    expect(await obtained).toEqual([]);
    expect((await ledger.look('genuine', [chip('slow')]))[0]?.state).toBe('kept');
  });
});
