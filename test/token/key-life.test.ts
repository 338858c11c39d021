/** When a key is published, signs, signs no more and goes: instants and states alone. */
import { describe, expect, test } from '@jest/globals';
import { afterNotice, dueTurn, KEPT, NOTICE, nextOf, removed } from '../../src/token/key-life.js';
import type { StoredSigningKey } from '../../src/verifier/key-ports.js';
import { sampleKey } from '../contract/samples.js';

const START = new Date('2026-11-20T12:00:00Z');
const DAY = 86_400;
const INTERVAL = 30 * DAY;
const after = (seconds: number) => new Date(START.getTime() + seconds * 1000);

const active = sampleKey('acme', { kid: 'first', publishedAt: START, activeFrom: START });
const next = sampleKey('acme', {
  kid: 'second',
  state: 'published',
  publishedAt: after(INTERVAL - NOTICE),
  activeFrom: after(INTERVAL),
});
const old = sampleKey('acme', { kid: 'zeroth', state: 'retired', retiredAt: START, wrapped: null });

const due = (keys: readonly StoredSigningKey[], seconds: number, interval: number | null = INTERVAL) =>
  dueTurn(keys, { now: after(seconds), interval, opens: () => true });
const statesOf = (keys: readonly StoredSigningKey[]) => keys.map(({ kid, state }) => `${kid} ${state}`);

describe('the usual way', () => {
  test('an overlap is longer than any cache of keys, and outlasts every token', () => {
    // An hour at the relying party, begun with what another cache had had for five minutes; and five for clocks.
    expect(NOTICE).toBe(3600 + 300 + 300);
    expect(KEPT).toBe(3600 + 600 + 3600);
    expect(afterNotice(START)).toEqual(after(4200));
  });

  test('the next key is published, with notice, before the active one has had its time', () => {
    expect(due([active], INTERVAL - NOTICE - 1)).toEqual({ changed: [], publish: [] });
    expect(due([active], INTERVAL - NOTICE)).toEqual({ changed: [], publish: ['ES256'] });
    expect(due([active], INTERVAL - NOTICE, null)).toEqual({ changed: [], publish: [] });
    expect(due([active, next], INTERVAL - 1)).toEqual({ changed: [], publish: [] });
  });

  test('it takes over when its time has come: one retires, without its private half, as the other begins', () => {
    const { changed, publish } = due([active, next], INTERVAL + 5);
    expect([statesOf(changed), publish]).toEqual([['first retired', 'second active'], []]);
    expect(changed[0]).toMatchObject({ wrapped: null, retiredAt: after(INTERVAL + 5) });
    expect(changed[1]).toMatchObject({ wrapped: next.wrapped, activeFrom: after(INTERVAL + 5) });
  });

  test('it takes over only when it opens; until then the other goes on', () => {
    const asked: string[] = [];
    const opens = ({ kid }: StoredSigningKey) => asked.push(kid) === 0;
    const turn = dueTurn([active, next], { now: after(INTERVAL), interval: INTERVAL, opens });
    expect([turn, asked]).toEqual([{ changed: [], publish: [] }, ['second']]);
    expect(dueTurn([active, next], { now: after(INTERVAL - 1), interval: INTERVAL, opens }).changed).toEqual(
      [],
    );
    expect(asked).toHaveLength(1);
  });

  test('a published key takes over though rotation is off: somebody asked for it', () => {
    expect(statesOf(due([active, next], INTERVAL, null).changed)).toEqual(['first retired', 'second active']);
  });

  test('a retired key goes when no token of its is left', () => {
    expect(due([active, old], KEPT - 1).changed).toEqual([]);
    const [gone] = due([active, old], KEPT).changed;
    expect(gone).toMatchObject({
      ...{ kid: 'zeroth', state: 'removed', reason: null },
      ...{ retiredAt: START, removedAt: after(KEPT) },
    });
  });

  test('algorithms take turns apart', () => {
    const rsa = sampleKey('acme', { kid: 'rsa', alg: 'RS256', activeFrom: after(DAY) });
    expect(due([active, rsa], INTERVAL - NOTICE).publish).toEqual(['ES256']);
    expect(due([active, rsa, next], INTERVAL + DAY - NOTICE)).toMatchObject({ publish: ['RS256'] });
    expect(nextOf([active, rsa, next], 'RS256')).toBeNull();
  });
});

test('a key removed at once keeps the reason, and when it stopped signing', () => {
  expect(removed(active, after(7), 'leaked')).toMatchObject({
    ...{ state: 'removed', wrapped: null, reason: 'leaked' },
    ...{ retiredAt: after(7), removedAt: after(7) },
  });
  expect(removed(old, after(7), 'leaked')).toMatchObject({ retiredAt: START, removedAt: after(7) });
  expect(removed(next, after(7), 'leaked').retiredAt).toBeNull();
});
