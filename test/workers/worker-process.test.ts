import { expect, test } from '@jest/globals';
import { Handovers } from '../../src/workers/handover.js';
import { forkWorker, inheritedOptions } from '../../src/workers/worker-process.js';

test.each<[string[], string[]]>([
  [[], []],
  [
    ['--max-old-space-size=512', '--enable-source-maps'],
    ['--max-old-space-size=512', '--enable-source-maps'],
  ],
  [['--input-type=module', '--eval', 'serve()'], []],
  [['-e', 'serve()', '--trace-gc'], ['--trace-gc']],
  [
    ['--eval=serve()', '-r', './setup.cjs'],
    ['-r', './setup.cjs'],
  ],
])('of %j a worker gets %j', (given, expected) => {
  expect(inheritedOptions(given)).toEqual(expected);
});

test('a process that cannot be made is a worker that ended with words', async () => {
  // The system takes no variable with a zero byte in it.
  const plan = {
    exec: '/nowhere/worker.js',
    env: { BAD: 'a\0b' },
    number: 3,
    port: null,
    handovers: new Handovers(),
  };
  const worker = forkWorker(plan, () => {});
  expect(await worker.listening).toBeNull();
  expect(await worker.ended).toEqual({
    code: null,
    signal: null,
    words: 'No process could be made for a worker: ERR_INVALID_ARG_VALUE.',
    lived: 0,
  });
  worker.tell({ kind: 'close' });
  worker.kill();
});
