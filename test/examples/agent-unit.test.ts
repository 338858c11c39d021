import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { readArguments } from '../../src/agent/arguments.js';

const UNIT = new URL('../../../examples/agent/assay-agent.service', import.meta.url);

/** As systemd splits a command: quotes keep words together. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

async function settings(): Promise<ReadonlyMap<string, string>> {
  const text = (await readFile(UNIT, 'utf8')).replace(/\\\n\s*/gu, '');
  return new Map(
    [...text.matchAll(/^(\w+)=(.*)$/gmu)].map(([, name = '', value = '']) => [name, value] as const),
  );
}

test('the unit’s command is one that the agent understands', async () => {
  const [node, file, ...args] = wordsOf((await settings()).get('ExecStart') ?? '');
  expect([node, file]).toEqual(['/usr/bin/node', '/usr/lib/assay/assay-agent.mjs']);
  expect(readArguments(args)).toMatchObject({
    audience: 'vault-prod',
    workload: 'llm-serving',
    withKey: true,
    keyFile: null,
    socket: '/run/assay/agent.sock',
    tokenFile: '/run/assay/token',
    owner: { uid: 1000, gid: 1000 },
    exec: 'systemd-notify --ready',
    once: false,
  });
});

test('systemd waits for the first token for longer than the agent does, and may write where the agent writes', async () => {
  const unit = await settings();
  const [, , ...args] = wordsOf(unit.get('ExecStart') ?? '');
  const options = readArguments(args);
  expect(Number(unit.get('TimeoutStartSec'))).toBeGreaterThan(options?.deadline ?? Number.POSITIVE_INFINITY);
  expect(unit.get('ReadWritePaths')).toBe(`-${options?.tsmRoot}`);
  expect(options?.tokenFile).toMatch(new RegExp(`^/run/${unit.get('RuntimeDirectory')}/`, 'u'));
  expect(unit.get('Type')).toBe('notify');
});

test('systemd starts it again whatever it ended with', async () => {
  const unit = await settings();
  expect([unit.get('Restart'), unit.get('RestartSec')]).toEqual(['on-failure', '60']);
  expect(unit.has('RestartPreventExitStatus')).toBe(false);
});
