import { expect, test } from '@jest/globals';
import { machine } from '../../src/agent/main.js';

const { alarm, now } = machine({
  out: () => undefined,
  err: () => undefined,
  stop: new AbortController().signal,
});

test('an alarm of this machine rings at its instant, also one that has passed, unless it was called off', async () => {
  const rung: string[] = [];
  const at = (milliseconds: number) => new Date(now().getTime() + milliseconds);
  const ring = (name: string) => async () => void rung.push(name);
  alarm(at(-1_000), ring('past'));
  alarm(at(1), ring('called off'))();
  await new Promise<void>((resolve) => {
    alarm(at(20), async () => resolve());
  });
  expect(rung).toEqual(['past']);
});
