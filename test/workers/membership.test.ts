import { describe, expect, test } from '@jest/globals';
import { countTogether } from '../../src/http/rate-count.js';
import { Line } from '../../src/workers/membership.js';
import type { FromWorker } from '../../src/workers/messages.js';

function lineOf(number = 2): { line: Line; sent: FromWorker[] } {
  const sent: FromWorker[] = [];
  return { line: new Line(number, async (message) => void sent.push(message)), sent };
}

describe('a line to the primary process', () => {
  test('gives each question its own answer, in whatever order they come', async () => {
    const { line, sent } = lineOf();
    const first = line.count('192.0.2.1');
    const second = line.count('192.0.2.2');
    const metrics = line.expose();
    expect(sent).toEqual([
      { kind: 'count', id: 1, address: '192.0.2.1' },
      { kind: 'count', id: 2, address: '192.0.2.2' },
      { kind: 'expose', id: 3 },
    ]);
    const exposition = { text: 'up 1\n', type: 'text/plain' };
    line.receive({ kind: 'exposition', id: 3, exposition });
    line.receive({ kind: 'rate', id: 2, state: { consumedPoints: 2, remainingPoints: 1, msBeforeNext: 5 } });
    line.receive({ kind: 'rate', id: 1, state: { consumedPoints: 1, remainingPoints: 2, msBeforeNext: 5 } });
    expect((await first).consumedPoints).toBe(1);
    expect((await second).consumedPoints).toBe(2);
    expect(await metrics).toEqual(exposition);
    // Nobody waits for it any more.
    line.receive({ kind: 'exposition', id: 3, exposition });
  });

  test('does not wait for ever, and then there is a limit all the same', async () => {
    const { line } = lineOf();
    await expect(line.count('192.0.2.1')).rejects.toThrow(/does not answer/);
    const count = countTogether((address) => line.count(address), 5);
    const states = await Promise.all([count('192.0.2.1'), count('192.0.2.1'), count('192.0.2.2')]);
    expect(states.map(({ consumedPoints }) => consumedPoints)).toEqual([1, 2, 1]);
  });

  test('sends what the worker measures', async () => {
    const { line, sent } = lineOf();
    await line.measure();
    const metrics = [{ name: 'a', help: 'b', type: 'gauge', aggregator: 'sum', values: [] }];
    line.measureWith(async () => metrics);
    await line.measure();
    expect(sent).toEqual([
      { kind: 'snapshot', metrics: [] },
      { kind: 'snapshot', metrics },
    ]);
  });

  test('is held by one worker that leads', () => {
    expect([1, 2, 3].map((number) => lineOf(number).line.lead)).toEqual([true, false, false]);
  });
});
