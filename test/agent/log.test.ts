import { expect, test } from '@jest/globals';
import { createAgentLog } from '../../src/agent/log.js';

function written(say: (log: ReturnType<typeof createAgentLog>) => void): string[] {
  const lines: string[] = [];
  say(
    createAgentLog(
      (line) => void lines.push(line),
      () => new Date('2026-11-20T12:00:00Z'),
    ),
  );
  return lines;
}

test('one JSON object a line', () => {
  expect(written((log) => log.warn('no token', { status: 503, code: 'overloaded' }))).toEqual([
    '{"level":"warn","time":"2026-11-20T12:00:00.000Z","service":"assay-agent","status":503,"code":"overloaded","msg":"no token"}',
  ]);
});

test('what a server said can neither steer a terminal nor fill it, nor pass for a line of its own', () => {
  const [line = '', ...more] = written((log) =>
    log.error('\u001b[2J\u009b31m\u2028\u202e\n{"level":"info"}', {
      detail: 'x'.repeat(100_000),
      level: 'info',
    }),
  );
  expect(more).toEqual([]);
  expect(line.length).toBeLessThan(1_000);
  expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
});
