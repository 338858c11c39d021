/** A repeated request gets the first one's reply. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Stores } from '../../src/verifier/ports.js';
import { refusalCodeOf } from './refused.js';
import { makeTenant, minutesLater, NOW } from './samples.js';
import type { Opened } from './storage-suite.js';

const REPLY = { status: 201, body: { zulu: 1, alpha: 'two' } };

export function describeIdempotency(opened: Opened): void {
  describe('idempotency keys', () => {
    test('the work is done once and its reply repeated', async () => {
      const caller = await makeCaller(opened().stores);
      expect(await caller.call('k', 'body')).toEqual(REPLY);
      const again = await caller.call('k', 'body');
      expect(again).toEqual(REPLY);
      expect(JSON.stringify(again)).toBe(JSON.stringify(REPLY));
      expect(caller.calls()).toBe(1);
    });

    test('another body under the same key is a conflict, another route or tenant is not', async () => {
      const { stores } = opened();
      const caller = await makeCaller(stores);
      await caller.call('k', 'body');
      expect(await caller.call('k', 'other body')).toBe('conflict');
      expect(await caller.call('k', 'other body', { route: 'POST /v1/elsewhere' })).toEqual(REPLY);
      expect(await (await makeCaller(stores)).call('k', 'other body')).toEqual(REPLY);
      expect(caller.calls()).toBe(2);
    });

    test('at once, the others wait for the first one’s reply', async () => {
      const caller = await makeCaller(opened().stores);
      const replies = await Promise.all(Array.from({ length: 5 }, () => caller.call('k', 'body')));
      expect(replies).toEqual(Array.from({ length: 5 }, () => REPLY));
      expect(caller.calls()).toBe(1);
    });

    test('work that fails can be tried again', async () => {
      const caller = await makeCaller(opened().stores);
      const failing = caller.call('k', 'body', { work: () => Promise.reject(new Error('no')) });
      await expect(failing).rejects.toThrow('no');
      expect(await caller.call('k', 'body')).toEqual(REPLY);
    });

    test('a first call that never ends is waited for, then refused, then succeeded', async () => {
      const caller = await makeCaller(opened().stores);
      let end: () => void = () => {};
      const work = () =>
        new Promise<typeof REPLY>((resolve) => {
          end = () => resolve({ ...REPLY, status: 200 });
        });
      const first = caller.call('k', 'body', { work });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await refusalCodeOf(caller.call('k', 'body', { now: minutesLater(0.5) }))).toBe(
        'state_conflict',
      );
      expect(await caller.call('k', 'body', { now: minutesLater(2) })).toEqual(REPLY);
      end();
      expect(await first).toMatchObject({ status: 200 });
      // The one that took over is the one that is repeated.
      expect(await caller.call('k', 'body', { now: minutesLater(3) })).toEqual(REPLY);
    });

    test('replies are forgotten after a day', async () => {
      const caller = await makeCaller(opened().stores);
      await caller.call('k', 'body');
      await caller.call('k', 'body', { now: minutesLater(24 * 60 - 1) });
      expect(caller.calls()).toBe(1);
      await caller.call('k', 'body', { now: minutesLater(24 * 60 + 1) });
      expect(caller.calls()).toBe(2);
    });
  });
}

interface CallOptions {
  readonly route?: string;
  readonly now?: Date;
  readonly work?: () => Promise<typeof REPLY>;
}

async function makeCaller(stores: Stores) {
  const tenant = await makeTenant(stores);
  let calls = 0;
  const count = async (): Promise<typeof REPLY> => {
    calls += 1;
    return REPLY;
  };
  return {
    calls: () => calls,
    call(key: string, body: string, options: CallOptions = {}) {
      const digest = createHash('sha256').update(body).digest();
      const { route = 'POST /v1/workloads', now = NOW, work = count } = options;
      return stores.idempotency.once(tenant, route, key, digest, now, work);
    },
  };
}
