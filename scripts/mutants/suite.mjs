// The part of jest's interface that the tests use, so that a test file can be read and its tests be run one by one,
// as often as wanted, in one process.
import { expect } from 'expect';

/** A promise that never settles must not stop the run. */
const TEST_TIMEOUT_MS = 30_000;

/** Thrown when a test takes longer than `TEST_TIMEOUT_MS`: says nothing about the mutant. */
export class TestTimeout extends Error {}

const newBlock = (name, parent) => ({
  name,
  parent,
  beforeAll: [],
  beforeEach: [],
  afterEach: [],
  afterAll: [],
});

/** What a row begins with, or is called. */
function labelOf([first]) {
  const label = typeof first === 'object' && first !== null ? first.name : first;
  return typeof label === 'string' ? label : '';
}

/** Rows are told apart by their number: what they say may follow from the code under test. */
function eachOf(define) {
  return (table) => (title, body) => {
    [...table].forEach((row, index) => {
      const values = Array.isArray(row) ? row : [row];
      define(`${title} [${index}]`, () => body(...values), labelOf(values));
    });
  };
}

/**
 * Reads one test file. `load` gets what `@jest/globals` exports and evaluates the file with it.
 * Returns the tests in order, each with the blocks around it.
 */
export function collectTests(load) {
  const root = newBlock('', null);
  const tests = [];
  const times = new Map();
  let block = root;

  const describe = (name, body) => {
    const outer = block;
    block = newBlock(outer === root ? name : `${outer.name} > ${name}`, outer);
    body();
    block = outer;
  };
  const test = (title, body, label = '') => {
    const full = block === root ? title : `${block.name} > ${title}`;
    const time = (times.get(full) ?? 0) + 1;
    times.set(full, time);
    tests.push({ name: time === 1 ? full : `${full} (${time})`, label, body, block });
  };
  describe.each = eachOf(describe);
  test.each = eachOf(test);
  test.skip = () => undefined;
  describe.skip = () => undefined;
  test.skip.each = () => () => undefined;

  const hook = (kind) => (body) => void block[kind].push(body);
  load({
    describe,
    test,
    it: test,
    expect,
    beforeAll: hook('beforeAll'),
    beforeEach: hook('beforeEach'),
    afterEach: hook('afterEach'),
    afterAll: hook('afterAll'),
  });
  return tests;
}

/** Outermost first. */
function blocksAround(block) {
  return block === null ? [] : [...blocksAround(block.parent), block];
}

async function inTime(body) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TestTimeout(`no answer in ${TEST_TIMEOUT_MS} ms`)), TEST_TIMEOUT_MS);
  });
  try {
    await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs the tests of one file in order. `onTest(test, error, cost)` hears of each, with null for an error when
 * it passed and the milliseconds of processor time that it took; what it returns as `false` ends the run. `enter(test)` is called before a test and its hooks;
 * `interruptible(run)` awaits the test and may reject before it ends.
 */
export async function runTests(tests, { enter, onTest, interruptible }) {
  const entered = new Map();
  for (const test of tests) {
    const blocks = blocksAround(test.block);
    enter(test);
    const started = process.cpuUsage();
    const error = await failureOf(async () => {
      for (const block of blocks) {
        if (!entered.has(block)) entered.set(block, await failureOf(() => runAll(block.beforeAll)));
        if (entered.get(block) !== null) throw entered.get(block);
      }
      try {
        for (const block of blocks) await runAll(block.beforeEach);
        await inTime(() => interruptible(async () => test.body()));
      } finally {
        for (const block of blocks.toReversed()) await runAll(block.afterEach);
      }
    });
    const { user, system } = process.cpuUsage(started);
    if (onTest(test, error, (user + system) / 1000) === false) break;
  }
  for (const block of [...entered.keys()].toReversed()) await failureOf(() => runAll(block.afterAll));
}

async function runAll(hooks) {
  for (const body of hooks) await inTime(body);
}

/** What was thrown, as an Error; null when nothing was. */
async function failureOf(run) {
  try {
    await run();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
