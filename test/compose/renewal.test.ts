/** What goes on by itself: notes are written each second, what is due is asked for each minute, the last notes at the end. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openRenewal } from '../../src/compose/renewal.js';
import type { VendorAccess } from '../../src/endorsements/refresh-try.js';
import { createLog } from '../../src/platform/log.js';
import type { VendorRequest } from '../../src/rats/vendor-request.js';
import type { RefreshJob, RefreshQueue, RefreshStore } from '../../src/verifier/refresh-ports.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const LIST = { kind: 'snp-vcek-crl', subject: 'Milan' };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function requestOf(name: typeof LIST): VendorRequest {
  return {
    service: 'stub',
    path: '/',
    requirement: name,
    track: 'standard',
    file: 'vcek_crl.der',
    encoding: 'bytes',
    beside: [],
    rationed: false,
    witness: null,
  };
}

/** A store and a queue in memory that know uses and jobs alone. */
function house(leads: boolean) {
  const noted: string[] = [];
  const jobs: RefreshJob[] = [];
  const refreshes: RefreshStore = {
    note: async (_realm, uses) => void noted.push(...uses.map(({ subject }) => subject)),
    usedSince: async () => noted.map((subject) => ({ ...LIST, subject, lastUsedAt: NOW })),
    standing: async (_realm, names) =>
      names.map((name) => ({ ...name, lastUsedAt: NOW, current: null, record: null })),
    known: async () => [],
    begin: async () => ({ failures: 0 }),
    settle: async () => {},
    withdraw: async () => {},
  };
  const refreshQueue: RefreshQueue = {
    offer: async (tasks) => void jobs.push(...tasks.map((task, index) => ({ id: String(index), task }))),
    take: async () => jobs.splice(0),
    done: async () => {},
    maintain: async () => {},
  };
  const asked: string[] = [];
  const lines: string[] = [];
  const vendors: VendorAccess = {
    asks: (realm) => realm === 'genuine',
    requestFor: (_realm, name) => (name.kind === LIST.kind ? requestOf(name) : null),
    async obtain(_realm, { requirement }) {
      asked.push(requirement.subject);
      return { kind: 'unavailable', why: 'The vendor is away.' };
    },
  };
  const renewal = openRenewal({
    stores: { refreshes, refreshQueue },
    vendors,
    anchored: () => new Set(),
    clock: { now: () => NOW },
    log: createLog({ write: (line) => void lines.push(line) }),
    leads,
  });
  return { renewal, noted, asked, lines, used: { ...LIST, bytes: new Uint8Array(0) } };
}

describe('renewing by itself', () => {
  test('a use is written within a second, and what is due is asked for within a minute', async () => {
    const { renewal, noted, asked, lines, used } = house(true);
    renewal.notes.note('genuine', [used], NOW);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([noted, asked]).toEqual([['Milan'], []]);
    await jest.advanceTimersByTimeAsync(59_000);
    expect(asked).toEqual(['Milan']);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'warn', ...LIST, result: 'unavailable', why: 'The vendor is away.' }),
    ]);
    await renewal.stop();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(asked).toEqual(['Milan']);
  });

  test('a process that does not lead notes and does not ask', async () => {
    const { renewal, noted, asked, used } = house(false);
    renewal.notes.note('genuine', [used], NOW);
    await jest.advanceTimersByTimeAsync(600_000);
    expect([noted, asked]).toEqual([['Milan'], []]);
    await renewal.stop();
  });

  test('what was noted last is written when the service stops', async () => {
    const { renewal, noted, used } = house(true);
    renewal.notes.note('genuine', [used], NOW);
    await renewal.stop();
    expect(noted).toEqual(['Milan']);
  });

  test('who looks or asks by hand sees what was noted this very moment', async () => {
    const { renewal, asked, used } = house(true);
    renewal.notes.note('genuine', [used], NOW);
    const [outcome] = await renewal.refresher.ask('genuine', {});
    expect([outcome?.result, asked]).toEqual(['unavailable', ['Milan']]);
    await renewal.stop();
  });
});
